"""One reader per way of storing a data set; each gives samples, decoding images when asked for.

A reader takes the data set, the folder its other paths are relative to, its located path, and
whether the targets it names must be there. A new kind is one function and one entry in ``KINDS``.
"""

from __future__ import annotations

import csv
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np

from benchfolio.results import BadInput, Problem
from benchfolio.runner.datasets.samples import Array, Fields, References, Samples, Targets, Truth
from benchfolio.runner.location import describe, locate
from benchfolio.runner.suite import Dataset

Reader = Callable[[Dataset, Path, Path, bool], Samples]

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"})


def mapping(inputs: str | Sequence[str] | Mapping[str, str] | None) -> dict[str, str]:
    """Return field → array or column, from any of the three ways to write it."""
    if inputs is None:
        return {}
    if isinstance(inputs, str):
        return {inputs: inputs}
    return dict(inputs) if isinstance(inputs, Mapping) else {name: name for name in inputs}


# --------------------------------------------------------------------------------------------- npz


def read_npz(dataset: Dataset, _root: Path, path: Path, needs_targets: bool) -> Samples:
    """Read arrays whose first axis is the sample; without ``inputs`` all but the targets."""
    arrays = _arrays(dataset, path)
    chosen = mapping(dataset.inputs) or {name: name for name in arrays if name != dataset.targets}
    fields = {field: _named(dataset, arrays, name) for field, name in chosen.items()}
    targets = None
    if dataset.targets is not None and (needs_targets or dataset.targets in arrays):
        targets = _named(dataset, arrays, dataset.targets)
    parts = {**fields, **({"targets": targets} if targets is not None else {})}
    lengths = {name: len(array) if array.ndim else 0 for name, array in parts.items()}
    if len(set(lengths.values())) != 1:
        raise BadInput(_wrong(dataset, "arrays differ in length", "one length", str(lengths)))
    count = _limited(dataset, next(iter(lengths.values())))
    return Samples(
        fields=tuple(fields),
        count=count,
        item=lambda index: {name: np.asarray(array[index]) for name, array in fields.items()},
        targets=None if targets is None else targets[:count],
        classes=dataset.classes or (),
        split=dataset.split,
    )


_BROKEN_ARCHIVE = (
    OSError,
    ValueError,
    EOFError,
    AttributeError,
    MemoryError,  # an array that claims to be larger than there is room for
    NotImplementedError,  # a compression that zipfile does not know
    RuntimeError,  # a password
    zipfile.BadZipFile,
    zlib.error,
)


