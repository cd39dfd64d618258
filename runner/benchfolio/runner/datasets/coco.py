"""coco: pictures with boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

from benchfolio.results import BadInput
from benchfolio.runner.datasets.files import wrong
from benchfolio.runner.datasets.images import image_below, images_of
from benchfolio.runner.datasets.samples import Samples, Truth
from benchfolio.runner.location import locate
from benchfolio.runner.suite import Dataset


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
            wrong(dataset, "not a COCO annotation file", "COCO JSON", str(error))
        ) from error
    folder = locate(dataset.images, root) if dataset.images is not None else path.parent
    images = coco.images[: dataset.limit]
    classes, index = _coco_classes(dataset, coco)
    by_image: dict[int, list[_CocoAnnotation]] = {image.id: [] for image in coco.images}
    for annotation in coco.annotations:
        if annotation.image_id not in by_image or annotation.category_id not in index:
            got = f"image {annotation.image_id}, category {annotation.category_id}"
            raise BadInput(wrong(dataset, "an annotation of nothing", "ids that are listed", got))
        by_image[annotation.image_id].append(annotation)
    files = [image_below(dataset, folder, image.file_name) for image in images]
    return images_of(
        dataset, files, [_truth(image, by_image[image.id], index) for image in images], classes
    )


def _coco_classes(dataset: Dataset, coco: _Coco) -> tuple[tuple[str, ...], dict[int, int]]:
    """Return class names, and class index by category id."""
    categories = sorted(coco.categories, key=lambda each: each.id)
    names = dataset.classes or tuple(each.name for each in categories)
    for each in categories:
        if each.name not in names:
            raise BadInput(
                wrong(dataset, "a category that is no class", ", ".join(names)[:200], each.name)
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
