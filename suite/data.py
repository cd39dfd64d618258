"""The data sets of the bundled suite, built from what installed packages carry.

Nothing is downloaded. The pictures come from the 1,797 handwritten digits of scikit-learn, the
texts from the CLDR names of Babel. Each public function `NAME(out)` writes one data set into `out`:

    classification   test.npz, calibration.npz: images uint8 [N, 1, 96, 96], labels int64 [N]
    detection        images/*.png and annotations.json (COCO) to test,
                     calibration.npz: images uint8 [N, 1, 128, 128]
    segmentation     test.npz, calibration.npz: images uint8 [N, 1, 128, 128],
                     masks uint8 [N, 128, 128] (0 background, digit + 1)
    language         test.jsonl, calibration.jsonl: text, label, language; labels.json

The same dependency data gives the same bytes on every machine: scenes are drawn with integer
arithmetic from `random.Random`, whose stream Python guarantees, and PNG files are written without
compression, because compressed bytes differ between zlib builds.

The `*_scenes` functions and `language_texts` give the same data in memory, and the training split,
which is never written; the training scripts use them.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import struct
import sys
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from babel import Locale
from sklearn.datasets import load_digits

Split = Literal["training", "calibration", "test"]
Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

CLASSIFICATION_SIDE = 96
DETECTION_SIDE = 128
SEGMENTATION_SIDE = 128

TEST_COUNTS = {"classification": 1000, "detection": 300, "segmentation": 200}
CALIBRATION_COUNTS = {"classification": 300, "detection": 200, "segmentation": 200}

# Close pairs are in it on purpose (Danish and Norwegian, Czech and Slovak, Hindi and Marathi, ...).
LANGUAGES = (
    "af", "ar", "az", "bg", "cs", "da", "de", "el", "en", "es",
    "et", "fa", "fi", "fr", "gl", "hi", "id", "it", "ja", "mr",
    "ms", "nb", "nl", "pt", "ru", "sk", "sv", "tr", "uk", "zh",
)  # fmt: skip
TEST_PER_LANGUAGE = 100
CALIBRATION_PER_LANGUAGE = 10


class Digit(NamedTuple):
    """A source digit: 8x8 ink values from 0 to 16, and its class."""

    ink: Ints
    label: int


class Patch(NamedTuple):
    """A drawn digit: its ink coverage (0 to 255) and its top left corner in the scene."""

    alpha: Ints
    top: int
    left: int


class Box(NamedTuple):
    """A digit in a scene, in pixels; the right and bottom edges are exclusive."""

    left: int
    top: int
    right: int
    bottom: int
    label: int


class Text(NamedTuple):
    """A name and the index in LANGUAGES of the one language it occurs in."""

    text: str
    label: int


# --------------------------------------------------------------------------------- source digits


@lru_cache(maxsize=1)
def _splits() -> dict[Split, list[Digit]]:
    """Split the source digits by class: a third to test, a ninth to calibrate, the rest to train.

    The split comes before any scene is drawn: no scene of one split holds a digit of another.
    """
    pictures, labels = load_digits(return_X_y=True)
    rng = _random("digits")
    splits: dict[Split, list[Digit]] = {"training": [], "calibration": [], "test": []}
    for label in range(10):
        indices = sorted(np.flatnonzero(labels == label).tolist(), key=lambda _: rng.random())
        test, calibration = len(indices) // 3, len(indices) // 9
        for rank, index in enumerate(indices):
            name: Split = "test" if rank < test else "calibration"
            name = name if rank < test + calibration else "training"
            splits[name].append(Digit(pictures[index].reshape(8, 8).astype(np.int64), label))
    return splits


def _deck(rng: random.Random, split: Split, count: int) -> list[Digit]:
    """Deal `count` digits: every digit of the split once in random order before any comes again."""
    digits = _splits()[split]
    deck: list[Digit] = []
    while len(deck) < count:
        deck += sorted(digits, key=lambda _: rng.random())
    return deck[:count]


# ------------------------------------------------------------------------------------------ drawing


def _random(name: str) -> random.Random:
    """A generator that always gives the same stream for the same name."""
    return random.Random(f"benchfolio {name}")  # noqa: S311 - data, not secrets


def _between(rng: random.Random, low: int, high: int) -> int:
    """An integer from low to high, both included.

    Drawn from `random()`, the one method whose stream Python guarantees.
    """
    return low + int(rng.random() * (high - low + 1))


def _noise(rng: random.Random, side: int) -> Ints:
    """White noise from 0 to 255, [side, side]."""
    values = rng.getrandbits(side * side * 8).to_bytes(side * side, "little")
    return np.frombuffer(values, np.uint8).reshape(side, side).astype(np.int64)


def _clouds(rng: random.Random, side: int, cells: int) -> Ints:
    """Smooth noise from 0 to 255, [side, side]: a grid of random values, interpolated linearly."""
    grid = _noise(rng, cells + 1)
    position = np.arange(side, dtype=np.int64) * cells * 256 // side
    cell, part = position >> 8, position & 255
    rows = grid[cell] * (256 - part)[:, None] + grid[cell + 1] * part[:, None]
    clouds: Ints = (rows[:, cell] * (256 - part) + rows[:, cell + 1] * part) >> 16
    return clouds


def _stroke(rng: random.Random, side: int) -> npt.NDArray[np.bool_]:
    """The pixels of a straight stroke, [side, side]: clutter that looks like a piece of a digit."""
    y, x = np.mgrid[0:side, 0:side].astype(np.int64)
    length, angle = _between(rng, side // 12, side // 3), rng.random() * 2 * math.pi
    along_x, along_y = round(length * math.cos(angle)), round(length * math.sin(angle))
    x, y = x - _between(rng, 0, side), y - _between(rng, 0, side)
    share = np.clip(1024 * (x * along_x + y * along_y) // (along_x**2 + along_y**2), 0, 1024)
    squared = (1024 * x - share * along_x) ** 2 + (1024 * y - share * along_y) ** 2
    radius = _between(rng, 1, 3)
    inside: npt.NDArray[np.bool_] = squared <= (radius * 1024) ** 2
    return inside


def _background(rng: random.Random, side: int) -> Ints:
    """A cluttered background, [side, side], with values from about 0 to 255."""
    base, swing = _between(rng, 60, 195), _between(rng, 30, 110)
    scene = base + ((_clouds(rng, side, 3) - 128) * swing >> 7)
    scene += (_clouds(rng, side, 12) - 128) * _between(rng, 5, 45) >> 7
    for _ in range(_between(rng, 2, 8)):
        scene[_stroke(rng, side)] += _between(rng, 25, 90) * (1 if rng.random() < 0.5 else -1)
    clipped: Ints = np.clip(scene, 0, 255)
    return clipped


def _fixed(value: float) -> int:
    """A number in units of 1/65536."""
    return round(65536 * value)


def _draw(rng: random.Random, digit: Digit, size: int) -> Ints:
    """Draw a digit about `size` pixels high, turned and slanted a little: coverage, cropped.

    Each output pixel looks up its place in the 8x8 source in units of 1/65536 source pixel.
    """
    half = size * 3 // 4
    turn, slant = (rng.random() - 0.5) * 0.6, (rng.random() - 0.5) * 0.5
    scale_y, scale_x = 8 / size, 8 / size * (0.85 + 0.5 * rng.random())
    y, x = np.mgrid[-half : half + 1, -half : half + 1].astype(np.int64)
    cos, sin = math.cos(turn), math.sin(turn)
    ux, uy = scale_x * (cos + slant * sin), scale_x * (slant * cos - sin)
    vx, vy = scale_y * sin, scale_y * cos
    padded = np.pad(digit.ink, 2)
    middle = 11 * 65536 // 2  # the centre of the padded source: pixel centres 0 to 11
    u = np.clip(_fixed(ux) * x + _fixed(uy) * y + middle, 0, 11 * 65536 - 1)
    v = np.clip(_fixed(vx) * x + _fixed(vy) * y + middle, 0, 11 * 65536 - 1)
    column, part_x, row, part_y = u >> 16, u >> 8 & 255, v >> 16, v >> 8 & 255
    upper = padded[row, column] * (256 - part_x) + padded[row, column + 1] * part_x
    lower = padded[row + 1, column] * (256 - part_x) + padded[row + 1, column + 1] * part_x
    ink = upper * (256 - part_y) + lower * part_y  # 0 to 16 * 65536
    # Ink between 6 and 10 of 16 becomes the edge; a narrow ramp keeps strokes crisp when upscaled.
    alpha: Ints = np.clip((ink - 6 * 65536) * 255 // (4 * 65536), 0, 255)
    rows, columns = np.flatnonzero((alpha > 127).any(1)), np.flatnonzero((alpha > 127).any(0))
    return alpha[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _place(
    rng: random.Random, side: int, alpha: Ints, taken: list[Box], label: int
) -> tuple[Patch, Box] | None:
    """Find room for a digit that overlaps no other by more than two pixels, or give None."""
    height, width = alpha.shape
    for _ in range(20):
        top, left = _between(rng, 0, side - height), _between(rng, 0, side - width)
        box = Box(left, top, left + width, top + height, label)
        if not any(_overlap(box, other) > 2 for other in taken):
            return Patch(alpha, top, left), box
    return None


def _overlap(a: Box, b: Box) -> int:
    """By how many pixels two boxes overlap, in the direction of lesser overlap (below 0: apart)."""
    across = min(a.right, b.right) - max(a.left, b.left)
    down = min(a.bottom, b.bottom) - max(a.top, b.top)
    return min(across, down)


def _blend(rng: random.Random, scene: Ints, patch: Patch) -> None:
    """Draw a patch into the scene, lighter or darker than what is behind it."""
    height, width = patch.alpha.shape
    behind = scene[patch.top : patch.top + height, patch.left : patch.left + width]
    mean = int(behind.sum()) // behind.size
    contrast = _between(rng, 55, 140)
    lighter = mean + contrast <= 255 and (mean < contrast or rng.random() < 0.5)
    ink = mean + contrast if lighter else max(mean - contrast, 0)
    behind += (ink - behind) * patch.alpha // 255


def _scene(
    rng: random.Random, side: int, digits: Iterable[Digit], sizes: tuple[int, int]
) -> tuple[Bytes, list[Box], Bytes]:
    """Draw one scene: picture [side, side], boxes, mask [side, side] (0 background, digit + 1)."""
    scene, mask = _background(rng, side), np.zeros((side, side), np.uint8)
    boxes: list[Box] = []
    for digit in digits:
        alpha = _draw(rng, digit, _between(rng, *sizes))
        placed = _place(rng, side, alpha, boxes, digit.label)
        if placed is None:
            continue
        patch, box = placed
        _blend(rng, scene, patch)
        region = mask[box.top : box.bottom, box.left : box.right]
        region[patch.alpha > 127] = digit.label + 1
        boxes.append(box)
    grain = (_noise(rng, side) - 128) * _between(rng, 4, 24) >> 7
    return np.clip(scene + grain, 0, 255).astype(np.uint8), boxes, mask


def _scenes(
    name: str, split: Split, count: int, seed: int, side: int, most: int, sizes: tuple[int, int]
) -> tuple[Bytes, list[list[Box]], Bytes]:
    """Draw `count` scenes of one to `most` digits: pictures [N, 1, side, side], boxes, masks."""
    rng = _random(f"{name} {split} {seed}")
    crowd = [_between(rng, 1, most) for _ in range(count)]
    deck = iter(_deck(rng, split, sum(crowd)))
    images = np.empty((count, 1, side, side), np.uint8)
    masks = np.empty((count, side, side), np.uint8)
    boxes: list[list[Box]] = []
    for index, number in enumerate(crowd):
        digits = [next(deck) for _ in range(number)]
        images[index, 0], found, masks[index] = _scene(rng, side, digits, sizes)
        boxes.append(found)
    return images, boxes, masks


# ------------------------------------------------------------------------------- the data in memory


def classification_scenes(split: Split, count: int, seed: int = 0) -> tuple[Bytes, Ints]:
    """Scenes of one digit: images [N, 1, 96, 96] and labels [N] from 0 to 9."""
    images, labels, _ = outlined_scenes(split, count, seed, CLASSIFICATION_SIDE)
    return images, labels


def outlined_scenes(split: Split, count: int, seed: int, side: int) -> tuple[Bytes, Ints, Bytes]:
    """Scenes of one digit of any side from 48: images [N, 1, side, side], labels [N], masks."""
    sizes = (32, side * 2 // 3)
    images, boxes, masks = _scenes("classification", split, count, seed, side, 1, sizes)
    return images, np.array([found[0].label for found in boxes], np.int64), masks


def detection_scenes(split: Split, count: int, seed: int = 0) -> tuple[Bytes, list[list[Box]]]:
    """Scenes of one to six digits: images [N, 1, 128, 128] and the boxes of each."""
    images, boxes, _ = _scenes("detection", split, count, seed, DETECTION_SIDE, 6, (22, 60))
    return images, boxes


def segmentation_scenes(split: Split, count: int, seed: int = 0) -> tuple[Bytes, Bytes]:
    """Scenes of one to four digits: images [N, 1, 128, 128], masks [N, 128, 128].

    In a mask 0 is background and 1 to 10 are the digits 0 to 9.
    """
    side = SEGMENTATION_SIDE
    images, _, masks = _scenes("segmentation", split, count, seed, side, 4, (32, 72))
    return images, masks


def _key(text: str) -> str:
    """What two strings must share to count as the same: compatibility form, no case."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _names(language: str) -> list[str]:
    """The CLDR names of territories, languages, currencies and scripts in one language."""
    locale = Locale.parse(language)
    tables = (locale.territories, locale.languages, locale.currencies, locale.scripts)
    return [str(table[code]) for table in tables for code in sorted(table)]