def _arrays(dataset: Dataset, path: Path) -> dict[str, Array]:
    """Read all arrays; pickled objects, which could run code, are refused."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise ValueError("a single array (.npy), not an archive (.npz)")
            return {name: archive[name] for name in archive.files}
    except _BROKEN_ARCHIVE as error:
        raise BadInput(
            _wrong(dataset, "not a readable npz file", "arrays without objects", str(error))
        ) from error


def _named(dataset: Dataset, arrays: Mapping[str, Array], name: str) -> Array:
    if name not in arrays:
        raise BadInput(_wrong(dataset, "no such array", " or ".join(arrays), name))
    return arrays[name]


# ------------------------------------------------------------------------------------ csv and jsonl


def read_csv(dataset: Dataset, _root: Path, path: Path, needs_targets: bool) -> Samples:
    """Read rows of text under a header; see ``numbers`` among the steps for numeric columns."""
    return _table(dataset, _csv_rows(dataset, path), needs_targets)


def read_jsonl(dataset: Dataset, _root: Path, path: Path, needs_targets: bool) -> Samples:
    """Read one JSON object a line; empty lines are skipped."""
    return _table(dataset, _jsonl_rows(dataset, path), needs_targets)


Row = Mapping[str, Any]


def _csv_rows(dataset: Dataset, path: Path) -> Iterator[tuple[int, Row]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            rows = csv.DictReader(stream, strict=True)
            for row in rows:
                if None in row or None in row.values():
                    raise BadInput(
                        _wrong(
                            dataset,
                            "a row with more or fewer cells than the header",
                            f"{len(rows.fieldnames or ())} cells",
                            "another number",
                            line=rows.line_num,
                        )
                    )
                yield rows.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(_wrong(dataset, "not readable as CSV", "UTF-8 text", str(error))) from error


def _jsonl_rows(dataset: Dataset, path: Path) -> Iterator[tuple[int, Row]]:
    number = 0
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield number, msgspec.json.decode(line, type=dict[str, Any])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(
            _wrong(dataset, "not readable as JSON lines", "one object a line", str(error), number)
        ) from error


def _table(dataset: Dataset, rows: Iterable[tuple[int, Row]], needs_targets: bool) -> Samples:
    kept = list(islice(rows, dataset.limit))
    columns = mapping(dataset.inputs) or {
        name: name for name in (kept[0][1] if kept else ()) if name != dataset.targets
    }
    for number, row in kept:
        for name in columns.values():
            if name not in row:
                raise BadInput(_wrong(dataset, "no such column", " or ".join(row), name, number))
    targets, classes = _targets(dataset, kept, needs_targets)
    return Samples(
        fields=tuple(columns),
        count=len(kept),
        item=lambda index: {
            field: _field(dataset, *kept[index], name) for field, name in columns.items()
        },
        targets=targets,
        classes=classes,
        split=dataset.split,
    )


def _field(dataset: Dataset, line: int, row: Row, column: str) -> Array:
    """Return a value of a row: text as an object, as NumPy's own strings drop final zeros."""
    value = row[column]
    if isinstance(value, str):
        return np.array(value, object)
    try:
        array = np.array(value)
    except ValueError as error:
        raise BadInput(
            _wrong(dataset, "a list of uneven lists", "numbers", column, line)
        ) from error
    if array.dtype.kind not in "biuf":
        raise BadInput(_wrong(dataset, "neither text nor numbers", "one of them", column, line))
    return array


def _targets(
    dataset: Dataset, rows: Sequence[tuple[int, Row]], needs_targets: bool
) -> tuple[Targets | None, tuple[str, ...]]:
    """Return the target column, and the class names where it is text.

    Classes are int64 [N]. Where a row holds a list of texts, the column is of references, and a
    text alone is a list of one.
    """
    column = dataset.targets
    if column is None or not (needs_targets or all(column in row for _, row in rows)):
        return None, ()
    found = []
    for number, row in rows:
        if column not in row:
            raise BadInput(_wrong(dataset, "no such column", " or ".join(row), column, number))
        found.append(row[column])
    if any(isinstance(each, list) for each in found):
        lines = (number for number, _ in rows)
        return [_references(dataset, *each) for each in zip(lines, found, strict=True)], ()
    return _class_indices(dataset, found)


def _references(dataset: Dataset, line: int, value: object) -> References:
    """Return the texts that count as right for one sample."""
    texts = value if isinstance(value, list) else [value]
    if not texts or not all(isinstance(each, str) for each in texts):
        expected = "a text, or a list of at least one text"
        got = "an empty list" if not texts else "another type"
        raise BadInput(_wrong(dataset, "not references to compare with", expected, got, line))
    return tuple(texts)


def _class_indices(dataset: Dataset, found: Sequence[Any]) -> tuple[Array, tuple[str, ...]]:
    """Number classes: integers as they are, names by ``classes`` or else sorted."""
    if dataset.classes is None and all(_is_integer(each) for each in found):
        return np.array([int(each) for each in found], np.int64), ()
    names = dataset.classes or tuple(sorted({str(each) for each in found}))
    index = {name: number for number, name in enumerate(names)}
    indices = []
    for each in found:
        if str(each) in index:
            indices.append(index[str(each)])
        elif isinstance(each, int) and 0 <= each < len(names):
            indices.append(each)
        else:
            raise BadInput(
                _wrong(dataset, "a target that is no class", ", ".join(names)[:200], str(each))
            )
    return np.array(indices, np.int64), names


