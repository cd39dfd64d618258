"""Reports of OpenVINO's world, and what must be stated beside each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from importers.reports.reading_reports import text_of

from benchfolio.importers.reports.assembling import Named, Order, assemble
from benchfolio.importers.reports.registry import reader
from benchfolio.importers.reports.types import Field, Report, Stated
from benchfolio.results import ResultFile, encode

Fields = dict[Field, str]

LAB: Fields = {"release": "2026.1", "platform": "lab"}
APP: Fields = {**LAB, "model": "digits", "precision": "FP32", "recipe": "original"}
PUBLISHED: Fields = {"release": "2026.1", "batch": "1"}
LLM: Fields = {**LAB, "device": "GPU", "batch": "1"}

CASES: Mapping[str, tuple[str, Fields]] = {
    "benchmark_app/python-sync.json": ("benchmark-app", APP),
    "benchmark_app/python-sync.csv": ("benchmark-app", APP),
    "benchmark_app/python-async.json": ("benchmark-app", APP),
    "benchmark_app/python-p90.json": ("benchmark-app", APP),
    "benchmark_app/python-groups.json": ("benchmark-app", {**APP, "batch": "1"}),
    "benchmark_app/python-groups.csv": ("benchmark-app", {**APP, "batch": "1"}),
    "benchmark_app/python-error.json": ("benchmark-app", {**APP, "batch": "1", "device": "CPU"}),
    "benchmark_app/cpp-async.json": ("benchmark-app", APP),
    "benchmark_app/cpp-multi.json": ("benchmark-app", APP),
    "benchmark_app/cpp-groups.csv": ("benchmark-app", APP),
    "openvino/graph-data-ov.json": ("openvino-graph", PUBLISHED),
    "openvino/graph-data-ovms.json": ("openvino-graph", {**PUBLISHED, "device": "CPU"}),
    "openvino/graph-data-ovms-genai.json": ("openvino-graph", {**PUBLISHED, "device": "CPU"}),
    "openvino/OV-benchmark-data.csv": ("openvino-csv", PUBLISHED),
    "openvino/OVMS-benchmark-data.csv": ("openvino-csv", PUBLISHED),
    "openvino/llm_models_7-258V.csv": ("openvino-llm-csv", LLM),
    "openvino/llm_models_ovms.csv": ("openvino-llm-csv", {**PUBLISHED, "device": "CPU"}),
    "accuracy_checker/results.csv": ("accuracy-checker", {**LAB, "recipe": "as-published"}),
    "accuracy_checker/digits-resnet.csv": ("accuracy-checker", {**LAB, "recipe": "original"}),
    "nncf/ptq-results.csv": ("nncf-conformance", {**LAB, "device": "CPU", "batch": "1"}),
    "nncf/wc-results.csv": ("nncf-conformance", {**LAB, "device": "CPU"}),
    "nncf/accuracy-results.csv": (
        "nncf-conformance",
        {**LAB, "device": "CPU", "precision": "INT8", "recipe": "ptq"},
    ),
    "llm_bench/report.json": ("llm-bench", {**LAB, "recipe": "weight-only"}),
    "llm_bench/report.csv": ("llm-bench", {**LAB, "recipe": "weight-only"}),
    "inc/summary.log": ("inc-summary", {"release": "2026.1", "recipe": "ptq", "device": "CPU"}),
}
"""Fixture → its reader, and the fields that are stated."""


def report_of(name: str, text: str | None = None) -> Report:
    """Read a fixture, or another text in its place, with its reader."""
    return reader(CASES[name][0]).read(text or text_of(name), name, Stated(fields=CASES[name][1]))


def files_of(name: str, text: str | None = None) -> tuple[ResultFile, ...]:
    """Return the result files of a fixture, or of another text in its place."""
    directions: dict[str, Literal["higher", "lower"]] = (
        {"inc-accuracy": "higher"} if name.startswith("inc/") else {}
    )
    stated = Stated(fields=CASES[name][1], directions=directions)
    made = assemble([Named(name, report_of(name, text))], Order(stated=stated), lambda *_: None)
    assert not made.problems, made.problems
    return made.files


def golden(name: str) -> str:
    """Return the result files of a fixture as they are written."""
    return "".join(encode(file).decode() for file in files_of(name))
