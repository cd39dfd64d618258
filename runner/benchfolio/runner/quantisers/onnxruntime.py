"""ONNX Runtime's quantiser: static QDQ and QOperator, dynamic."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from benchfolio.results import Precision
from benchfolio.runner import words
from benchfolio.runner.engines.base import Feeds, Scalar, Unsupported, Untyped
from benchfolio.runner.quantisers.base import Made, Option, Quantiser, Task, check_options, names

_FLAG = (bool, type(None))
_TYPES = MappingProxyType(
    {"u8": "QUInt8", "s8": "QInt8", "u16": "QUInt16", "s16": "QInt16", "e4m3": "QFLOAT8E4M3FN"}
)
_METHODS = MappingProxyType({"minmax": "MinMax", "entropy": "Entropy", "percentile": "Percentile"})
_EXTRA = (
    "ActivationSymmetric",
    "WeightSymmetric",
    "MatMulConstBOnly",
    "CalibTensorRangeSymmetric",
    "CalibMovingAverage",
    "QuantizeBias",
    "DedicatedQDQPair",
    "ForceQuantizeNoInputCheck",
    "EnableSubgraph",
)
_COMMON = MappingProxyType(
    {
        "per_channel": Option(default=False),
        "reduce_range": Option(default=False),
        "op_types": Option(default=None, types=(str, type(None))),
        "exclude_nodes": Option(default=None, types=(str, type(None))),
        "pre_process": Option(default=True),
        **{name: Option(default=None, types=_FLAG) for name in _EXTRA},
    }
)
_OPTIONS: Mapping[str, Mapping[str, Option]] = MappingProxyType(
    {
        "ptq": MappingProxyType(
            {
                "format": Option(default="qdq", choices=("qdq", "qoperator")),
                "activation_type": Option(default="u8", choices=tuple(_TYPES)),
                "weight_type": Option(default="s8", choices=tuple(_TYPES)),
                "calibrate_method": Option(default="minmax", choices=tuple(_METHODS)),
                **_COMMON,
            }
        ),
        "dynamic-ptq": MappingProxyType(
            {"weight_type": Option(default="s8", choices=("s8", "u8")), **_COMMON}
        ),
    }
)


class OnnxRuntimeQuantiser:
    """The quantiser; ``onnxruntime.quantization`` is imported when it works."""

    def packages(self) -> tuple[str, ...]:
        """Return the distributions whose versions change the result, the tool itself first."""
        return ("onnxruntime", "onnx")

    def options(
        self, precision: Precision, method: str, given: Mapping[str, Scalar]
    ) -> dict[str, Scalar]:
        """Return every option that changes the result. An extra option left out is the tool's.

        Raises:
            BadInput: An option is unknown or has a value it cannot have.
        """
        known = dict(_OPTIONS.get(method, {}))
        if precision is Precision.FP8_E4M3 and method == "ptq":
            known["activation_type"] = known["weight_type"] = Option(
                default="e4m3", choices=("e4m3",)
            )
            known["calibrate_method"] = Option(default="distribution", choices=("distribution",))
        return check_options(f"onnxruntime's {method}", known, given)

    def calibrates(self, method: str) -> bool:
        """Tell whether the method looks at calibration samples."""
        return method == "ptq"

    def quantise(self, task: Task, folder: Path) -> Made:
        """Make an ONNX file in a folder: ``model.onnx``.

        Raises:
            Unsupported: The tool says that it cannot, or has no such method or precision.
        """
        if task.source.suffix != ".onnx":
            raise Unsupported(
                f"onnxruntime.quantization reads ONNX files, not {task.source.suffix}"
            )
        _require(task)
        import onnxruntime
        from onnxruntime import quantization

        onnxruntime.disable_telemetry_events()
        logging.disable(logging.WARNING)
        try:
            with tempfile.TemporaryDirectory() as scratch:
                source = _pre_processed(task, Path(scratch))
                if task.method == "dynamic-ptq":
                    return _dynamic(quantization, task, source, folder)
                return _static(quantization, task, source, folder)
        except NotImplementedError as error:
            raise Unsupported(words.of_exception(error)) from error
        except ValueError as error:
            if "support" not in str(error).lower():
                raise
            raise Unsupported(words.of_exception(error)) from error


def load_quantiser() -> Quantiser:
    """Return the quantiser."""
    return OnnxRuntimeQuantiser()


def _require(task: Task) -> None:
    made = {
        "ptq": (Precision.INT8, Precision.FP8_E4M3),
        "dynamic-ptq": (Precision.INT8,),
    }
    if task.method not in made:
        raise Unsupported(f"onnxruntime.quantization as used here has no method {task.method}")
    if task.precision not in made[task.method]:
        listed = ", ".join(precision.value for precision in made[task.method])
        raise Unsupported(
            f"onnxruntime.quantization makes {listed} by {task.method}: no {task.precision.value}"
        )


def _pre_processed(task: Task, scratch: Path) -> Path:
    """Infer shapes and fold constants, as ONNX Runtime advises before quantising."""
    if not task.options["pre_process"]:
        return task.source
    from onnxruntime.quantization.shape_inference import quant_pre_process

    target = scratch / "pre_processed.onnx"
    # Symbolic shape inference would make the result depend on whether sympy is installed.
    quant_pre_process(str(task.source), str(target), skip_symbolic_shape=True)
    return target


def _static(quantization: Untyped, task: Task, source: Path, folder: Path) -> Made:
    options = task.options
    if not task.feeds:
        raise Unsupported("static quantisation needs calibration samples; the suite names none")
    form = str(options["format"])
    method = str(options["calibrate_method"])
    quantization.quantize_static(
        str(source),
        str(folder / "model.onnx"),
        _reader(quantization, task),
        quant_format=getattr(quantization.QuantFormat, "QDQ" if form == "qdq" else "QOperator"),
        activation_type=_type(quantization, options["activation_type"]),
        weight_type=_type(quantization, options["weight_type"]),
        calibrate_method=getattr(
            quantization.CalibrationMethod, _METHODS.get(method, method.capitalize())
        ),
        **_arguments(options),
    )
    return Made(format=f"onnx-{form}", files=("model.onnx",))


def _dynamic(quantization: Untyped, task: Task, source: Path, folder: Path) -> Made:
    quantization.quantize_dynamic(
        str(source),
        str(folder / "model.onnx"),
        weight_type=_type(quantization, task.options["weight_type"]),
        **_arguments(task.options),
    )
    return Made(format="onnx-qoperator", files=("model.onnx",))


def _arguments(options: Mapping[str, Scalar]) -> dict[str, Any]:
    return {
        "per_channel": options["per_channel"],
        "reduce_range": options["reduce_range"],
        "op_types_to_quantize": names(options.get("op_types")),
        "nodes_to_exclude": names(options.get("exclude_nodes")),
        "extra_options": {name: options[name] for name in _EXTRA if name in options},
    }


def _type(quantization: Untyped, name: Scalar) -> Untyped:
    return getattr(quantization.QuantType, _TYPES[str(name)])


def _reader(quantization: Untyped, task: Task) -> Untyped:
    """Return ONNX Runtime's reader over the calibration samples."""

    class Reader(quantization.CalibrationDataReader):  # type: ignore[misc] # untyped package
        def __init__(self) -> None:
            self._feeds: Iterator[Feeds] = iter(task.feeds)

        def get_next(self) -> dict[str, Any] | None:
            feeds = next(self._feeds, None)
            return dict(feeds) if feeds is not None else None

    return Reader()
