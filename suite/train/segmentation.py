"""Train `digits-unet`: which digit each pixel belongs to."""

from __future__ import annotations

from collections.abc import Iterator

import common
import data
import numpy as np
import numpy.typing as npt
import torch
from classification import Block
from torch import Tensor, nn
from torch.nn import functional

SEED, STEPS, BATCH, RATE = 1, 1300, 20, 3e-3


def conv(width: int, out: int) -> nn.Sequential:
    """One 3x3 convolution, [N, C, H, W] to [N, D, H, W]."""
    return nn.Sequential(nn.Conv2d(width, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU())


class UNet(nn.Module):
    """Images [N, 1, 128, 128], values 0 to 1, to logits [N, 11, 128, 128] (0 is background)."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList(
            [
                conv(1, 16),
                Block(16, 24, 2),
                nn.Sequential(Block(24, 48, 2), Block(48, 48, 1)),
                nn.Sequential(Block(48, 64, 2), Block(64, 64, 1)),
                Block(64, 64, 2),
            ]
        )
        self.up = nn.ModuleList(
            [conv(64 + 64, 64), conv(64 + 48, 48), conv(48 + 24, 24), conv(24 + 16, 16)]
        )
        self.grow = nn.Upsample(scale_factor=2, mode="nearest")
        self.head = nn.Conv2d(16, 11, 1)
        self.coarse_head = nn.Conv2d(64, 11, 1)  # used to train only

    def levels(self, image: Tensor) -> list[Tensor]:
        """What the way up makes: features of 16x16, 32x32, 64x64 and 128x128."""
        skips = [image]
        for stage in self.down:
            skips.append(stage(skips[-1]))
        x = skips.pop()
        ways: list[Tensor] = []
        for stage in self.up:
            x = stage(torch.cat([self.grow(x), skips.pop()], 1))
            ways.append(x)
        return ways

    def forward(self, image: Tensor) -> Tensor:
        """Logits of the eleven classes for each pixel."""
        return self.head(self.levels(image)[-1])


def losses(model: UNet) -> Iterator[Tensor]:
    """The loss of one batch of fresh scenes after another.

    Half of it asks the 16x16 features which digit is in each 8x8 pixels, if any. A plain U-Net
    trained without it finds strokes early and takes far longer to tell digits apart.
    """
    # Nine pixels of ten are background: without a weight the digits are learnt late.
    loss = nn.CrossEntropyLoss(weight=torch.tensor([0.4] + [1.0] * 10))
    for step in range(STEPS):
        images, masks = data.segmentation_scenes("training", BATCH, seed=step + 1)
        wanted = torch.from_numpy(masks)
        coarse = functional.max_pool2d(wanted.float(), 8).long()
        with common.short_floats():
            levels = model.levels(common.pixels(images))
            fine_logits, coarse_logits = model.head(levels[-1]), model.coarse_head(levels[0])
        yield loss(fine_logits.float(), wanted.long()) + loss(coarse_logits.float(), coarse)


def mean_iou(found: npt.NDArray[np.int64], masks: npt.NDArray[np.uint8]) -> float:
    """Mean over the 11 classes of intersection over union, each over all pixels of all scenes."""
    pairs = np.bincount((masks.astype(np.int64) * 11 + found).ravel(), minlength=121)
    confusion = pairs.reshape(11, 11)
    both = np.diag(confusion)
    return float((both / (confusion.sum(0) + confusion.sum(1) - both)).mean())


def main() -> None:
    """Train, export, and test the exported file."""
    common.start(SEED, threads=1)
    model = UNet().to(memory_format=torch.channels_last)
    common.train(model, losses(model), STEPS, RATE)
    path = common.export(model, torch.zeros(1, 1, 128, 128), "digits-unet", "image", ["logits"])
    images, masks = data.segmentation_scenes("test", data.TEST_COUNTS["segmentation"])
    (logits,) = common.predict(path, images, common.scaled)
    score = mean_iou(logits.argmax(1), masks)
    common.say(f"mean IoU {score:.4f} over 11 classes, {len(masks)} scenes")


if __name__ == "__main__":
    main()
