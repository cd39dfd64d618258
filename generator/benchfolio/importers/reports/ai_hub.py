"""Qualcomm AI Hub Models: ``perf.yaml`` and ``numerics.yaml``.

Format: quic/ai-hub-models ``qai_hub_models/configs/perf_yaml.py``, ``numerics_yaml.py`` and the
files in ``qai_hub_models/models/``. Two generations of perf.yaml:

- ``models: [{name, performance_metrics: [{<runtime>: {inference_time, …}, reference_device_info,
  timestamp}]}]``: times in microseconds, memory in bytes;
- ``precisions: {<precision>: {components: {<name>: {performance_metrics: {<device>: {<runtime>:
  {inference_time_milliseconds, estimated_peak_memory_range_mb, …}}}}}}}``: milliseconds, and a MB
  that is 2²⁰ bytes, rounded; language models have tokens per second and times to the first token.

Microseconds and bytes become milliseconds and MiB. What AI Hub calls the inference time is its
estimate, not a median, and is ``latency@estimate``. Its throughput is one over it and is not read.
The device is the platform, the primary compute unit the device. ``float`` is no precision: what it
ran in depends on the compute unit. Weights and activations of different widths are MIXED, told
apart by the recipe. A language model has a row for each context length and compute unit. Neither
numerics.yaml nor a perf.yaml of several components names the model: the folder does.
"""

from __future__ import annotations

from benchfolio.documents import Form, parse
from benchfolio.importers.reports.ai_hub_found import Found
from benchfolio.importers.reports.ai_hub_numerics import Numerics
from benchfolio.importers.reports.ai_hub_perf import Perf
from benchfolio.importers.reports.parsing import items, obj, problem
from benchfolio.importers.reports.types import Field, Report, Stated
from benchfolio.results import BadInput

FORM = Form(
    name="a file of AI Hub Models",
    expected="perf.yaml or numerics.yaml",
    remedy="take the file as it is in the repository",
    max_bytes=4 * 1024 * 1024,
    max_values=200_000,
)


class AiHub:
    """Reads perf.yaml and numerics.yaml of AI Hub Models."""

    name = "ai-hub"
    title = "Qualcomm AI Hub Models perf.yaml and numerics.yaml"
    asks: tuple[Field, ...] = ("release", "task", "batch", "load")

    def recognises(self, name: str, head: str) -> bool:
        """Tell by keys that nobody else has."""
        del name
        is_perf = "performance_metrics:" in head and "job_status:" in head
        is_language = "performance_metrics:" in head and "tokens_per_second:" in head
        return is_perf or is_language or ("partial_torch_metric:" in head)

    def read(self, text: str, where: str, stated: Stated) -> Report:
        """Return one row for each model, device, precision and runtime, see ``types.Reader``."""
        if len(text) > FORM.max_bytes:
            expected = f"at most {FORM.max_bytes} characters"
            raise BadInput(problem(where, f"too large for {FORM.name}", expected, len(text)))
        root = obj(parse(text, where, FORM).plain(), where)
        found = Found()
        if "precisions" in root:
            Perf(found, where).precisions(obj(root["precisions"], f"{where}: $.precisions"))
        elif "models" in root:
            Perf(found, where).models(items(root["models"], f"{where}: $.models"))
        elif "metrics" in root:
            numerics = Numerics(found, where, stated.directions)
            numerics.metrics(items(root["metrics"], f"{where}: $.metrics"))
        else:
            expected = "precisions, models or metrics"
            raise BadInput(problem(where, f"not {FORM.name}", expected, ", ".join(root)))
        if not found.rows and not found.left_out:
            raise BadInput(problem(where, "no figure in it", "a job of a device", "none"))
        return Report(
            tool="Qualcomm AI Hub Models",
            rows=tuple(found.rows),
            metrics=found.metrics,
            datasets=found.datasets,
            recipes=found.recipes,
            left_out=tuple(found.left_out),
        )
