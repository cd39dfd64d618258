"""Train `digits-detector`: where the digits are and which they are."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Sequence

import common
import data
import numpy as np
import torch
from classification import Block
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from torch import Tensor, nn
from torch.nn import functional

SEED, STEPS, BATCH, RATE = 1, 2200, 24, 2.5e-3
SIDE, STRIDE = data.DETECTION_SIDE, 8
POINTS = (SIDE // STRIDE) ** 2
SCORE_THRESHOLD, IOU_THRESHOLD, MOST = 0.05, 0.5, 100


def head(width: int, out: int, bias: float) -> nn.Sequential:
    """Two 3x3 convolutions and the output, whose bias starts at `bias`."""
    layers: list[nn.Module] = []
    for _ in range(2):
        layers += [nn.Conv2d(width, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
        width = 64
    last = nn.Conv2d(width, out, 1)
    nn.init.constant_(last.bias, bias)  # type: ignore[arg-type]
    nn.init.normal_(last.weight, std=0.01)
    return nn.Sequential(*layers, last)


class Detector(nn.Module):
    """Images [N, 1, 128, 128], values 0 to 1, to boxes [N, 256, 4] and score logits [N, 256, 10].

    One anchor point in the middle of every 8x8 pixels says how far the four edges of its digit are.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, 24, 3, 2, 1, bias=False), nn.BatchNorm2d(24), nn.ReLU()
        )
        self.fine = nn.Sequential(Block(24, 48, 2), Block(48, 48, 1))
        self.middle = nn.Sequential(Block(48, 80, 2), Block(80, 80, 1))
        self.coarse = nn.Sequential(Block(80, 96, 2), Block(96, 96, 1))
        self.from_fine = nn.Conv2d(48, 80, 3, 2, 1)
        self.from_coarse = nn.Conv2d(96, 80, 1)
        self.grow = nn.Upsample(scale_factor=2, mode="nearest")
        self.edges = head(80, 4, 2.0)
        self.classes = head(80, 10, -4.6)  # sigmoid(-4.6) = 0.01: at first nothing is a digit
        ticks = torch.arange(SIDE // STRIDE) * STRIDE + STRIDE / 2
        y, x = torch.meshgrid(ticks, ticks, indexing="ij")
        self.register_buffer("points", torch.stack([x.flatten(), y.flatten()], 1)[None])

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Boxes (left, top, right, bottom in pixels) and logits of the scores."""
        fine = self.fine(self.stem(image))
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        x = torch.relu(middle + self.from_fine(fine) + self.grow(self.from_coarse(coarse)))
        reach = torch.relu(self.edges(x)).reshape(-1, 4, POINTS).transpose(1, 2) * STRIDE
        points = self.get_buffer("points")
        boxes = torch.cat([points - reach[..., :2], points + reach[..., 2:]], 2)
        return boxes, self.classes(x).reshape(-1, 10, POINTS).transpose(1, 2)


class Exported(nn.Module):
    """The detector with scores from 0 to 1, as it is written to the file."""

    def __init__(self, detector: Detector) -> None:
        super().__init__()
        self.detector = detector

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Boxes [N, 256, 4] in pixels and scores [N, 256, 10]."""
        boxes, logits = self.detector(image)
        return boxes, logits.sigmoid()


def targets(points: Tensor, scenes: Sequence[Sequence[data.Box]]) -> tuple[Tensor, Tensor]:
    """Give each point the digit it should find: boxes [N, 256, 4] and labels [N, 256] (-1 is none).

    A digit is to be found from the points inside it that are within 1.5 strides of its centre.
    """
    boxes = torch.zeros(len(scenes), len(points), 4)
    labels = torch.full((len(scenes), len(points)), -1)
    for image, scene in enumerate(scenes):
        for box in scene:
            edges = torch.tensor(box[:4], dtype=torch.float32)
            centre = (edges[:2] + edges[2:]) / 2
            near = (points - centre).abs().amax(1) < 1.5 * STRIDE
            near &= ((points > edges[:2]) & (points < edges[2:])).all(1)
            boxes[image, near] = edges
            labels[image, near] = box.label
    return boxes, labels


def giou(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Intersection over union, and its generalised form, of boxes [K, 4] pair by pair."""
    inner = (torch.minimum(a, b)[:, 2:] - torch.maximum(a, b)[:, :2]).clamp(min=0).prod(1)
    outer = (torch.maximum(a, b)[:, 2:] - torch.minimum(a, b)[:, :2]).prod(1).clamp(min=1)
    union = (a[:, 2:] - a[:, :2]).prod(1) + (b[:, 2:] - b[:, :2]).prod(1) - inner
    iou = inner / union.clamp(min=1)
    return iou, iou - (outer - union) / outer


def losses(model: Detector) -> Iterator[Tensor]:
    """The loss of one batch of fresh scenes after another.

    The score to be learnt is the IoU of the box that goes with it, so that good boxes rank first.
    """
    points = model.get_buffer("points")[0]
    for step in range(STEPS):
        images, scenes = data.detection_scenes("training", BATCH, seed=step + 1)
        wanted, labels = targets(points, scenes)
        boxes, logits = model(common.pixels(images))
        hit = labels >= 0
        iou, general = giou(boxes[hit], wanted[hit])
        quality = torch.zeros_like(logits)
        quality[hit] = functional.one_hot(labels[hit], 10) * iou.detach()[:, None]
        focus = (quality - logits.detach().sigmoid()).square()
        score = functional.binary_cross_entropy_with_logits(logits, quality, reduction="none")
        yield ((focus * score).sum() + 2 * (1 - general).sum()) / hit.sum()


def keep(boxes: common.Floats, scores: common.Floats) -> Iterator[tuple[common.Floats, float, int]]:
    """Non-maximum suppression by class: boxes [P, 4], scores [P, 10] to (box, score, class)."""
    found: list[tuple[common.Floats, float, int]] = []
    for label in range(scores.shape[1]):
        order = np.argsort(-scores[:, label], kind="stable")
        order = order[scores[order, label] >= SCORE_THRESHOLD]
        while order.size:
            best, rest = order[0], order[1:]
            found.append((boxes[best], float(scores[best, label]), label))
            both = np.minimum(boxes[best, 2:], boxes[rest, 2:])
            both = (both - np.maximum(boxes[best, :2], boxes[rest, :2])).clip(0).prod(1)
            area = (boxes[:, 2:] - boxes[:, :2]).prod(1)
            order = rest[both / (area[best] + area[rest] - both) <= IOU_THRESHOLD]
    yield from sorted(found, key=lambda each: -each[1])[:MOST]


def mean_precision(boxes: common.Floats, scores: common.Floats) -> tuple[float, float]:
    """COCO mAP at IoU 0.50 to 0.95, and at 0.50, on the test scenes."""
    _, scenes = data.detection_scenes("test", len(boxes))
    found = [
        {
            "image_id": image,
            "category_id": label + 1,
            "bbox": [float(box[0]), float(box[1]), float(box[2] - box[0]), float(box[3] - box[1])],
            "score": score,
        }
        for image, pair in enumerate(zip(boxes, scores, strict=True), 1)
        for box, score, label in keep(*pair)
    ]
    truth = COCO()
    with contextlib.redirect_stdout(io.StringIO()):
        truth.dataset = data.coco(scenes)
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(found), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return float(evaluation.stats[0]), float(evaluation.stats[1])


def main() -> None:
    """Train, export, and test the exported file."""
    common.start(SEED)
    model = Detector().to(memory_format=torch.channels_last)
    common.train(model, losses(model), STEPS, RATE)
    sample = torch.zeros(1, 1, SIDE, SIDE)
    outputs = ["boxes", "scores"]
    path = common.export(Exported(model), sample, "digits-detector", "image", outputs)
    images, _ = data.detection_scenes("test", data.TEST_COUNTS["detection"])
    boxes, scores = common.predict(path, images, common.scaled)
    whole, half = mean_precision(boxes, scores)
    common.say(f"mAP@[.50:.95] {whole:.4f}, mAP@.50 {half:.4f}, {len(images)} scenes")


if __name__ == "__main__":
    main()
