"""Train `digits-resnet`: which digit is in the scene."""

from __future__ import annotations

from collections.abc import Iterator

import common
import data
import torch
from torch import Tensor, nn
from torch.nn import functional

SEED, STEPS, BATCH, RATE = 1, 900, 20, 3e-3
SMALL_STEPS, SMALL_BATCH, SMALL_SIDE = 600, 48, 48
SIDE = data.CLASSIFICATION_SIDE


class Block(nn.Module):
    """A residual block of two 3x3 convolutions, [N, C, H, W] to [N, D, H/stride, W/stride]."""

    def __init__(self, width: int, out: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(width, out, 3, stride, 1, bias=False),
            nn.BatchNorm2d(out),
            nn.ReLU(),
            nn.Conv2d(out, out, 3, 1, 1, bias=False),
            nn.BatchNorm2d(out),
        )
        self.skip = nn.Sequential()
        if stride != 1 or width != out:
            self.skip = nn.Sequential(
                nn.Conv2d(width, out, 1, stride, bias=False), nn.BatchNorm2d(out)
            )

    def forward(self, x: Tensor) -> Tensor:
        """Add what the block found to its input."""
        return torch.relu(self.body(x) + self.skip(x))


class ResNet(nn.Module):
    """Images [N, 1, 96, 96], values 0 to 1, to logits [N, 10]."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, 24, 3, 1, 1, bias=False), nn.BatchNorm2d(24), nn.ReLU()
        )
        plan = [(24, 24, 1), (24, 48, 2), *[(48, 48, 1)] * 3, (48, 80, 2), *[(80, 80, 1)] * 2]
        plan += [(80, 80, 2)]
        self.blocks = nn.Sequential(*(Block(*step) for step in plan))
        self.head = nn.Linear(80, 10)
        self.cells = nn.Conv2d(80, 11, 1)  # used to train only

    def features(self, image: Tensor) -> Tensor:
        """Features [N, 80, 12, 12], one of each 8x8 pixels."""
        return self.blocks(self.stem(image))

    def pooled(self, features: Tensor) -> Tensor:
        """Logits [N, 10] from features."""
        return self.head(features.mean((2, 3)))

    def forward(self, image: Tensor) -> Tensor:
        """Logits of the ten digits."""
        return self.pooled(self.features(image))


def losses(model: ResNet) -> Iterator[Tensor]:
    """The loss of one batch of fresh scenes after another, first of many small and cheap ones.

    Half of it asks which digit is in each 8x8 pixels, if any. From the label of the scene alone the
    net had learnt nothing after 200 steps: most of a scene is clutter.
    """
    loss = nn.CrossEntropyLoss()
    for step in range(STEPS):
        count, side = (SMALL_BATCH, SMALL_SIDE) if step < SMALL_STEPS else (BATCH, SIDE)
        images, labels, masks = data.outlined_scenes("training", count, step + 1, side)
        wanted = functional.max_pool2d(torch.from_numpy(masks).float(), 8).long()
        with common.short_floats():
            features = model.features(common.pixels(images))
            logits, cells = model.pooled(features), model.cells(features)
        yield loss(logits.float(), torch.from_numpy(labels)) + loss(cells.float(), wanted)


def main() -> None:
    """Train, export, and test the exported file."""
    common.start(SEED, threads=1)
    model = ResNet().to(memory_format=torch.channels_last)
    common.train(model, losses(model), STEPS, RATE)
    path = common.export(model, torch.zeros(1, 1, SIDE, SIDE), "digits-resnet", "image", ["logits"])
    images, labels = data.classification_scenes("test", data.TEST_COUNTS["classification"])
    (logits,) = common.predict(path, images, common.scaled)
    right = int((logits.argmax(1) == labels).sum())
    common.say(f"top-1 accuracy {right / len(labels):.4f} ({right} of {len(labels)})")


if __name__ == "__main__":
    main()
