"""Samples into the inputs of a model, and its outputs into predictions.

Each step is a pure function from an array to an array, one entry in ``STEPS``; each post-processing
one from the outputs for one sample to a prediction, one entry in ``POSTPROCESSES``. What an entry
says of its argument is checked when the suite is loaded, with the line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Meta

from benchfolio.results import BadInput, Port, Problem
from benchfolio.runner.suite import Input, Model, Part, Step

if TYPE_CHECKING:
    from benchfolio.runner.datasets import Samples

Array = npt.NDArray[Any]
Feeds = dict[str, Array]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Numbers = float | tuple[float, ...]

# --------------------------------------------------------------------------------- pre-processing


class Stage(Part, frozen=True, kw_only=True):
    """An entry of the registry: a function and the type of its argument.

    Attributes:
        function: Called with the array (or the outputs) and the argument.
        argument: Type that the argument must have; ``None`` for no argument.
    """

    function: Callable[..., Any]
    argument: Any


def argument(stage: Stage, step: Step) -> Any:  # noqa: ANN401 - each stage has a type of its own
    """Return the argument of a step in the type its stage wants; options may all be left out.

    Raises:
        msgspec.ValidationError: The argument is of another type.
    """
    optional = isinstance(stage.argument, type) and issubclass(stage.argument, Part)
    return msgspec.convert({} if step.value is None and optional else step.value, stage.argument)


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


def preprocess(
    model: Model,
    samples: Samples | None,
    indices: int | Sequence[int],
    ports: Sequence[Port] = (),
) -> Feeds:
    """Return what to feed to a model for some samples, by input name.

    Args:
        model: As the suite describes it.
        samples: Its data set; ``None`` for a model without one, whose inputs are generated.
        indices: One sample, or the samples of a batch. Without a batch axis just one.
        ports: The model's inputs as its engine reports them. Needed for inputs that the suite does
            not describe or gives no shape or type; and where given, values are converted to the
            port's type where that loses nothing but digits.

    Returns:
        Contiguous arrays; with a batch axis in front where ``model.batch``.

    Raises:
        BadInput: A step cannot do what it is asked to, or an input is described too little.
    """
    chosen = [indices] if isinstance(indices, int) else list(indices)
    if not model.batch and len(chosen) != 1:
        raise BadInput(_no_batch(model, len(chosen)))
    known = {port.name: port for port in ports}
    strange = [name for name in model.inputs if known and name not in known]
    if strange:
        raise BadInput(_no_input(model, strange[0], list(known)))
    names = [*model.inputs, *(name for name in known if name not in model.inputs)]
    return {name: _feed(model, name, known.get(name), samples, chosen) for name in names}


def _feed(
    model: Model, name: str, port: Port | None, samples: Samples | None, indices: Sequence[int]
) -> Array:
    """Return the array for one input."""
    wanted = model.inputs.get(name) or _undescribed(model, name, samples)
    try:
        if wanted.source is not None and samples is not None:
            array = _from_samples(model, wanted, samples, indices)
        elif wanted.constant is not None:
            array = _constant(wanted, port, len(indices))
        else:
            array = _generated(model, name, wanted, port, indices)
        return np.ascontiguousarray(_as_port(array, port)).reshape(array.shape)
    except (ValueError, TypeError, KeyError) as error:
        raise BadInput(_cannot_feed(model, name, indices, error)) from error


def _undescribed(model: Model, name: str, samples: Samples | None) -> Input:
    """Choose for an input the suite does not name: its namesake field, or generated values."""
    if samples is None:
        return Input(random="normal")
    if name in samples.fields:
        return Input(source=name)
    raise BadInput(
        Problem(
            where=f"model {model.name}, input {name}",
            what="the suite does not say where this input comes from",
            expected=f"a field of the data set ({', '.join(samples.fields)}), constant or random",
            got="nothing",
            remedy=f"add `{name}: {{from: FIELD}}` to the model's inputs",
        )
    )


def _from_samples(model: Model, wanted: Input, samples: Samples, indices: Sequence[int]) -> Array:
    rows = []
    for index in indices:
        array = samples.item(index)[wanted.source or ""]
        for step in wanted.steps:
            array = apply(step, array)
        rows.append(array.astype(wanted.dtype) if wanted.dtype else array)
    return np.stack(rows) if model.batch else rows[0]


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


def _constant(wanted: Input, port: Port | None, batch: int) -> Array:
    dtype = wanted.dtype or (port.dtype if port else None)
    value = np.asarray(wanted.constant, dtype)
    if wanted.shape is None:
        return value
    return np.broadcast_to(value, _with_batch(wanted.shape, batch))


def _with_batch(shape: Sequence[int | str], batch: int) -> tuple[int, ...]:
    return tuple(batch if isinstance(size, str) else size for size in shape)


def _generated(
    model: Model, name: str, wanted: Input, port: Port | None, indices: Sequence[int]
) -> Array:
    """Return values that depend on nothing but the input's name and the sample's index."""
    dtype = np.dtype(wanted.dtype or (port.dtype if port else "float32"))
    shape, axis = _generated_shape(model, name, wanted, port)
    rows = [_draw(wanted, dtype, shape, _seed(name, index)) for index in indices]
    return rows[0] if axis is None else np.stack(rows, axis)


def _generated_shape(
    model: Model, name: str, wanted: Input, port: Port | None
) -> tuple[tuple[int, ...], int | None]:
    """Return the shape for one sample, and the axis along which samples are stacked.

    Raises:
        ValueError: A size is open.
    """
    if wanted.shape is not None:
        axis = wanted.shape.index("batch") if "batch" in wanted.shape else None
        return tuple(size for size in wanted.shape if isinstance(size, int)), axis
    fixed = model.shape.get(name)
    sizes: Sequence[int | str] = fixed if fixed is not None else (port.shape if port else ("?",))
    axis = 0 if model.batch and sizes else None
    sizes = sizes if axis is None else sizes[1:]
    shape = tuple(size for size in sizes if isinstance(size, int) and size > 0)
    if len(shape) < len(sizes):
        raise ValueError(f"the size of an axis is open: {list(sizes)}; give the model a `shape`")
    return shape, axis


def _draw(
    wanted: Input, dtype: np.dtype[Any], shape: tuple[int, ...], seed: tuple[int, int]
) -> Array:
    rng = np.random.default_rng(seed)
    low = wanted.low or 0.0
    if dtype.kind in "iub" or wanted.random == "integers":
        high = 2 if wanted.high is None else int(wanted.high)
        return np.asarray(rng.integers(int(low), high, shape)).astype(dtype)
    high_or_one = 1.0 if wanted.high is None else wanted.high
    draw = rng.uniform if wanted.random == "uniform" else rng.normal
    return np.asarray(draw(low, high_or_one, shape)).astype(dtype)


def _seed(name: str, index: int) -> tuple[int, int]:
    return int.from_bytes(name.encode()[-16:], "little"), index


def _as_port(array: Array, port: Port | None) -> Array:
    """Convert to the port's type within a kind (floats, integers), or integers to floats.

    Raises:
        TypeError: Anything else, which a `cast` step would have to say.
    """
    if port is None or array.dtype == np.dtype(port.dtype):
        return array
    if not np.can_cast(array.dtype, port.dtype, "same_kind"):
        raise TypeError(f"the model wants {port.dtype}, the steps give {array.dtype}: add a `cast`")
    return array.astype(port.dtype)


def _no_input(model: Model, name: str, known: Sequence[str]) -> Problem:
    return Problem(
        where=f"model {model.name}",
        what="the model has no such input",
        expected=f"one of {', '.join(known)}",
        got=name,
        remedy="correct the name in `inputs` of the model",
    )


def _cannot_feed(model: Model, name: str, indices: Sequence[int], error: Exception) -> Problem:
    return Problem(
        where=f"model {model.name}, input {name}, sample {indices[0]}",
        what="the sample cannot be made into this input",
        expected="fields, steps and shapes that fit",
        got=str(error)[:300],
        remedy="correct `inputs` of the model in the suite",
    )


def _no_batch(model: Model, count: int) -> Problem:
    return Problem(
        where=f"model {model.name}",
        what="samples are passed one by one, as `batch: false` says",
        expected="one sample",
        got=f"{count} samples",
        remedy="set the scenario's batch to 1, or the model's `batch` to true",
    )


# -------------------------------------------------------------------------------- post-processing


class Detections(msgspec.Struct, frozen=True):
    """What was found in one image, best first.

    Attributes:
        boxes: float64 [K, 4]: left, top, right, bottom in pixels of the model's input.
        scores: float64 [K].
        labels: int64 [K], index of the class.
    """

    boxes: Array
    scores: Array
    labels: Array


class DetectionOptions(Part, frozen=True, kw_only=True):
    """Argument of ``detections``.

    Attributes:
        boxes: Output with boxes [.., K, 4].
        scores: Output with scores [.., K, classes], or [.., K] where ``labels`` is given.
        labels: Output with classes [.., K].
        format: ``xyxy`` (corners), ``xywh`` (corner and size) or ``cxcywh`` (centre and size).
        size: Height and width in pixels, where boxes are relative to them (0 to 1).
        score_threshold: Lower scores are dropped.
        iou_threshold: Of two boxes of one class that overlap by more, the better stays.
        max_detections: At most so many are kept, the best.
    """

    boxes: str
    scores: str
    labels: str | None = None
    format: Literal["xyxy", "xywh", "cxcywh"] = "xyxy"
    size: tuple[Count, Count] | None = None
    score_threshold: Annotated[float, Meta(ge=0, le=1)] = 0.05
    iou_threshold: Annotated[float, Meta(ge=0, le=1)] = 0.5
    max_detections: Count = 100


class SegmentationOptions(Part, frozen=True, kw_only=True):
    """Argument of ``segmentation``: the axis of classes in the model's output, batch counted."""

    axis: int = 1