@lru_cache(maxsize=1)
def _unambiguous() -> list[list[str]]:
    """For each language the sorted names, one per key, whose key occurs in no other language.

    A string that is right in several languages has no one right answer. It is left out of every
    split, so the accuracy is one on strings that can be told apart, and higher than on all strings.
    """
    seen: dict[str, dict[str, str]] = defaultdict(dict)  # key -> language -> one spelling
    for language in LANGUAGES:
        for name in _names(language):
            if any(letter.isalpha() for letter in name):
                seen[_key(name)].setdefault(language, unicodedata.normalize("NFC", name.strip()))
    return [
        sorted(spellings[language] for spellings in seen.values() if list(spellings) == [language])
        for language in LANGUAGES
    ]


def language_texts(split: Split) -> list[Text]:
    """Names with the index of their language; no string, whatever its case, is in two splits."""
    rng = _random("language")
    first = {"test": 0, "calibration": TEST_PER_LANGUAGE}
    first["training"] = first["calibration"] + CALIBRATION_PER_LANGUAGE
    last = {"test": first["calibration"], "calibration": first["training"], "training": None}[split]
    texts: list[Text] = []
    for label, names in enumerate(_unambiguous()):
        shuffled = sorted(names, key=lambda _: rng.random())
        texts += [Text(name, label) for name in shuffled[first[split] : last]]
    return sorted(texts, key=lambda _: rng.random())


