"""OpenVINO: devices CPU, GPU, NPU and AUTO, models as ONNX or IR."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from benchfolio.results import Port, Precision, Share
from benchfolio.runner import telemetry, words
from benchfolio.runner.engines.base import (
    Config,
    Device,
    Engine,
    Feeds,
    Outputs,
    Scalar,
    Stream,
    Unsupported,
    Untyped,
    shares,
)

_PRECISION_HINTS = MappingProxyType({Precision.FP16: "f16", Precision.BF16: "bf16"})
"""What to compute in; everything else computes its floating point in f32, so that a baseline is
FP32 even where the plugin would choose BF16 or FP16."""

_PRECISION_NAMES = MappingProxyType(
    {
        "f64": "FP64",
        "f32": "FP32",
        "f16": "FP16",
        "bf16": "BF16",
        "f8e4m3": "FP8-E4M3",
        "f8e5m2": "FP8-E5M2",
        "i8": "INT8",
        "u8": "INT8",
        "i4": "INT4",
        "u4": "INT4",
        "i16": "INT16",
        "u16": "INT16",
        "i32": "INT32",
        "u32": "INT32",
        "i64": "INT64",
        "u64": "INT64",
        "boolean": "BOOL",
    }
)

_REPORTED = (
    "PERFORMANCE_HINT",
    "NUM_STREAMS",
    "INFERENCE_NUM_THREADS",
    "INFERENCE_PRECISION_HINT",
    "EXECUTION_MODE_HINT",
    "EXECUTION_DEVICES",
    "ENABLE_CPU_PINNING",
    "ENABLE_HYPER_THREADING",
    "SCHEDULING_CORE_TYPE",
    "OPTIMAL_NUMBER_OF_INFER_REQUESTS",
)


class OpenVinoSession:
    """A compiled model with one request for synchronous inference and a queue for many."""

    def __init__(
        self, core: Untyped, model: Untyped, config: Config, properties: dict[str, Any]
    ) -> None:
        self._core = core
        self._model = model
        self._config = config
        self._properties = properties
        self._compiled = core.compile_model(model, config.device, properties)
        self._names = [port_name(port, config.outputs) for port in self._compiled.outputs]
        self._request = self._compiled.create_infer_request()
        self._requests: list[Untyped] = []
        self._queue: Untyped = None
        self._completed: list[float] = []
        self._failures: list[BaseException] = []

    def infer(self, feeds: Feeds) -> Outputs:
        """Run once, synchronously; inputs are copied in and outputs copied out."""
        results = self._request.infer(feeds, share_inputs=False, share_outputs=False)
        return dict(zip(self._names, results.to_tuple(), strict=True))

    def new_request(self) -> Callable[[Feeds], Outputs]:
        """Return an ``infer`` with buffers of its own, for a thread of its own."""
        request = self._compiled.create_infer_request()
        self._requests.append(request)

        def infer(feeds: Feeds) -> Outputs:
            results = request.infer(feeds, share_inputs=False, share_outputs=False)
            return dict(zip(self._names, results.to_tuple(), strict=True))

        return infer

    def stream(self, feeds: Sequence[Feeds], seconds: float) -> Stream:
        """Keep requests in flight for so long, cycling the samples, and wait for the last."""
        queue = self._queue or self._new_queue()
        completed: list[float] = []
        self._completed = completed
        count = len(feeds)
        index = 0
        started = time.perf_counter()
        end = started + seconds
        while time.perf_counter() < end and not self._failures:
            queue.start_async(feeds[index % count], None)
            index += 1
        queue.wait_all()
        if self._failures:
            raise self._failures.pop()
        return Stream(started=started, stopped=end, completed=sorted(completed))

    def _new_queue(self) -> Untyped:
        """Make the one queue of this session, and the one callback of that queue.

        A thread of OpenVINO may still be letting go of a callback, for which it needs the
        interpreter's lock, when the queue is destroyed, which holds that lock and waits for the
        thread. So neither is ever destroyed or replaced before the process ends.
        """
        from openvino import AsyncInferQueue

        outputs = range(len(self._names))

        def done(request: Untyped, _: None) -> None:
            try:
                for index in outputs:
                    request.get_output_tensor(index).data.copy()
            except Exception as error:  # noqa: BLE001 - raised in stream; here a C++ thread would die
                self._failures.append(error)
            self._completed.append(time.perf_counter())

        self._queue = AsyncInferQueue(self._compiled, self._config.requests or 0)
        self._queue.set_callback(done)
        return self._queue

    def settings(self) -> dict[str, Scalar]:
        """Return the compiled model's own answers."""
        known = set(self._compiled.get_property("SUPPORTED_PROPERTIES"))
        found = {
            name.lower(): _scalar(self._compiled.get_property(name))
            for name in _REPORTED
            if name in known
        }
        if self._config.purpose == "throughput":
            advised = found.get("optimal_number_of_infer_requests")
            found["requests"] = self._config.requests or advised
        return found

    def executed(self, feeds: Sequence[Feeds]) -> dict[str, Share]:
        """Return the layers that were executed, from performance counters of a second compilation.

        The precision is the runtime model's ``runtimePrecision``; layers that the plugin folded
        into others or never ran are not counted.
        """
        compiled = self._core.compile_model(
            self._model, self._config.device, {**self._properties, "PERF_COUNT": "YES"}
        )
        precisions = _runtime_precisions(compiled)
        request = compiled.create_infer_request()
        request.infer(feeds[0])  # first inference: allocations, and layers that run only once
        times: dict[str, float] = {}
        for sample in feeds[:8]:
            request.infer(sample)
            for layer in request.profiling_info:
                if layer.status == type(layer).Status.EXECUTED:
                    spent = layer.real_time.total_seconds()
                    times[layer.node_name] = times.get(layer.node_name, 0.0) + spent
        return shares([(precisions.get(name, "unknown"), spent) for name, spent in times.items()])

    def close(self) -> None:
        """Release the compiled model."""
        del self._request
        del self._compiled


