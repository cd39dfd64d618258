"""What every engine offers, so that one loop times them all alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import msgspec
import numpy.typing as npt

from benchfolio.results import Precision, Share

Array = npt.NDArray[Any]
Untyped = Any
"""An object of a package that publishes no types."""
Feeds = Mapping[str, Array]
Outputs = dict[str, Array]
Scalar = bool | int | float | str | None

TIMED_REGION = "copy of the inputs in, inference, copy of the outputs out"


class Unsupported(Exception):
    """An engine or a quantiser says that it cannot do this; the text is its own words."""


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A device as an engine names it.

    Attributes:
        id: What a suite gives, as ``CPU`` or ``CUDAExecutionProvider``.
        name: As its maker names it.
        kind: CPU, GPU, NPU, …; empty when the engine does not say.
        capabilities: Precisions it says it computes in.
        memory_bytes: Its own memory, where it says so.
        driver: Version of its driver, where it says so.
    """

    id: str
    name: str = ""
    kind: str = ""
    capabilities: tuple[str, ...] = ()
    memory_bytes: int | None = None
    driver: str | None = None


Purpose = Literal["latency", "throughput"]
"""What a model is loaded for: one request at a time, or as many as possible."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """How a model shall be loaded.

    Attributes:
        device: A ``Device.id``.
        precision: Precision of the artefact, which says what to compute in.
        purpose: What the engine shall be fast at.
        shapes: Static shape per input; inputs not named keep their open sizes.
        outputs: Names of the outputs in the original file, which an engine may know by others too.
        cores: Cores to use.
        streams: Parallel streams; what the engine advises when ``None``.
        requests: Requests kept in flight; what the engine advises when ``None``.
        options: Options of the engine, as the suite gives them.
    """

    device: str
    precision: Precision = Precision.FP32
    purpose: Purpose = "latency"
    shapes: dict[str, tuple[int, ...]] = {}
    outputs: tuple[str, ...] = ()
    cores: int = 1
    streams: int | None = None
    requests: int | None = None
    options: dict[str, Scalar] = {}


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of many requests in flight.

    Attributes:
        started: Clock at the first submission, seconds.
        stopped: Clock after which nothing more was submitted.
        completed: Clock at each completion, seconds, ascending.
    """

    started: float
    stopped: float
    completed: list[float]


class Session(Protocol):
    """A model loaded on a device."""

    def infer(self, feeds: Feeds) -> Outputs:
        """Run once, synchronously; inputs are copied in and outputs copied out."""
        ...

    def stream(self, feeds: Sequence[Feeds], seconds: float) -> Stream:
        """Keep requests in flight for so long, cycling the samples, and wait for the last."""
        ...

    def settings(self) -> dict[str, Scalar]:
        """Return the settings as they really are, asked of the engine where it can say."""
        ...

    def executed(self, feeds: Sequence[Feeds]) -> dict[str, Share]:
        """Return what the layers run in, by precision, from a short profiled run of its own."""
        ...

    def close(self) -> None:
        """Release what is held."""
        ...


class Engine(Protocol):
    """An inference engine behind a package that may be absent."""

    def versions(self) -> dict[str, str]:
        """Return the versions of the packages it consists of."""
        ...

    def devices(self) -> tuple[Device, ...]:
        """Return the devices or execution providers that are present."""
        ...

    def load(self, path: Path, config: Config) -> Session:
        """Read and compile a model.

        Raises:
            Unsupported: The engine says that it cannot; the reason is in its words.
        """
        ...


def shares(layers: Sequence[tuple[str, float]]) -> dict[str, Share]:
    """Sum up layers, given as precision and time in any unit, to shares by precision."""
    total = sum(time for _, time in layers)
    result: dict[str, Share] = {}
    for precision in sorted({precision for precision, _ in layers}):
        times = [time for name, time in layers if name == precision]
        time = round(sum(times) / total, 4) if total > 0 else None
        result[precision] = Share(layers=len(times), time=time)
    return result