def _is_integer(value: object) -> bool:
    return isinstance(value, int) or (
        isinstance(value, str) and value.strip().lstrip("-").isdecimal()
    )


# ------------------------------------------------------------------------------------------- images


def read_image_folder(dataset: Dataset, root: Path, path: Path, needs_targets: bool) -> Samples:
    """Read images of a folder: one sub-folder per class, or flat with a ``labels`` CSV, or neither.

    Images of class folders come in turn of the classes, so that the first N are of all classes.
    """
    if not path.is_dir():
        raise BadInput(
            _wrong(dataset, "not a folder", "a folder of images", describe(dataset.path))
        )
    if dataset.labels is not None:
        files, targets, classes = _labelled(dataset, root, path, needs_targets)
    else:
        files, targets, classes = _class_folders(dataset, path)
    count = _limited(dataset, len(files))
    return _images(dataset, files[:count], None if targets is None else targets[:count], classes)


def _labelled(
    dataset: Dataset, root: Path, path: Path, needs_targets: bool
) -> tuple[list[Path], Targets | None, tuple[str, ...]]:
    rows = list(_csv_rows(dataset, locate(dataset.labels or "", root)))
    column = next(iter(mapping(dataset.inputs).values()), "file")
    files = []
    for number, row in rows:
        if column not in row:
            raise BadInput(_wrong(dataset, "no such column", " or ".join(row), column, number))
        files.append(_image_below(dataset, path, row[column], number))
    targets, classes = _targets(dataset, rows, needs_targets)
    return files, targets, classes


def _image_below(dataset: Dataset, folder: Path, name: str, line: int | None = None) -> Path:
    """Return the path of an image that a labels or annotation file names; it is in the folder."""
    file = folder / name
    if Path(name).is_absolute() or ".." in Path(name).parts or not file.is_file():
        raise BadInput(_wrong(dataset, "no such image", "a file in the image folder", name, line))
    return file


def _class_folders(
    dataset: Dataset, path: Path
) -> tuple[list[Path], Targets | None, tuple[str, ...]]:
    folders = sorted(each for each in path.iterdir() if each.is_dir() and each.name[0] != ".")
    if not folders:
        return _pictures(path), None, ()
    names = dataset.classes or tuple(each.name for each in folders)
    unknown = [each.name for each in folders if each.name not in names]
    if unknown:
        raise BadInput(
            _wrong(dataset, "a folder that is no class", ", ".join(names)[:200], unknown[0])
        )
    ranked = sorted(
        (rank, names.index(each.name), file)
        for each in folders
        for rank, file in enumerate(_pictures(each))
    )
    labels = np.array([label for _, label, _ in ranked], np.int64)
    return [file for _, _, file in ranked], labels, names


def _pictures(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if each.suffix.lower() in IMAGE_SUFFIXES)


def _images(
    dataset: Dataset,
    files: Sequence[Path],
    targets: Targets | None,
    classes: Sequence[str],
) -> Samples:
    return Samples(
        fields=("image",),
        count=len(files),
        item=lambda index: _decode(dataset, files[index]),
        targets=targets,
        classes=classes,
        split=dataset.split,
    )


def _decode(dataset: Dataset, file: Path) -> Fields:
    """Decode an image to uint8 [H, W, C] or [C, H, W]; 16-bit grey stays uint16."""
    from PIL import Image

    try:
        with Image.open(file) as image:
            array = np.asarray(image.convert(_mode(dataset, image.mode)))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadInput(
            _wrong(dataset, "not a readable image", "an image", f"{file.name}: {error}")
        ) from error
    array = array if array.ndim == 3 else array[:, :, None]
    return {
        "image": np.ascontiguousarray(array.transpose(2, 0, 1))
        if dataset.layout == "CHW"
        else array
    }


