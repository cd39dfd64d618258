"""image-folder: pictures in folders of classes, or with a table of labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchfolio.results import BadInput
from benchfolio.runner.datasets.files import fields_of, limited, wrong
from benchfolio.runner.datasets.samples import Fields, Samples, Targets
from benchfolio.runner.datasets.tables import csv_rows, targets_of
from benchfolio.runner.location import describe, locate
from benchfolio.runner.suite import Dataset

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"})


def read_image_folder(dataset: Dataset, root: Path, path: Path, needs_targets: bool) -> Samples:
    """Read images of a folder: one sub-folder per class, or flat with a ``labels`` CSV, or neither.

    Images of class folders come in turn of the classes, so that the first N are of all classes.
    """
    if not path.is_dir():
        raise BadInput(wrong(dataset, "not a folder", "a folder of images", describe(dataset.path)))
    if dataset.labels is not None:
        files, targets, classes = _labelled(dataset, root, path, needs_targets)
    else:
        files, targets, classes = _class_folders(dataset, path)
    count = limited(dataset, len(files))
    return images_of(dataset, files[:count], None if targets is None else targets[:count], classes)


def _labelled(
    dataset: Dataset, root: Path, path: Path, needs_targets: bool
) -> tuple[list[Path], Targets | None, tuple[str, ...]]:
    rows = list(csv_rows(dataset, locate(dataset.labels or "", root)))
    column = next(iter(fields_of(dataset.inputs).values()), "file")
    files = []
    for number, row in rows:
        if column not in row:
            raise BadInput(wrong(dataset, "no such column", " or ".join(row), column, number))
        files.append(image_below(dataset, path, row[column], number))
    targets, classes = targets_of(dataset, rows, needs_targets)
    return files, targets, classes


def image_below(dataset: Dataset, folder: Path, name: str, line: int | None = None) -> Path:
    """Return the path of an image that a labels or annotation file names; it is in the folder."""
    file = folder / name
    if Path(name).is_absolute() or ".." in Path(name).parts or not file.is_file():
        raise BadInput(wrong(dataset, "no such image", "a file in the image folder", name, line))
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
            wrong(dataset, "a folder that is no class", ", ".join(names)[:200], unknown[0])
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


def images_of(
    dataset: Dataset,
    files: Sequence[Path],
    targets: Targets | None,
    classes: Sequence[str],
) -> Samples:
    """Return samples of image files, each decoded when it is asked for."""
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
            wrong(dataset, "not a readable image", "an image", f"{file.name}: {error}")
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
