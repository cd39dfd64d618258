"""The metric registry: metric id → unit, direction, decimals, meaning.

Direction is known here and nowhere else, so that a perplexity is never ranked like an accuracy.
A metric id is ``name`` or ``name@qualifier``; a result file may define metrics of its own.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

import msgspec
from msgspec import Meta

Line = Annotated[str, Meta(max_length=4000)]


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"


class Kind(StrEnum):
    """What a metric speaks of; tables and verdicts choose by it."""

    QUALITY = "quality"
    SPEED = "speed"
    COST = "cost"


class Metric(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Definition of a metric.

    Attributes:
        label: As a reader knows it.
        unit: Canonical unit; ``%`` of an accuracy means points on a 0–100 scale.
        direction: Whether higher or lower is better.
        kind: Quality, speed or cost.
        decimals: Decimals shown when no interval says how many are justified.
        definition: What exactly is computed, with its source.
    """

    label: Line
    unit: Line
    direction: Direction
    kind: Kind
    decimals: Annotated[int, Meta(ge=0, le=12)] = 2
    definition: Line = ""


def _quality(label: str, definition: str, *, unit: str = "%", decimals: int = 2) -> Metric:
    return Metric(
        label=label,
        unit=unit,
        direction=Direction.HIGHER,
        kind=Kind.QUALITY,
        decimals=decimals,
        definition=definition,
    )


def _latency(label: str, definition: str) -> Metric:
    return Metric(
        label=label,
        unit="ms",
        direction=Direction.LOWER,
        kind=Kind.SPEED,
        decimals=3,
        definition=definition,
    )


def _cost(label: str, unit: str, decimals: int, definition: str) -> Metric:
    return Metric(
        label=label,
        unit=unit,
        direction=Direction.LOWER,
        kind=Kind.COST,
        decimals=decimals,
        definition=definition,
    )


_NEAREST_RANK = "nearest rank: the ⌈n·p/100⌉-th smallest of n request latencies"

METRICS: MappingProxyType[str, Metric] = MappingProxyType(
    {
        "accuracy": _quality("accuracy", "share of samples whose predicted class is the label"),
        "accuracy@top1": _quality("accuracy@top1", "share of samples whose top class is the label"),
        "accuracy@top5": _quality(
            "accuracy@top5", "share of samples whose label is among the five top classes"
        ),
        "f1": _quality("F1", "harmonic mean of precision and recall"),
        "f1@macro": _quality("macro F1", "unweighted mean of the classes' F1 (scikit-learn)"),
        "f1@squad": _quality(
            "SQuAD F1",
            "words an answer shares with its best reference, mean over answers (SQuAD script)",
        ),
        "em": _quality("exact match", "share of answers equal to a reference (SQuAD script)"),
        "map@50:95": _quality(
            "COCO mAP", "average precision, mean over IoU 0.50:0.05:0.95 (pycocotools)"
        ),
        "map@50": _quality("mAP@50", "average precision at IoU 0.50 (pycocotools)"),
        "mean_iou": _quality(
            "mean IoU", "intersection over union of a confusion matrix, mean over classes present"
        ),
        "agreement@top1": _quality(
            "top-1 agreement", "share of samples whose top class is that of the FP32 baseline"
        ),
        "similarity@cosine": _quality(
            "cosine similarity",
            "mean cosine between outputs and those of the FP32 baseline",
            unit="1",
            decimals=4,
        ),
        "error@max": Metric(
            label="largest error",
            unit="1",
            direction=Direction.LOWER,
            kind=Kind.QUALITY,
            decimals=4,
            definition="largest absolute difference from the outputs of the FP32 baseline",
        ),
        "perplexity": Metric(
            label="perplexity",
            unit="1",
            direction=Direction.LOWER,
            kind=Kind.QUALITY,
            decimals=3,
            definition="exponential of the mean negative log-likelihood per token",
        ),
        "latency@median": _latency("median latency", "median of the request latencies"),
        "latency@p90": _latency("p90 latency", _NEAREST_RANK),
        "latency@p95": _latency("p95 latency", _NEAREST_RANK),
        "latency@p99": _latency("p99 latency", _NEAREST_RANK),
        "latency@p99.9": _latency("p99.9 latency", _NEAREST_RANK),
        "throughput": Metric(
            label="throughput",
            unit="1/s",
            direction=Direction.HIGHER,
            kind=Kind.SPEED,
            decimals=1,
            definition="samples completed / wall time, requests kept in flight",
        ),
        "throughput@server": Metric(
            label="server throughput",
            unit="1/s",
            direction=Direction.HIGHER,
            kind=Kind.SPEED,
            decimals=1,
            definition="samples per second that MLPerf LoadGen scheduled in its server scenario, "
            "while the latency bound was kept",
        ),
        "time@load": _cost("load time", "ms", 1, "reading and compiling the artefact"),
        "time@first": _cost("first inference", "ms", 2, "the first inference after loading"),
        "memory@peak": _cost(
            "peak memory", "MiB", 1, "peak resident set of the measuring process (VmHWM)"
        ),
        "size": _cost("size", "MiB", 2, "bytes of the artefact's files"),
    }
)