class _Look(msgspec.Struct, frozen=True):
    """What a post-processing gets: outputs for one sample, and which of them the suite names."""

    outputs: Mapping[str, Array]
    chosen: str | None
    batched: bool

    @property
    def main(self) -> Array:
        """The output the suite names, or the only one; never one with NaN in it."""
        name = self.chosen if self.chosen is not None else self._only()
        if name not in self.outputs:
            raise ValueError(f"no output {name!r} among {', '.join(self.outputs)}")
        output = self.outputs[name]
        if output.dtype.kind == "f" and np.isnan(output).any():
            # An argmax over NaN would be a class like any other, and an accuracy would hide it.
            raise ValueError(f"output {name!r} has values that are not numbers (NaN)")
        return output

    def _only(self) -> str:
        if len(self.outputs) != 1:
            raise ValueError(f"several outputs ({', '.join(self.outputs)}): name one by `output`")
        return next(iter(self.outputs))


def none(look: _Look, _: None) -> Array:
    """Take the output as it is."""
    return look.main


def argmax(look: _Look, _: None) -> Array:
    """Take the class with the highest score, int64 []; the first of equals."""
    return np.asarray(look.main.argmax(), np.int64)


def top(look: _Look, count: Count) -> Array:
    """Take the classes with the highest scores, best first, int64 [count]; the first of equals."""
    return np.argsort(-look.main.ravel(), kind="stable")[:count].astype(np.int64)


