"""Work that a forked process does while this one goes on."""

from __future__ import annotations

import contextlib
import multiprocessing
import pickle
import signal
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Generic, TypeVar, cast

from sphinx.errors import ExtensionError
from sphinx.util import logging

from benchfolio.generator.build_children import Lifeline
from benchfolio.results import Problem

Found = TypeVar("Found")

logger = logging.getLogger(__name__)


class Aside(Generic[Found]):
    """A piece of work in a process of its own, which has everything that this one has.

    It ends with this one, however that ends.

    Args:
        what: What is done; for messages.
        work: Does it; the result, every error and every message come back.
    """

    def __init__(self, what: str, work: Callable[[], Found]) -> None:
        context = multiprocessing.get_context("fork")
        self._what = what
        self._lifeline = Lifeline()
        self._receiver, sender = context.Pipe(duplex=False)
        self._process = context.Process(target=_run, args=(work, sender), daemon=True)
        self._process.start()
        self._lifeline.complete()  # others go on when this one has ended
        sender.close()

    def result(self) -> Found:
        """Wait for the end of the work; return what came of it, or raise what it raised.

        Raises:
            ExtensionError: Somebody ended the process.
        """
        try:
            failed, found, logs = self._receiver.recv()
            self._process.join()
        except (EOFError, ConnectionError) as error:
            self._process.join()
            raise ExtensionError(str(self._lost()), modname="benchfolio") from error
        finally:
            self.end()
        for log in logs:
            logger.handle(log)
        if failed:
            raise found
        return cast("Found", found)

    def end(self) -> None:
        """End the process, if it has not ended."""
        with contextlib.suppress(ValueError):  # it was ended before
            self._process.kill()
            self._process.join()
            self._process.close()
            self._receiver.close()
            self._lifeline.close()

    def _lost(self) -> Problem:
        code = self._process.exitcode or 0
        return Problem(
            where=self._what,
            what="the process that did this was ended from outside; nothing of it is kept",
            expected="a process that is left to finish",
            got=f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}",
            remedy="make room if memory ran out, or build in one process: --jobs 1",
        )


def _run(work: Callable[[], object], sender: Connection) -> None:
    # Whoever interrupts a build interrupts the parent, which then ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    collector = logging.LogCollector()
    try:
        # Somebody may have been writing to the terminal while this process came to be.
        with collector.collect():
            answer: tuple[bool, object] = (False, work())
    except Exception as error:  # noqa: BLE001 - every one is raised again, over there
        answer = (True, _sendable(error))
    logging.convert_serializable(collector.logs)
    with contextlib.suppress(ConnectionError):
        sender.send((*answer, collector.logs))


def _sendable(error: Exception) -> Exception:
    """Return an error as it can be sent: some would arrive as another one, or not at all."""
    trace = "".join(traceback.format_exception(error))
    try:
        arrived = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    except Exception:  # noqa: BLE001 - whatever it is
        arrived = None
    if type(arrived) is not type(error) or str(arrived) != str(error):
        error = ExtensionError(f"{type(error).__name__}: {error}", modname="benchfolio")
    error.add_note(trace)
    return error