def tokens(texts: Iterable[str], length: int = 64) -> Ints:
    """The preprocessing `utf8-bytes`, [N, length]: each UTF-8 byte plus 1, cut or padded with 0."""
    encoded = [text.encode()[:length] for text in texts]
    rows = [[byte + 1 for byte in row] + [0] * (length - len(row)) for row in encoded]
    return np.array(rows, np.int64).reshape(len(rows), length)


# ----------------------------------------------------------------------------- the data as files


def _chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk of a PNG file."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(picture: Bytes) -> bytes:
    """A greyscale PNG of [H, W], not compressed: one stored block, so H * (W + 1) < 65,536."""
    height, width = picture.shape
    lines = b"".join(b"\0" + line.tobytes() for line in picture)
    block = b"\x78\x01\x01" + struct.pack("<HH", len(lines), len(lines) ^ 0xFFFF) + lines
    pixels = block + struct.pack(">I", zlib.adler32(lines))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _write_text(path: Path, text: str) -> None:
    """Write UTF-8 with Unix line ends on every system."""
    path.write_bytes(text.encode())


def classification(out: Path) -> None:
    """Write test.npz and calibration.npz: images uint8 [N, 1, 96, 96], labels int64 [N]."""
    out.mkdir(parents=True, exist_ok=True)
    for split, counts in (("test", TEST_COUNTS), ("calibration", CALIBRATION_COUNTS)):
        images, labels = classification_scenes(_split(split), counts["classification"])
        np.savez(out / f"{split}.npz", images=images, labels=labels)