def threshold(look: _Look, limit: float) -> Array:
    """Take class 1 where a single score is above the limit, else 0; int64 []."""
    if look.main.size != 1:
        raise ValueError(f"one score is wanted, not shape {list(look.main.shape)}")
    return np.asarray(look.main.item() > limit, np.int64)


def segmentation(look: _Look, options: SegmentationOptions) -> Array:
    """Take the class with the highest score per pixel, int64 [H, W]."""
    axis = options.axis - 1 if look.batched and options.axis > 0 else options.axis
    mask = look.main.argmax(axis)
    return np.asarray(mask.reshape(mask.shape[-2:]), np.int64)


def detections(look: _Look, options: DetectionOptions) -> Detections:
    """Find boxes: threshold, non-maximum suppression class by class, the best of what is left."""
    boxes, scores, labels = _candidates(look, options)
    kept: list[npt.NDArray[np.int64]] = []
    for label in np.unique(labels):
        of_class = np.flatnonzero(labels == label)
        order = of_class[np.argsort(-scores[of_class], kind="stable")]
        kept.append(_suppress(boxes, order, options.iou_threshold))
    chosen = np.concatenate(kept) if kept else np.empty(0, np.int64)
    chosen = chosen[np.argsort(-scores[chosen], kind="stable")][: options.max_detections]
    return Detections(boxes[chosen], scores[chosen], labels[chosen])