class OpenVino:
    """The engine; holds OpenVINO's ``Core``."""

    def __init__(self) -> None:
        telemetry.forbid()
        import openvino

        self._openvino = openvino
        self._core = openvino.Core()
        self._sessions: list[OpenVinoSession] = []

    def versions(self) -> dict[str, str]:
        """Return OpenVINO's version."""
        return {"openvino": self._openvino.__version__.split("-")[0]}

    def devices(self) -> tuple[Device, ...]:
        """Return the devices OpenVINO finds; AUTO, which chooses among them, comes last."""
        found = tuple(self._describe(id_) for id_ in self._core.available_devices)
        return (*found, Device(id="AUTO", name="chooses among the devices", kind="AUTO"))

    def load(self, path: Path, config: Config) -> OpenVinoSession:
        """Read, make static, and compile a model.

        Raises:
            Unsupported: OpenVINO says that it cannot.
        """
        self._require(config)
        try:
            model = self._core.read_model(path)
            if config.shapes:
                model.reshape(_static(model, config))
            session = OpenVinoSession(self._core, model, config, _properties(config))
        except (RuntimeError, NotImplementedError) as error:
            raise Unsupported(words.of_exception(error)) from error
        self._sessions.append(session)  # see OpenVinoSession._new_queue
        self._verify_precision(session, config)
        return session

    def _describe(self, id_: str) -> Device:
        return Device(
            id=id_,
            name=str(self._ask(id_, "FULL_DEVICE_NAME") or ""),
            kind=id_.split(".")[0],
            capabilities=tuple(self._ask(id_, "OPTIMIZATION_CAPABILITIES") or ()),
            memory_bytes=self._ask(id_, "GPU_DEVICE_TOTAL_MEM_SIZE"),
        )

    def _ask(self, device: str, name: str) -> Untyped:
        try:
            return self._core.get_property(device, name)
        except RuntimeError:  # this device does not know this property
            return None

    def _require(self, config: Config) -> None:
        """Refuse a device that is absent and a precision that it does not compute in."""
        present = [*self._core.available_devices, "AUTO"]
        base = config.device.split(":")[0]
        if base not in present and base not in {id_.split(".")[0] for id_ in present}:
            raise Unsupported(
                f"OpenVINO finds no device {config.device} here; it finds {', '.join(present)}"
            )
        hint = _PRECISION_HINTS.get(config.precision)
        capabilities = self._ask(config.device, "OPTIMIZATION_CAPABILITIES")
        if hint and capabilities is not None and config.precision.value not in capabilities:
            listed = ", ".join(sorted(capabilities))
            raise Unsupported(
                f"OPTIMIZATION_CAPABILITIES of {config.device} are {listed}: "
                f"no {config.precision.value}"
            )

    def _verify_precision(self, session: OpenVinoSession, config: Config) -> None:
        """A plugin may quietly take another precision than the one asked for."""
        asked = _PRECISION_HINTS.get(config.precision, "f32")
        real = session.settings().get("inference_precision_hint")
        if config.precision in _PRECISION_HINTS and real is not None and real != asked:
            session.close()
            raise Unsupported(
                f"{config.device} was asked for INFERENCE_PRECISION_HINT {asked} and took {real}"
            )