def _mode(dataset: Dataset, stored: str) -> str:
    if dataset.mode is not None:
        return dataset.mode
    # Palettes and bits are ways of storing, not values to feed to a model.
    return {"1": "L", "P": "RGB", "LA": "L", "RGBA": "RGB", "PA": "RGB", "CMYK": "RGB"}.get(
        stored, stored
    )


# --------------------------------------------------------------------------------------------- coco


class _CocoImage(msgspec.Struct):
    id: int
    file_name: str
    width: int
    height: int


class _CocoCategory(msgspec.Struct):
    id: int
    name: str


class _CocoAnnotation(msgspec.Struct):
    image_id: int
    category_id: int
    bbox: tuple[float, float, float, float]
    area: float | None = None
    iscrowd: int = 0


class _Coco(msgspec.Struct):
    images: list[_CocoImage]
    categories: list[_CocoCategory]
    annotations: list[_CocoAnnotation] = []


def read_coco(dataset: Dataset, root: Path, path: Path, _needs_targets: bool) -> Samples:
    """Read a COCO annotation file with boxes; images in the file's order."""
    try:
        coco = msgspec.json.decode(path.read_bytes(), type=_Coco)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(
            _wrong(dataset, "not a COCO annotation file", "COCO JSON", str(error))
        ) from error
    folder = locate(dataset.images, root) if dataset.images is not None else path.parent
    images = coco.images[: dataset.limit]
    classes, index = _coco_classes(dataset, coco)
    by_image: dict[int, list[_CocoAnnotation]] = {image.id: [] for image in coco.images}
    for annotation in coco.annotations:
        if annotation.image_id not in by_image or annotation.category_id not in index:
            got = f"image {annotation.image_id}, category {annotation.category_id}"
            raise BadInput(_wrong(dataset, "an annotation of nothing", "ids that are listed", got))
        by_image[annotation.image_id].append(annotation)
    files = [_image_below(dataset, folder, image.file_name) for image in images]
    return _images(
        dataset, files, [_truth(image, by_image[image.id], index) for image in images], classes
    )


def _coco_classes(dataset: Dataset, coco: _Coco) -> tuple[tuple[str, ...], dict[int, int]]:
    """Return class names, and class index by category id."""
    categories = sorted(coco.categories, key=lambda each: each.id)
    names = dataset.classes or tuple(each.name for each in categories)
    for each in categories:
        if each.name not in names:
            raise BadInput(
                _wrong(dataset, "a category that is no class", ", ".join(names)[:200], each.name)
            )
    if dataset.classes is None:
        return names, {each.id: number for number, each in enumerate(categories)}
    return names, {each.id: names.index(each.name) for each in categories}


def _truth(
    image: _CocoImage, annotations: Sequence[_CocoAnnotation], index: Mapping[int, int]
) -> Truth:
    boxes = np.array([each.bbox for each in annotations], np.float64).reshape(-1, 4)
    areas = [
        each.bbox[2] * each.bbox[3] if each.area is None else each.area for each in annotations
    ]
    return Truth(
        boxes=np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1),
        labels=np.array([index[each.category_id] for each in annotations], np.int64),
        areas=np.array(areas, np.float64),
        crowd=np.array([bool(each.iscrowd) for each in annotations], np.bool_),
        size=(image.height, image.width),
    )


# ------------------------------------------------------------------------------------------ errors


def _limited(dataset: Dataset, count: int) -> int:
    return count if dataset.limit is None else min(count, dataset.limit)


def _wrong(
    dataset: Dataset, what: str, expected: str, got: str, line: int | None = None
) -> Problem:
    place = describe(dataset.path) + (f":{line}" if line else "")
    return Problem(
        where=f"{dataset.name}: {place}",
        what=what,
        expected=expected[:300],
        got=got[:300],
        remedy="correct the file, or what the suite says of the data set",
    )


KINDS: Mapping[str, Reader] = MappingProxyType(
    {
        "npz": read_npz,
        "csv": read_csv,
        "jsonl": read_jsonl,
        "image-folder": read_image_folder,
        "coco": read_coco,
    }
)
"""Readers by ``Dataset.kind``."""
