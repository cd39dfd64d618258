"""ONNX Runtime: any installed execution provider, models as ONNX."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from benchfolio.results import Precision, Share
from benchfolio.runner import words
from benchfolio.runner.engines.base import (
    Array,
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

_SHORT = MappingProxyType({"CPU": "CPUExecutionProvider", "CUDA": "CUDAExecutionProvider"})
_NOT_LOCAL = frozenset({"AzureExecutionProvider"})  # calls a remote service
_CONVERSIONS = frozenset({"QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "Cast"})
_INTEGER_WEIGHTS = frozenset(
    {"DynamicQuantizeMatMul", "DynamicQuantizeLSTM", "MatMulIntegerToFloat"}
)
_PRECISION_NAMES = MappingProxyType(
    {
        "double": "FP64",
        "float": "FP32",
        "float16": "FP16",
        "bfloat16": "BF16",
        "float8e4m3fn": "FP8-E4M3",
        "float8e5m2": "FP8-E5M2",
        "int8": "INT8",
        "uint8": "INT8",
        "int4": "INT4",
        "uint4": "INT4",
        "int16": "INT16",
        "uint16": "INT16",
        "int32": "INT32",
        "uint32": "INT32",
        "int64": "INT64",
        "uint64": "INT64",
        "bool": "BOOL",
    }
)
_OPTIONS = frozenset(
    {
        "graph_optimization_level",
        "execution_mode",
        "intra_op_num_threads",
        "inter_op_num_threads",
        "enable_mem_pattern",
        "enable_cpu_mem_arena",
    }
)


class OnnxRuntimeSession:
    """A session and the buffers that inputs are copied to."""

    def __init__(self, ort: Untyped, path: Path, config: Config) -> None:
        self._ort = ort
        self._path = path
        self._config = config
        self._provider = _SHORT.get(config.device, config.device)
        self._session = self._open(self._options())
        self._outputs = [port.name for port in self._session.get_outputs()]
        self._buffers: dict[str, Array] = {}

    def infer(self, feeds: Feeds) -> Outputs:
        """Run once, synchronously; inputs are copied in and outputs copied out."""
        return self._run(feeds, self._buffers)

    def new_request(self) -> Callable[[Feeds], Outputs]:
        """Return an ``infer`` with buffers of its own, for a thread of its own."""
        buffers: dict[str, Array] = {}
        return lambda feeds: self._run(feeds, buffers)

    def stream(self, feeds: Sequence[Feeds], seconds: float) -> Stream:
        """Keep one request in flight per thread for so long, cycling the samples.

        ONNX Runtime has no queue of its own: each request is a thread that runs the one session
        synchronously, with its share of the cores.
        """
        count = self._requests()
        completed: list[list[float]] = [[] for _ in range(count)]
        failures: list[BaseException] = []
        barrier = threading.Barrier(count + 1)
        clock = time.perf_counter
        deadline = [0.0]

        def work(number: int) -> None:
            buffers: dict[str, Array] = {}
            mine = completed[number]
            index = number
            barrier.wait()
            end = deadline[0]
            try:
                while clock() < end and not failures:
                    self._run(feeds[index % len(feeds)], buffers)
                    mine.append(clock())
                    index += count
            except Exception as error:  # noqa: BLE001 - raised below, in the thread that asked
                failures.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        started = clock()
        deadline[0] = started + seconds
        barrier.wait()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        finished = sorted(chain.from_iterable(completed))
        return Stream(started=started, stopped=deadline[0], completed=finished)

    def settings(self) -> dict[str, Scalar]:
        """Return the session's options as they were set; none is left to be chosen quietly."""
        options = self._session.get_session_options()
        found: dict[str, Scalar] = {
            "execution_providers": ", ".join(self._session.get_providers()),
            "graph_optimization_level": options.graph_optimization_level.name,
            "execution_mode": options.execution_mode.name,
            "intra_op_num_threads": options.intra_op_num_threads,
            "inter_op_num_threads": options.inter_op_num_threads,
        }
        if self._config.purpose == "throughput":
            found["requests"] = self._requests()
        return found

    def executed(self, feeds: Sequence[Feeds]) -> dict[str, Share]:
        """Return the nodes that were executed, from the profile of a second session.

        A node's precision is that of the narrowest number it multiplies or reads; conversions
        between precisions count as the floating point that they are computed in.
        """
        with tempfile.TemporaryDirectory() as folder:
            options = self._options()
            options.enable_profiling = True
            options.profile_file_prefix = str(Path(folder, "profile"))
            session = self._open(options)
            for sample in [feeds[0], *feeds[:8]]:
                session.run(None, dict(sample))
            events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
        return shares(_layers(events))

    def close(self) -> None:
        """Release the session."""
        del self._session

    def _run(self, feeds: Feeds, buffers: dict[str, Array]) -> Outputs:
        for name, value in feeds.items():
            buffer = buffers.get(name)
            if buffer is None or buffer.shape != value.shape:
                buffers[name] = np.array(value, order="C")
            else:
                np.copyto(buffer, value)
        return dict(zip(self._outputs, self._session.run(None, buffers), strict=True))

    def _requests(self) -> int:
        return self._config.requests or self._config.streams or self._config.cores

    def _options(self) -> Untyped:
        ort = self._ort
        options = ort.SessionOptions()
        options.log_severity_level = 3
        throughput = self._config.purpose == "throughput"
        threads = max(1, self._config.cores // self._requests()) if throughput else None
        options.intra_op_num_threads = threads or self._config.cores
        options.inter_op_num_threads = 1
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
        for name, value in self._config.options.items():
            _set_option(ort, options, name, value)
        return options

    def _open(self, options: Untyped) -> Untyped:
        session = self._ort.InferenceSession(str(self._path), options, providers=[self._provider])
        session.disable_fallback()
        used = session.get_providers()
        if self._provider not in used:
            raise Unsupported(
                f"{self._provider} was asked for and ONNX Runtime took {', '.join(used)}"
            )
        return session


class OnnxRuntime:
    """The engine; holds the package ``onnxruntime``."""

    def __init__(self) -> None:
        import onnxruntime

        onnxruntime.disable_telemetry_events()
        onnxruntime.set_default_logger_severity(3)
        self._ort = onnxruntime

    def versions(self) -> dict[str, str]:
        """Return ONNX Runtime's version."""
        return {"onnxruntime": self._ort.__version__}

    def devices(self) -> tuple[Device, ...]:
        """Return the execution providers of this build that compute on this machine."""
        return tuple(
            Device(id=name, name=name, kind=name.removesuffix("ExecutionProvider"))
            for name in self._ort.get_available_providers()
            if name not in _NOT_LOCAL
        )

    def load(self, path: Path, config: Config) -> OnnxRuntimeSession:
        """Open a session.

        Raises:
            Unsupported: ONNX Runtime says that it cannot.
        """
        present = [device.id for device in self.devices()]
        if _SHORT.get(config.device, config.device) not in present:
            raise Unsupported(
                f"this ONNX Runtime has no {config.device}; it has {', '.join(present)}"
            )
        if path.suffix != ".onnx":
            raise Unsupported(f"ONNX Runtime reads ONNX files, not {path.suffix or path.name}")
        if config.precision in (Precision.FP16, Precision.BF16) and not _has_type(path, config):
            raise Unsupported(
                "ONNX Runtime computes in the types that a file states: it has no option to run "
                f"an FP32 file in {config.precision.value}"
            )
        try:
            return OnnxRuntimeSession(self._ort, path, config)
        except Exception as error:
            # Its exceptions derive from Exception alone; opening fails for what it cannot do.
            if isinstance(error, Unsupported | MemoryError):
                raise
            raise Unsupported(words.of_exception(error)) from error


def load_engine() -> Engine:
    """Return the engine.

    Raises:
        ModuleNotFoundError: ONNX Runtime is not installed.
    """
    return OnnxRuntime()


def _set_option(ort: Untyped, options: Untyped, name: str, value: Scalar) -> None:
    """Set an option of the suite: one of ours by name, any other as a session config entry."""
    enums = {
        "graph_optimization_level": "GraphOptimizationLevel",
        "execution_mode": "ExecutionMode",
    }
    if name in enums:
        setattr(options, name, getattr(getattr(ort, enums[name]), str(value)))
    elif name in _OPTIONS:
        setattr(options, name, value)
    else:
        options.add_session_config_entry(name, str(value))


def _has_type(path: Path, config: Config) -> bool:
    """Return whether the file holds weights or activations of the precision asked for."""
    import onnx

    wanted = {
        Precision.FP16: onnx.TensorProto.FLOAT16,
        Precision.BF16: onnx.TensorProto.BFLOAT16,
    }[config.precision]
    graph = onnx.load(path, load_external_data=False).graph
    typed = [*graph.input, *graph.output, *graph.value_info]
    return any(tensor.data_type == wanted for tensor in graph.initializer) or any(
        info.type.tensor_type.elem_type == wanted for info in typed
    )


def _layers(events: Sequence[dict[str, Any]]) -> list[tuple[str, float]]:
    """Return precision and time of each node, summed over the runs but the first."""
    times: dict[str, float] = {}
    precisions: dict[str, str] = {}
    seen: set[str] = set()
    for event in events:
        arguments = event.get("args", {})
        if event.get("cat") != "Node" or "input_type_shape" not in arguments:
            continue
        node = f"{event['name']}/{arguments.get('node_index', '')}"
        if node not in seen:  # the first run allocates
            seen.add(node)
            precisions[node] = _precision(arguments)
            times[node] = 0.0
        else:
            times[node] += float(event.get("dur", 0))
    return [(precisions[node], spent) for node, spent in times.items()]


def _precision(arguments: dict[str, Any]) -> str:
    operator = str(arguments.get("op_name", ""))
    types = [
        _PRECISION_NAMES.get(str(name), str(name).upper())
        for tensor in [*arguments["input_type_shape"], *arguments.get("output_type_shape", [])]
        for name in tensor
    ]
    floating = [name for name in types if name.startswith(("FP", "BF"))]
    if operator in _CONVERSIONS and floating:
        return floating[0]
    quantised = operator.startswith("Q") or operator.endswith("Integer")
    if "INT8" in types and (quantised or operator in _INTEGER_WEIGHTS or not floating):
        return "INT8"
    known = [*floating, *types, "unknown"]
    return known[0]