def segmentation(out: Path) -> None:
    """Write test.npz and calibration.npz: images [N, 1, 128, 128], masks [N, 128, 128], uint8."""
    out.mkdir(parents=True, exist_ok=True)
    for split, counts in (("test", TEST_COUNTS), ("calibration", CALIBRATION_COUNTS)):
        images, masks = segmentation_scenes(_split(split), counts["segmentation"])
        np.savez(out / f"{split}.npz", images=images, masks=masks)


def detection(out: Path) -> None:
    """Write images/*.png and annotations.json (COCO), the test split, and calibration.npz.

    The latter has images uint8 [N, 1, 128, 128] and no boxes.
    """
    (out / "images").mkdir(parents=True, exist_ok=True)
    images, boxes = detection_scenes("test", TEST_COUNTS["detection"])
    for index, image in enumerate(images):
        (out / "images" / f"{index + 1:06}.png").write_bytes(_png(image[0]))
    _write_text(out / "annotations.json", json.dumps(coco(boxes), indent=1) + "\n")
    calibration, _ = detection_scenes("calibration", CALIBRATION_COUNTS["detection"])
    np.savez(out / "calibration.npz", images=calibration)


def coco(boxes: list[list[Box]]) -> dict[str, object]:
    """The COCO annotations: ids from 1, category = digit + 1, boxes [left, top, width, height]."""
    side = DETECTION_SIDE
    found = [(image, box) for image, scene in enumerate(boxes, 1) for box in scene]
    return {
        "info": {"description": "Digits in cluttered scenes, test split, built by benchfolio"},
        "licenses": [],
        "images": [
            {"id": image, "file_name": f"{image:06}.png", "width": side, "height": side}
            for image in range(1, len(boxes) + 1)
        ],
        "categories": [{"id": digit + 1, "name": str(digit)} for digit in range(10)],
        "annotations": [
            {
                "id": number,
                "image_id": image,
                "category_id": box.label + 1,
                "bbox": [box.left, box.top, box.right - box.left, box.bottom - box.top],
                "area": (box.right - box.left) * (box.bottom - box.top),
                "iscrowd": 0,
            }
            for number, (image, box) in enumerate(found, 1)
        ],
    }


