"""What a data set is once it is loaded: samples by index, targets, and a hash of the content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Fields = dict[str, Array]


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """The objects in one image.

    Attributes:
        boxes: float64 [K, 4]: left, top, right, bottom in pixels of the image as stored.
        labels: int64 [K], index of the class.
        areas: float64 [K], area as annotated, pixels².
        crowd: bool [K], whether the box is around a crowd of objects.
        size: Height and width of the image as stored.
    """

    boxes: Array
    labels: Array
    areas: Array
    crowd: Array
    size: tuple[int, int]


References = tuple[str, ...]
"""Texts of which each is a right answer."""
Targets = Array | Sequence[Truth | References]


class Samples:
    """Samples of one split of a data set, decoded when they are asked for.

    Attributes:
        fields: Names of a sample's fields.
        targets: Array [N, ...], or one ``Truth`` or ``References`` per sample; ``None`` where there
            are none.
        classes: Names of the classes in the order of their indices; empty when not known.
        split: Name of the split.
    """

    def __init__(
        self,
        *,
        fields: Sequence[str],
        count: int,
        item: Callable[[int], Fields],
        targets: Targets | None = None,
        classes: Sequence[str] = (),
        split: str | None = None,
    ) -> None:
        self.fields = tuple(fields)
        self.targets = targets
        self.classes = tuple(classes)
        self.split = split
        self._count = count
        self._item = item

    def __len__(self) -> int:
        return self._count

    def item(self, index: int) -> Fields:
        """Return one sample: its fields as arrays without a batch axis; text as a scalar object.

        Raises:
            IndexError: There is no such sample.
        """
        if not 0 <= index < self._count:
            raise IndexError(f"sample {index} of {self._count}")
        return self._item(index)

    def take(self, indices: Sequence[int]) -> Samples:
        """Return only some samples, in the order given, as accuracy control asks for them.

        Raises:
            IndexError: There is no such sample.
        """
        chosen = [range(self._count)[index] for index in indices]
        targets: Targets | None = None
        if self.targets is not None:
            found = [self.targets[index] for index in chosen]
            targets = np.asarray(found) if isinstance(self.targets, np.ndarray) else found
        return Samples(
            fields=self.fields,
            count=len(chosen),
            item=lambda index: self._item(chosen[index]),
            targets=targets,
            classes=self.classes,
            split=self.split,
        )

    @cached_property
    def sha256(self) -> str:
        """Hash of the content, lower-case hex: the same however the files are compressed or named.

        Over all samples in order: per field, sorted, its name, type, shape and values; then the
        targets in the same way. Takes as long as decoding everything once.
        """
        digest = hashlib.sha256(b"benchfolio samples 1\n")
        for index in range(self._count):
            item = self.item(index)
            for name in sorted(item):
                _update(digest, name, item[name])
            for name, target in _target_parts(self.targets, index):
                _update(digest, name, target)
        return digest.hexdigest()


def _target_parts(targets: Targets | None, index: int) -> list[tuple[str, Array]]:
    if targets is None:
        return []
    target = targets[index]
    if isinstance(target, tuple):
        return [("reference", np.array(each, object)) for each in target]
    if not isinstance(target, Truth):
        return [("target", np.asarray(target))]
    return [
        ("boxes", target.boxes),
        ("labels", target.labels),
        ("areas", target.areas),
        ("crowd", target.crowd),
    ]


def _update(digest: hashlib._Hash, name: str, array: Array) -> None:
    if array.dtype.kind in "USO":
        data, dtype = str(array).encode(), "text"
    else:
        little = array.astype(array.dtype.newbyteorder("<"), copy=False)
        data, dtype = np.ascontiguousarray(little).tobytes(), little.dtype.str
    digest.update(f"{name} {dtype} {list(array.shape)} {len(data)}\n".encode())
    digest.update(data)
