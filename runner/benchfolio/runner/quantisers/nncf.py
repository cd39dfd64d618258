"""NNCF: INT8 and FP8 post-training quantisation, accuracy control, and weight compression."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from benchfolio.results import Precision
from benchfolio.runner import telemetry, words
from benchfolio.runner.engines.base import Feeds, Outputs, Scalar, Unsupported, Untyped
from benchfolio.runner.engines.openvino import port_name
from benchfolio.runner.quantisers.base import Made, Option, Quantiser, Task, check_options, names

_TEXT = (str, type(None))
_QUANTIZE = MappingProxyType(
    {
        "preset": Option(default=None, choices=(None, "performance", "mixed")),
        "target_device": Option(default="ANY", choices=("ANY", "CPU", "GPU", "NPU")),
        "subset_size": Option(default=300),
        "fast_bias_correction": Option(default=True),
        "model_type": Option(default=None, choices=(None, "transformer")),
        "ignored_names": Option(default=None, types=_TEXT),
        "ignored_patterns": Option(default=None, types=_TEXT),
        "ignored_types": Option(default=None, types=_TEXT),
        "overflow_fix": Option(
            default=None, choices=(None, "enable", "first_layer_only", "disable")
        ),
        "smooth_quant": Option(default=True),
    }
)
_ACCURACY = MappingProxyType(
    {
        "max_drop": Option(default=1.0, types=(float, int)),
        "drop_type": Option(default="absolute", choices=("absolute", "relative")),
        "max_iterations": Option(default=None, types=(int, type(None))),
        "ranking_subset_size": Option(default=None, types=(int, type(None))),
    }
)
_WEIGHTS = MappingProxyType(
    {
        "mode": Option(default=None, choices=(None, "sym", "asym")),
        "ratio": Option(default=None, types=(float, int, type(None))),
        "group_size": Option(default=None, types=(int, type(None))),
        "group_size_fallback": Option(default=None, choices=(None, "error", "ignore", "adjust")),
        "all_layers": Option(default=None, types=(bool, type(None))),
        "awq": Option(default=None, types=(bool, type(None))),
        "scale_estimation": Option(default=None, types=(bool, type(None))),
        "gptq": Option(default=None, types=(bool, type(None))),
        "backup_mode": Option(default=None, choices=(None, "none", "int8_sym", "int8_asym")),
        "ignored_names": Option(default=None, types=_TEXT),
        "ignored_patterns": Option(default=None, types=_TEXT),
        "ignored_types": Option(default=None, types=_TEXT),
        "subset_size": Option(default=128),
    }
)
_OPTIONS: Mapping[str, Mapping[str, Option]] = MappingProxyType(
    {
        "ptq": _QUANTIZE,
        "accuracy-control": MappingProxyType({**_QUANTIZE, **_ACCURACY}),
        "weight-only": _WEIGHTS,
    }
)
_FP8 = MappingProxyType({Precision.FP8_E4M3: "FP8_E4M3", Precision.FP8_E5M2: "FP8_E5M2"})


class Nncf:
    """The quantiser; NNCF is imported when it works."""

    def packages(self) -> tuple[str, ...]:
        """Return the distributions whose versions change the result, the tool itself first."""
        return ("nncf", "openvino")

    def options(
        self,
        precision: Precision,  # noqa: ARG002 - of the protocol
        method: str,
        given: Mapping[str, Scalar],
    ) -> dict[str, Scalar]:
        """Return every option that changes the result. An option left out is NNCF's default.

        Raises:
            BadInput: An option is unknown or has a value it cannot have.
        """
        return check_options(f"nncf's {method}", _OPTIONS.get(method, {}), given)

    def calibrates(self, method: str) -> bool:
        """Tell whether the method looks at calibration samples."""
        return method in {"ptq", "accuracy-control"}

    def quantise(self, task: Task, folder: Path) -> Made:
        """Make an IR in a folder: ``model.xml`` and ``model.bin``.

        The names that NNCF gives to nodes are numbered through a process, so the bytes are the same
        only if each artefact is made in a process of its own, as the worker does.

        Raises:
            Unsupported: NNCF says that it cannot, or has no such method.
        """
        telemetry.forbid()
        import nncf
        import openvino

        nncf.set_log_level(logging.ERROR)
        try:
            model = _read(openvino, task)
            made = _METHODS[task.method](nncf, model, task) if task.method in _METHODS else None
        except Exception as error:
            if type(error).__module__.startswith("nncf") or isinstance(error, NotImplementedError):
                raise Unsupported(words.of_exception(error)) from error
            raise
        if made is None:
            raise Unsupported(f"nncf has no method {task.method}")
        openvino.save_model(made, folder / "model.xml", compress_to_fp16=False)
        return Made(format="ir", files=("model.xml", "model.bin"))


def load_quantiser() -> Quantiser:
    """Return the quantiser."""
    return Nncf()


def _read(openvino: Untyped, task: Task) -> Untyped:
    """Read the original with the sizes that the suite states; the others stay open."""
    model = openvino.Core().read_model(task.source)
    stated = {
        name: [-1 if size is None else size for size in shape]
        for name, shape in task.shapes.items()
    }
    if stated:
        model.reshape(stated)
    return model


def _ptq(nncf: Untyped, model: Untyped, task: Task) -> Untyped:
    if task.precision is Precision.INT8:
        mode = None
    elif task.precision in _FP8:
        mode = getattr(nncf.QuantizationMode, _FP8[task.precision])
    else:
        raise Unsupported(_no_precision("quantize", task, [Precision.INT8, *_FP8]))
    return nncf.quantize(model, _dataset(nncf, task), mode=mode, **_common(nncf, task))


def _accuracy_control(nncf: Untyped, model: Untyped, task: Task) -> Untyped:
    options = task.options
    if task.validate is None:
        raise Unsupported("accuracy control needs calibration samples with targets and a metric")
    common = _common(nncf, task)
    common["advanced_quantization_parameters"] = common.pop("advanced_parameters")
    restorer = {
        name: value
        for name, value in (
            ("max_num_iterations", options.get("max_iterations")),
            ("ranking_subset_size", options.get("ranking_subset_size")),
        )
        if value is not None
    }
    return nncf.quantize_with_accuracy_control(
        model,
        _dataset(nncf, task),
        # The items are the samples' indices, so that the validation knows which targets to compare.
        nncf.Dataset(list(range(len(task.feeds))), lambda index: dict(task.feeds[index])),
        lambda compiled, indices: _validated(compiled, indices, task),
        max_drop=options["max_drop"],
        drop_type=nncf.DropType(options["drop_type"]),
        advanced_accuracy_restorer_parameters=nncf.AdvancedAccuracyRestorerParameters(**restorer),
        **common,
    )


def _validated(compiled: Untyped, indices: Iterable[int], task: Task) -> float:
    """Return the metric of a compiled model on some of the calibration samples."""
    assert task.validate is not None

    def infer(feeds: Feeds) -> Outputs:
        results = compiled(dict(feeds))
        return {port_name(port, task.outputs): results[port] for port in compiled.outputs}

    return task.validate(infer, list(indices))


def _compress(nncf: Untyped, model: Untyped, task: Task) -> Untyped:
    options = task.options
    if task.precision not in (Precision.INT4, Precision.INT8):
        raise Unsupported(_no_precision("compress_weights", task, [Precision.INT4, Precision.INT8]))
    symmetry = options.get("mode") or ("sym" if task.precision is Precision.INT4 else "asym")
    plain = ("ratio", "group_size", "all_layers", "awq", "scale_estimation", "gptq")
    arguments = {name: options[name] for name in plain if name in options}
    if "backup_mode" in options:
        arguments["backup_mode"] = nncf.BackupMode(options["backup_mode"])
    if "group_size_fallback" in options:
        advanced = nncf.AdvancedCompressionParameters
        arguments["advanced_parameters"] = advanced(
            group_size_fallback_mode=nncf.GroupSizeFallbackMode(options["group_size_fallback"])
        )
    if any(options.get(name) for name in ("awq", "scale_estimation", "gptq")):
        arguments["dataset"] = _dataset(nncf, task)
    if task.precision is Precision.INT4:
        arguments["subset_size"] = options["subset_size"]
    return nncf.compress_weights(
        model,
        mode=nncf.CompressWeightsMode(f"{task.precision.value.lower()}_{symmetry}"),
        ignored_scope=_ignored(nncf, task),
        **arguments,
    )


_METHODS = MappingProxyType(
    {"ptq": _ptq, "accuracy-control": _accuracy_control, "weight-only": _compress}
)


def _dataset(nncf: Untyped, task: Task) -> Untyped:
    if not task.feeds:
        raise Unsupported("nncf's statistics need calibration samples; the suite names none")
    return nncf.Dataset([dict(feed) for feed in task.feeds])


def _common(nncf: Untyped, task: Task) -> dict[str, Any]:
    options = task.options
    advanced: dict[str, Any] = {}
    if "overflow_fix" in options:
        advanced["overflow_fix"] = nncf.OverflowFix(options["overflow_fix"])
    if not options["smooth_quant"]:
        advanced["smooth_quant_alphas"] = nncf.AdvancedSmoothQuantParameters(
            convolution=-1, matmul=-1
        )
    return {
        "preset": nncf.QuantizationPreset(options["preset"]) if "preset" in options else None,
        "target_device": nncf.TargetDevice(options["target_device"]),
        "subset_size": options["subset_size"],
        "fast_bias_correction": options["fast_bias_correction"],
        "model_type": nncf.ModelType(options["model_type"]) if "model_type" in options else None,
        "ignored_scope": _ignored(nncf, task),
        "advanced_parameters": nncf.AdvancedQuantizationParameters(**advanced),
    }


def _ignored(nncf: Untyped, task: Task) -> Untyped:
    scope = {
        name: names(task.options.get(f"ignored_{name}")) or []
        for name in ("names", "patterns", "types")
    }
    return nncf.IgnoredScope(**scope) if any(scope.values()) else None


def _no_precision(function: str, task: Task, known: list[Precision]) -> str:
    listed = ", ".join(precision.value for precision in known)
    return f"nncf.{function} makes {listed}: no {task.precision.value}"
