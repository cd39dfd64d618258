"""Samples into the inputs of a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from benchfolio.results import BadInput, Port, Problem
from benchfolio.runner.processing.stage import Array
from benchfolio.runner.processing.steps import apply
from benchfolio.runner.suite import Input, Model

if TYPE_CHECKING:
    from benchfolio.runner.datasets import Samples

Feeds = dict[str, Array]


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