def load_engine() -> Engine:
    """Return the engine.

    Raises:
        ModuleNotFoundError: OpenVINO is not installed.
    """
    return OpenVino()


def describe_model(path: Path) -> tuple[tuple[Port, ...], tuple[Port, ...], int]:
    """Return inputs, outputs and number of weights of a model that OpenVINO reads.

    Raises:
        RuntimeError: It cannot be read.
    """
    import openvino

    model = openvino.Core().read_model(path)
    weights = sum(
        math.prod(node.get_output_shape(0))
        for node in model.get_ops()
        if node.get_type_name() == "Constant"
    )
    return tuple(map(_port, model.inputs)), tuple(map(_port, model.outputs)), weights


def _port(port: Untyped) -> Port:
    shape = tuple(axis.get_length() if axis.is_static else "?" for axis in port.get_partial_shape())
    dtype = port.get_element_type().to_dtype().name
    return Port(name=port_name(port, ()), dtype=dtype, shape=shape)


def _properties(config: Config) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "PERFORMANCE_HINT": config.purpose.upper(),
        "INFERENCE_PRECISION_HINT": _PRECISION_HINTS.get(config.precision, "f32"),
    }
    if config.purpose == "throughput" and config.streams:
        properties["NUM_STREAMS"] = config.streams
    if config.purpose == "throughput" and config.requests:
        properties["PERFORMANCE_HINT_NUM_REQUESTS"] = config.requests
    return properties | config.options


def _static(model: Untyped, config: Config) -> dict[str, list[int]]:
    """Return the shapes by a name that this model knows its inputs by."""
    known = {name for port in model.inputs for name in port.names}
    return {name: list(shape) for name, shape in config.shapes.items() if name in known}


def port_name(port: Untyped, wanted: Sequence[str]) -> str:
    """Return the name of an output: of the many that OpenVINO may know it by, the file's own."""
    names = port.names
    node = str(port.get_node().get_friendly_name()).partition("/sink_port_")[0]
    known = [name for name in (*wanted, node) if name in names]
    return known[0] if known else (min(names) if names else node)


def _runtime_precisions(compiled: Untyped) -> dict[str, str]:
    """Return the precision that each node of the runtime model computes in, by its name."""
    found = {}
    for node in compiled.get_runtime_model().get_ops():
        info = node.get_rt_info()
        if "runtimePrecision" in info:
            name = info["runtimePrecision"].astype(str)
            found[node.get_friendly_name()] = _PRECISION_NAMES.get(name, name.upper())
    return found


def _scalar(value: Untyped) -> Scalar:
    """Turn a property's value into what JSON can hold."""
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple | set):
        return ", ".join(str(item) for item in value)
    if hasattr(value, "to_string"):  # openvino.Type
        return str(value.to_string())
    return str(getattr(value, "name", value))
