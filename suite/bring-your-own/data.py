"""Data for models that are not ours: files of installed packages, and words drawn with Pillow."""

from __future__ import annotations

import json
import random
from importlib import metadata
from pathlib import Path

import numpy as np
import numpy.typing as npt

CONFIG = "magika/models/standard_v3_3/config.min.json"
PACKAGES = ("numpy", "pip", "sphinx", "scikit-learn", "pydata-sphinx-theme", "onnx", "babel")
LABELS = {
    ".py": "python",
    ".js": "javascript",
    ".css": "css",
    ".h": "c",
    ".c": "c",
    ".rst": "rst",
    ".po": "po",
    ".svg": "svg",
    ".png": "png",
    ".toml": "toml",
}
PER_SUFFIX = 30
PADDING = 256
SIDE = 1024
BLOCK = 4096


def files(out: Path) -> None:
    """Write test.npz and calibration.npz: bytes int32 [N, 2048] and labels int64 [N].

    The label of a file is what its name's ending says, an index into Magika's label space.
    """
    config = Path(str(metadata.distribution("magika").locate_file(CONFIG)))
    space = json.loads(config.read_text())["target_labels_space"]
    rows, labels = [], []
    for suffix, paths in _by_suffix().items():
        if LABELS[suffix] in space:
            rows += [_cut(path.read_bytes()) for path in paths]
            labels += [space.index(LABELS[suffix])] * len(paths)
    order = random.Random("benchfolio files").sample(range(len(rows)), len(rows))  # noqa: S311
    split = len(order) * 3 // 4
    for name, chosen in (("test", order[:split]), ("calibration", order[split:])):
        np.savez(
            out / f"{name}.npz",
            bytes=np.stack([rows[index] for index in chosen]),
            labels=np.array([labels[index] for index in chosen], np.int64),
        )


def _by_suffix() -> dict[str, list[Path]]:
    """Files of installed packages by the ending of their name, at least 64 bytes each."""
    found: dict[str, list[Path]] = {suffix: [] for suffix in LABELS}
    for package in PACKAGES:
        try:
            distribution = metadata.distribution(package)
        except metadata.PackageNotFoundError:
            continue
        for file in sorted(distribution.files or (), key=str):
            path = Path(str(distribution.locate_file(file)))
            kept = found.get(file.suffix)
            if kept is not None and len(kept) < PER_SUFFIX and path.is_file():
                kept += [path] if path.stat().st_size >= 64 else []
    return found


def _cut(content: bytes) -> npt.NDArray[np.int32]:
    """Cut a file as Magika does: its first and last 1,024 bytes without blanks at the ends."""
    first = list(content[:BLOCK].lstrip()[:SIDE])
    last = list(content[-BLOCK:].rstrip()[-SIDE:])
    row = first + [PADDING] * (SIDE - len(first)) + [PADDING] * (SIDE - len(last)) + last
    return np.array(row, np.int32)


def words(out: Path) -> None:
    """Write test.npz and calibration.npz: images uint8 [N, 48, 320, 3] with a word in each."""
    rng = random.Random("benchfolio words")  # noqa: S311 - words, not secrets
    for name, count in (("test", 64), ("calibration", 32)):
        np.savez(out / f"{name}.npz", images=np.stack([_drawn(rng) for _ in range(count)]))


def _drawn(rng: random.Random) -> npt.NDArray[np.uint8]:
    from PIL import Image, ImageDraw, ImageFont

    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    word = "".join(rng.choice(letters) for _ in range(rng.randint(4, 12)))
    image = Image.new("RGB", (320, 48), (rng.randint(180, 255),) * 3)
    ink = (rng.randint(0, 90),) * 3
    ImageDraw.Draw(image).text((6, 4), word, ink, ImageFont.load_default(32))
    return np.asarray(image)
