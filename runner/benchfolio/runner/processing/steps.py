"""Pre-processing steps: pure functions from one sample's field to an array.

A new step is one function and one entry in ``STEPS``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

import msgspec
import numpy as np
from msgspec import Meta

from benchfolio.runner.processing.stage import Array, Count, Stage, argument
from benchfolio.runner.suite import Step

Numbers = float | tuple[float, ...]


def scale(array: Array, factor: float) -> Array:
    """Multiply; the result is float32."""
    return np.multiply(array, np.float32(factor), dtype=np.float32)


def mean(array: Array, values: Numbers) -> Array:
    """Subtract a number, or one per channel; the result is float32. See ``_per_channel``."""
    return np.subtract(array, _per_channel(array, values), dtype=np.float32)


def std(array: Array, values: Numbers) -> Array:
    """Divide by a number, or one per channel; the result is float32. See ``_per_channel``."""
    return np.divide(array, _per_channel(array, values), dtype=np.float32)


def _per_channel(array: Array, values: Numbers) -> Array:
    """Lay one number per channel along the channel axis: the first or last of three, by its size.

    Raises:
        ValueError: No such axis has that size, or both have.
    """
    numbers = np.asarray(values, np.float32)
    if numbers.size == 1:
        return numbers.reshape(())
    first, last = array.shape[0] == numbers.size, array.shape[-1] == numbers.size
    if array.ndim != 3 or first == last:
        raise ValueError(
            f"{numbers.size} values do not tell the channels of shape {list(array.shape)}; "
            "channels are the first or the last of three axes"
        )
    return numbers.reshape(-1, 1, 1) if first else numbers


def layout(array: Array, order: str) -> Array:
    """Exchange axes, as ``HWC->CHW``: letters name them. A leading ``N`` on both sides is ignored.

    Raises:
        ValueError: The two sides are not the same letters, or not one per axis.
    """
    before, _, after = order.partition("->")
    if before[:1] == after[:1] == "N":
        before, after = before[1:], after[1:]
    if (
        sorted(before) != sorted(after)
        or len(before) != array.ndim
        or len(set(before)) < len(before)
    ):
        raise ValueError(f"{order!r} does not reorder the axes of shape {list(array.shape)}")
    return np.ascontiguousarray(array.transpose([before.index(axis) for axis in after]))


def resize(array: Array, size: tuple[Count, Count]) -> Array:
    """Resize an image to height and width, bilinear with antialiasing (Pillow), channel by channel.

    Args:
        array: [H, W], [H, W, C] or [C, H, W] with at most four channels.
        size: Height and width.

    Raises:
        ValueError: Not the shape of an image.
    """
    from PIL import Image

    height, width = size
    planes, axis = _planes(array)
    resized = [
        np.asarray(
            Image.fromarray(plane.astype(np.float32)).resize(
                (width, height), Image.Resampling.BILINEAR
            )
        )
        for plane in planes
    ]
    image = resized[0] if axis is None else np.stack(resized, axis)
    if array.dtype.kind in "ui":
        image = np.rint(image)
    return image.astype(array.dtype)


def _planes(array: Array) -> tuple[list[Array], int | None]:
    """Split an image into its channels; also the axis they were on, ``None`` for no such axis."""
    if array.ndim == 2:
        return [array], None
    if array.ndim == 3 and array.shape[-1] <= 4:
        return list(np.moveaxis(array, -1, 0)), -1
    if array.ndim == 3 and array.shape[0] <= 4:
        return list(array), 0
    raise ValueError(f"shape {list(array.shape)} is not that of an image")


def cast(array: Array, dtype: str) -> Array:
    """Convert to a NumPy element type; floats are rounded towards zero for integers."""
    return array.astype(dtype)


def reshape(array: Array, shape: tuple[int, ...]) -> Array:
    """Give another shape to the same values; one size may be -1."""
    return array.reshape(shape)


def expand(array: Array, axis: int) -> Array:
    """Insert an axis of size 1, for models without a batch axis that want one more."""
    return np.expand_dims(array, axis)


def reverse(array: Array, axis: int) -> Array:
    """Reverse an axis: RGB to BGR is ``reverse: -1`` in HWC."""
    return np.ascontiguousarray(np.flip(array, axis))


def pad(array: Array, length: Count) -> Array:
    """Cut or fill the last axis to a length; zeros are added at the end."""
    kept = array[..., :length]
    fill = [(0, 0)] * (kept.ndim - 1) + [(0, length - kept.shape[-1])]
    return np.pad(kept, fill)


def utf8_bytes(text: Array, length: Count) -> Array:
    """Make token ids of text: each UTF-8 byte plus 1, cut or filled with 0, int64 [length]."""
    ids = np.frombuffer(str(text).encode()[:length], np.uint8).astype(np.int64) + 1
    return np.pad(ids, (0, length - ids.size))


def numbers(text: Array, dtype: str) -> Array:
    """Read a text of numbers separated by blanks, commas or semicolons, as one cell of a CSV."""
    return np.array(str(text).replace(",", " ").replace(";", " ").split(), dtype=dtype)


Dtype = Literal[
    "float16", "float32", "float64", "int8", "int16", "int32", "int64",
    "uint8", "uint16", "uint32", "uint64", "bool",
]  # fmt: skip
Order = Annotated[str, Meta(pattern=r"^[A-Z]{1,6}->[A-Z]{1,6}$")]

STEPS: Mapping[str, Stage] = MappingProxyType(
    {
        "scale": Stage(function=scale, argument=float),
        "mean": Stage(function=mean, argument=Numbers),
        "std": Stage(function=std, argument=Numbers),
        "layout": Stage(function=layout, argument=Order),
        "resize": Stage(function=resize, argument=tuple[Count, Count]),
        "cast": Stage(function=cast, argument=Dtype),
        "reshape": Stage(function=reshape, argument=tuple[int, ...]),
        "expand": Stage(function=expand, argument=int),
        "reverse": Stage(function=reverse, argument=int),
        "pad": Stage(function=pad, argument=Count),
        "utf8-bytes": Stage(function=utf8_bytes, argument=Count),
        "numbers": Stage(function=numbers, argument=Dtype),
    }
)
"""Pre-processing steps by name. Each sees one sample's field, without a batch axis."""


def apply(step: Step, array: Array) -> Array:
    """Apply one pre-processing step to one sample's field.

    Raises:
        ValueError: The step and the array do not fit; the message names the step.
    """
    stage = STEPS[step.name]
    try:
        result: Array = stage.function(array, argument(stage, step))
    except (ValueError, TypeError, IndexError, msgspec.ValidationError) as error:
        raise ValueError(f"step {step.name}: {error}") from error
    return result