def _candidates(look: _Look, options: DetectionOptions) -> tuple[Array, Array, Array]:
    """Return boxes [M, 4] as corners, scores [M] and labels [M] of at least the threshold."""
    boxes = _output(look, options.boxes).reshape(-1, 4).astype(np.float64)
    boxes = _corners(boxes, options.format)
    if options.size is not None:
        boxes = boxes * np.tile(np.array(options.size, np.float64)[::-1], 2)
    scores = _output(look, options.scores).astype(np.float64)
    if options.labels is not None:
        labels = _output(look, options.labels).ravel().astype(np.int64)
        above = np.flatnonzero(scores.ravel() >= options.score_threshold)
        return boxes[above], scores.ravel()[above], labels[above]
    table = scores.reshape(len(boxes), -1)
    rows, labels = np.nonzero(table >= options.score_threshold)
    return boxes[rows], table[rows, labels], labels.astype(np.int64)


def _output(look: _Look, name: str) -> Array:
    return _Look(look.outputs, name, look.batched).main


def _corners(boxes: Array, form: str) -> Array:
    if form == "xyxy":
        return boxes
    start, size = boxes[:, :2], boxes[:, 2:]
    start = start - size / 2 if form == "cxcywh" else start
    return np.concatenate([start, start + size], axis=1)


def _suppress(boxes: Array, order: Array, limit: float) -> npt.NDArray[np.int64]:
    """Return those of the boxes, best first, that no better one kept overlaps too much."""
    kept: list[int] = []
    while order.size:
        best, order = int(order[0]), order[1:]
        kept.append(best)
        order = order[_iou(boxes[best], boxes[order]) <= limit]
    return np.array(kept, np.int64)


def _iou(box: Array, others: Array) -> Array:
    """Return the intersection over union of a box [4] with others [K, 4]; 0 where empty."""
    inner = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    both = inner.clip(0).prod(1)
    areas = (others[:, 2:] - others[:, :2]).clip(0).prod(1)
    union = areas + (box[2:] - box[:2]).clip(0).prod() - both
    iou: Array = np.divide(both, union, out=np.zeros_like(both), where=union > 0)
    return iou


POSTPROCESSES: Mapping[str, Stage] = MappingProxyType(
    {
        "none": Stage(function=none, argument=None),
        "argmax": Stage(function=argmax, argument=None),
        "top": Stage(function=top, argument=Count),
        "threshold": Stage(function=threshold, argument=float),
        "segmentation": Stage(function=segmentation, argument=SegmentationOptions),
        "detections": Stage(function=detections, argument=DetectionOptions),
    }
)
"""Post-processings by name. Each sees the outputs for one sample."""


def postprocess(model: Model, outputs: Mapping[str, Array]) -> list[Any]:
    """Return the predictions of one inference, one per sample.

    Args:
        model: As the suite describes it.
        outputs: Arrays by output name; with a batch axis in front where ``model.batch``.

    Returns:
        What the post-processing makes: an array (``none``, ``argmax``, ``top``, ``threshold``,
        ``segmentation``) or ``Detections``.

    Raises:
        BadInput: The outputs are not what the suite says.
    """
    stage = POSTPROCESSES[model.postprocess.name]
    try:
        value = argument(stage, model.postprocess)
        return [
            stage.function(_Look(each, model.output, model.batch), value)
            for each in split(model, outputs)
        ]
    except (ValueError, TypeError, IndexError) as error:
        raise BadInput(
            Problem(
                where=f"model {model.name}, postprocess {model.postprocess.name}",
                what="the outputs cannot be made into predictions",
                expected="outputs as the suite describes them",
                got=str(error)[:300],
                remedy="correct `output` or `postprocess` of the model in the suite",
            )
        ) from error


def split(model: Model, outputs: Mapping[str, Array]) -> list[dict[str, Array]]:
    """Take a batch of outputs apart; an output whose first axis is no batch goes to each sample.

    The batch size is the first axis of the output that post-processing looks at, or the largest
    number of outputs agree on.
    """
    if not model.batch:
        return [dict(outputs)]
    count = _batch_size(model, outputs)
    return [
        {
            name: array[index] if array.ndim and array.shape[0] == count else array
            for name, array in outputs.items()
        }
        for index in range(count)
    ]


def _batch_size(model: Model, outputs: Mapping[str, Array]) -> int:
    if model.output is not None and model.output in outputs:
        return int(outputs[model.output].shape[0])
    sizes = [int(array.shape[0]) for array in outputs.values() if array.ndim]
    return max(sizes, key=sizes.count) if sizes else 1