def language(out: Path) -> None:
    """Write test.jsonl and calibration.jsonl (text, label, language), and labels.json (codes)."""
    out.mkdir(parents=True, exist_ok=True)
    _write_text(out / "labels.json", json.dumps(LANGUAGES) + "\n")
    for split in ("test", "calibration"):
        rows = (
            {"text": text, "label": label, "language": LANGUAGES[label]}
            for text, label in language_texts(_split(split))
        )
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        _write_text(out / f"{split}.jsonl", "".join(lines))


def _split(name: str) -> Split:
    """Narrow a name to the type Split."""
    splits: dict[str, Split] = {
        "training": "training",
        "calibration": "calibration",
        "test": "test",
    }
    return splits[name]


DATASETS: dict[str, Callable[[Path], None]] = {
    "classification": classification,
    "detection": detection,
    "segmentation": segmentation,
    "language": language,
}


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file below a folder; one for all pictures of a folder, in name order."""
    hashes: dict[str, hashlib._Hash] = {}
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        name = path.with_name("*.png") if path.suffix == ".png" else path
        found = hashes.setdefault(name.relative_to(folder).as_posix(), hashlib.sha256())
        found.update(path.read_bytes())
    return {name: found.hexdigest() for name, found in hashes.items()}


def main(folder: Path) -> None:
    """Write every data set into a folder of its own and print what was written."""
    for name, build in DATASETS.items():
        build(folder / name)
    for name, digest in digests(folder).items():
        sys.stdout.write(f"{digest}  {name}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
