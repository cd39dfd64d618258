"""The system under test: answers LoadGen's queries with the engine."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from benchfolio.runner.engines.base import Array, Feeds, Outputs, Session, Untyped
from benchfolio.runner.suite import Model

Infer = Callable[[Feeds], Outputs]


@runtime_checkable
class SideBySide(Protocol):
    """A session that several threads can use, each with a request of its own."""

    def new_request(self) -> Infer:
        """Return an ``infer`` with buffers of its own, for a thread of its own."""
        ...


def requests_of(session: Session, count: int) -> list[Infer]:
    """Return as many requests as shall run side by side; one where the engine has no more."""
    if count > 1 and isinstance(session, SideBySide):
        return [session.new_request() for _ in range(count)]
    return [session.infer]


class Library:
    """The samples that LoadGen chooses from: those that were prepared, all in memory.

    Args:
        model: As the suite describes it.
        feeds: Prepared requests of ``batch`` samples each.
        batch: Samples per request.
    """

    def __init__(self, model: Model, feeds: Sequence[Feeds], batch: int) -> None:
        self._feeds = feeds
        self._batch = batch
        self._sampled = [
            name
            for name in feeds[0]
            if name not in model.inputs or model.inputs[name].source is not None
        ]

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self._feeds) * self._batch

    def request(self, indices: Sequence[int]) -> Feeds:
        """Return the inputs for these samples: at most ``batch``, filled up with the last.

        Constant and generated inputs are made for a whole batch and taken from the first sample's.
        """
        if self._batch == 1:
            return self._feeds[indices[0]]
        filled = [*indices, *[indices[-1]] * (self._batch - len(indices))]
        rows = {
            name: np.concatenate([self._row(name, i) for i in filled]) for name in self._sampled
        }
        return {**self._feeds[filled[0] // self._batch], **rows}

    def _row(self, name: str, index: int) -> Array:
        number, row = divmod(index, self._batch)
        return self._feeds[number][name][row : row + 1]


class Answerer:
    """Runs the samples of a query and reports them to LoadGen when they are done.

    With ``at_once`` a query is one request and is answered in the thread that issues it. Else its
    requests go to a queue that as many threads serve as there are requests.

    Args:
        loadgen: LoadGen's module.
        library: The samples.
        requests: One ``infer`` for each thread.
        batch: Samples per request.
        at_once: See above.
    """

    def __init__(
        self,
        loadgen: Untyped,
        library: Library,
        requests: Sequence[Infer],
        *,
        batch: int,
        at_once: bool,
    ) -> None:
        self.queries = 0
        self.samples = 0
        self._respond = loadgen.QuerySampleResponse
        self._complete = loadgen.QuerySamplesComplete
        self._library = library
        self._requests = requests
        self._batch = batch
        self._at_once = at_once
        self._failure: BaseException | None = None
        self._queue: queue.SimpleQueue[Sequence[Untyped] | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._serve, args=(infer,), daemon=True)
            for infer in ([] if at_once else requests)
        ]
        for thread in self._threads:
            thread.start()

    def issue(self, samples: Sequence[Untyped]) -> None:
        """Take a query; LoadGen calls this in a thread of its own."""
        self.queries += 1
        self.samples += len(samples)
        if self._at_once:
            self._answer(self._requests[0], samples)
            return
        for first in range(0, len(samples), self._batch):
            self._queue.put(samples[first : first + self._batch])

    def flush(self) -> None:
        """Hear that a series of queries ends; nothing is held back here."""

    def end(self) -> None:
        """Let the threads go.

        Raises:
            Exception: What an inference raised in one of them.
        """
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()
        if self._failure is not None:
            raise self._failure

    def _serve(self, infer: Infer) -> None:
        while (samples := self._queue.get()) is not None:
            self._answer(infer, samples)

    def _answer(self, infer: Infer, samples: Sequence[Untyped]) -> None:
        """Run samples and report them; after a failure only report, so that LoadGen can end."""
        if self._failure is None:
            try:
                infer(self._library.request([sample.index for sample in samples]))
            except Exception as error:  # noqa: BLE001 - raised in end; a thread of C++ would die
                self._failure = error
        self._complete([self._respond(sample.id, 0, 0) for sample in samples])
