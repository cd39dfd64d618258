"""In the child process: what a model and its data are, and samples made ready to be fed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from benchfolio.results import BadInput, MissingEnvironment, Port, Problem
from benchfolio.runner import engines, words
from benchfolio.runner.digests import digest_of
from benchfolio.runner.engines.base import Feeds, Untyped
from benchfolio.runner.jobs import (
    DataFound,
    DevicesFound,
    Feedable,
    Inspect,
    Inspected,
    LookForDevices,
    Subject,
)
from benchfolio.runner.suite import Subset

MAX_FEEDS = 32
"""Distinct requests that the timed loops cycle through."""
MAX_FEED_BYTES = 64 * 2**20


def look_for_devices(job: LookForDevices) -> DevicesFound:
    """Ask installed engines for their devices."""
    found = {}
    for name in job.engines:
        try:
            found[name] = engines.find(name).devices()
        except MissingEnvironment:
            continue
    return DevicesFound(devices=found)


def inspect(job: Inspect) -> Inspected:
    """Read a model and its data.

    Raises:
        BadInput: The model or the data cannot be read, or do not fit each other.
        MissingEnvironment: A package is missing that carries or reads them.
    """
    from benchfolio.runner.location import locate

    path = locate(job.subject.model.path, Path(job.subject.folder))
    found = read_onnx(path) if path.suffix != ".xml" else read_ir(path)
    subject = msgspec.structs.replace(job.subject, ports=found.inputs)
    return msgspec.structs.replace(
        found,
        test=data_found(subject, "test"),
        calibration=data_found(subject, "calibration"),
        feeds={batch: _keep(subject, batch, Path(job.scratch)) for batch in job.batches},
    )


def data_found(subject: Subject, subset: Subset) -> DataFound | None:
    """Return size and hash of a split; ``None`` where the suite names none."""
    if subject.dataset is None or (subset == "calibration" and subject.dataset.calibration is None):
        return None
    from benchfolio.runner import datasets

    samples = datasets.load(
        subject.dataset, Path(subject.folder), Path(subject.cache), subset=subset
    )
    return DataFound(
        samples=len(samples),
        sha256=samples.sha256,
        split=samples.split,
        targets=samples.targets is not None,
    )


def _keep(subject: Subject, batch: int, scratch: Path) -> Feedable:
    """Write samples, pre-processed and in batches, to a file."""
    feeds = list(_batches(subject, batch))
    path = scratch / f"feeds-{batch}.npz"
    save_feeds(path, feeds)
    shapes: dict[str, tuple[int | None, ...]] = {
        name: _common([feed[name].shape for feed in feeds]) for name in feeds[0]
    }
    static = all(None not in shape for shape in shapes.values())
    return Feedable(path=str(path), count=len(feeds), shapes=shapes, static=static)


def _batches(subject: Subject, batch: int) -> Iterable[Feeds]:
    """Yield requests of consecutive samples, beginning again where the data set ends."""
    from benchfolio.runner import datasets
    from benchfolio.runner.processing import preprocess

    samples = None
    if subject.dataset is not None:
        samples = datasets.load(subject.dataset, Path(subject.folder), Path(subject.cache))
    available = len(samples) if samples is not None else MAX_FEEDS * batch
    wanted = max(1, min(MAX_FEEDS, available // batch))
    size = 0
    for number in range(wanted):
        indices = [(number * batch + offset) % available for offset in range(batch)]
        feed = preprocess(subject.model, samples, indices, subject.ports)
        yield feed
        size += sum(array.nbytes for array in feed.values())
        if size >= MAX_FEED_BYTES:
            return


def save_feeds(path: Path, feeds: Sequence[Feeds]) -> None:
    """Write feeds to an npz file; see ``load_feeds``."""
    arrays = {
        f"{number}/{name}": array
        for number, feed in enumerate(feeds)
        for name, array in feed.items()
    }
    with path.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)


def load_feeds(path: Path) -> list[Feeds]:
    """Read feeds that ``save_feeds`` wrote, in order."""
    feeds: dict[int, dict[str, Any]] = {}
    with np.load(path, allow_pickle=False) as arrays:
        for key in arrays.files:
            number, _, name = key.partition("/")
            feeds.setdefault(int(number), {})[name] = arrays[key]
    return [feeds[number] for number in sorted(feeds)]


def _common(shapes: Sequence[tuple[int, ...]]) -> tuple[int | None, ...]:
    """Return a shape with ``None`` for each size that differs.

    Raises:
        BadInput: The number of axes differs.
    """
    if len({len(shape) for shape in shapes}) > 1:
        raise BadInput(
            Problem(
                where="",
                what="samples of one input differ in their number of axes",
                expected="one number of axes",
                got=", ".join(sorted({str(list(shape)) for shape in shapes}))[:200],
                remedy="correct the input's steps in the suite",
            )
        )
    return tuple(sizes[0] if len(set(sizes)) == 1 else None for sizes in zip(*shapes, strict=True))


def read_onnx(path: Path) -> Inspected:
    """Read inputs, outputs, opset and number of weights of an ONNX file.

    Raises:
        BadInput: It is not an ONNX model.
        MissingEnvironment: The package ``onnx`` is not installed.
    """
    try:
        import onnx
    except ModuleNotFoundError as error:
        raise MissingEnvironment(_no_package("onnx")) from error
    try:
        model = onnx.load(path, load_external_data=False)
        weights = {each.name for each in model.graph.initializer}
        inputs = [port for port in model.graph.input if port.name not in weights]
        return Inspected(
            inputs=tuple(_onnx_port(onnx, port) for port in inputs),
            outputs=tuple(_onnx_port(onnx, port) for port in model.graph.output),
            parameters=_onnx_parameters(model.graph),
            opset=_opset(model),
            format="onnx",
            **_files([path, *_external(model.graph, path.parent)]),
        )
    except Exception as error:
        # protobuf's DecodeError, or what a file that is no model leads to
        if isinstance(error, MemoryError | BadInput):
            raise
        raise BadInput(_no_model(path, "an ONNX model", error)) from error


def read_ir(path: Path) -> Inspected:
    """Read inputs, outputs and number of weights of an OpenVINO IR.

    Raises:
        BadInput: It is not an IR.
        MissingEnvironment: OpenVINO is not installed.
    """
    engines.find("openvino")
    from benchfolio.runner.engines.openvino import describe_model

    weights = path.with_suffix(".bin")
    try:
        inputs, outputs, parameters = describe_model(path)
    except RuntimeError as error:
        raise BadInput(_no_model(path, "an OpenVINO IR", error)) from error
    return Inspected(
        inputs=inputs,
        outputs=outputs,
        parameters=parameters,
        opset=None,
        format="ir",
        **_files([path, *([weights] if weights.exists() else [])]),
    )


def _files(paths: Sequence[Path]) -> dict[str, Any]:
    sha256, size = digest_of(paths)
    return {
        "files": tuple(str(path.absolute()) for path in paths),
        "sha256": sha256,
        "bytes": size,
    }


def _opset(model: Untyped) -> int | None:
    """Return the version of the standard operators; other domains have versions of their own."""
    standard = [each.version for each in model.opset_import if each.domain in ("", "ai.onnx")]
    return int(standard[0]) if standard else None


def _onnx_port(onnx: Untyped, port: Untyped) -> Port:
    tensor = port.type.tensor_type
    shape = tuple(
        axis.dim_value if axis.HasField("dim_value") else (axis.dim_param or "?")
        for axis in tensor.shape.dim
    )
    return Port(name=port.name, dtype=_onnx_dtype(onnx, tensor.elem_type), shape=shape)


def _onnx_dtype(onnx: Untyped, number: int) -> str:
    try:
        return str(np.dtype(onnx.helper.tensor_dtype_to_np_dtype(number)).name)
    except (KeyError, TypeError):
        return str(onnx.TensorProto.DataType.Name(number)).lower()


def _onnx_parameters(graph: Untyped) -> int:
    """Count weights, wherever an exporter put them: initialisers, or nodes that hold a constant."""
    constants = [
        attribute.t
        for node in graph.node
        if node.op_type == "Constant"
        for attribute in node.attribute
        if attribute.name == "value"
    ]
    dense = sum(math.prod(tensor.dims) for tensor in (*graph.initializer, *constants))
    return int(dense + sum(math.prod(each.values.dims) for each in graph.sparse_initializer))


def _external(graph: Untyped, folder: Path) -> list[Path]:
    """Return the files beside an ONNX file that hold its weights."""
    names = {
        entry.value
        for tensor in graph.initializer
        for entry in tensor.external_data
        if entry.key == "location"
    }
    return [folder / name for name in sorted(names)]


def _no_package(name: str) -> Problem:
    return Problem(
        where=name,
        what="this package is not installed",
        expected=f"the package {name}",
        got="nothing of that name",
        remedy="pip install 'benchfolio[openvino,onnxruntime]'",
    )


def _no_model(path: Path, expected: str, error: Exception) -> Problem:
    return Problem(
        where=path.name,
        what="the model cannot be read",
        expected=expected,
        got=words.of_exception(error),
        remedy="correct the model's path in the suite, or export the model again",
    )
