"""In the child process: a model is held ready and works when it is told to."""

from __future__ import annotations

import os
import sys
import time
from array import array
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

import msgspec
import psutil

from benchfolio.runner import engines
from benchfolio.runner.describing import peak_memory, shape_of, waiting_seconds
from benchfolio.runner.engines.base import (
    TIMED_REGION,
    Config,
    Engine,
    Feeds,
    Scalar,
    Session,
    Stream,
)
from benchfolio.runner.inspecting import load_feeds
from benchfolio.runner.jobs import (
    Answer,
    Block,
    Command,
    Hold,
    Open,
    Opened,
    Profile,
    Profiled,
    Stretch,
    Timed,
)
from benchfolio.runner.process import frame
from benchfolio.runner.refusing import answer_or_refusal
from benchfolio.runner.timing import (
    Turns,
    block,
    clock,
    in_flight,
    one_by_one,
    settle,
    steady_rate,
    warm_up,
    without_collection,
)

_PROFILED_SECONDS = 0.3
_FIRST_STRETCH = 0.05

_commands: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)


def serve(job: Hold, answers: BinaryIO) -> None:
    """Answer commands from standard input until it ends."""
    if job.processors:
        for thread in psutil.Process().threads():  # NumPy has started some
            os.sched_setaffinity(thread.id, job.processors)
    holder = Holder(job)
    for line in sys.stdin.buffer:
        command = _commands.decode(line)
        answer = answer_or_refusal(partial(holder.do, command))
        answers.write(frame(msgspec.msgpack.encode(answer)))
        answers.flush()


class Holder:
    """A model in one engine, loaded for one scenario or several.

    Nothing of it is ever destroyed: an engine whose threads wind down meanwhile can block.
    """

    def __init__(self, job: Hold) -> None:
        self._job = job
        self._engine: Engine | None = None
        self._open: dict[str, tuple[Session, Turns, Sequence[Feeds]]] = {}

    def do(self, command: Command) -> Answer:
        """Do what is asked."""
        if isinstance(command, Open):
            return self._load(command)
        if isinstance(command, Block):
            session, turns, _ = self._open[command.name]
            return _timed(
                lambda: block(session, turns, untimed=command.untimed, count=command.count)
            )
        if isinstance(command, Stretch):
            return self._stretch(command)
        assert isinstance(command, Profile)
        return self._profile(command)

    def _load(self, command: Open) -> Opened:
        engine = self._engine = self._engine or engines.find(self._job.engine)
        feeds = load_feeds(Path(command.feeds))
        threads = psutil.Process().num_threads()
        started = clock()
        session = engine.load(Path(self._job.artefact), self._config(command))
        loaded = clock()
        session.infer(feeds[0])
        first = clock()
        memory = peak_memory()
        turns = Turns(feeds)
        self._open[command.name] = (session, turns, feeds)
        settings = self._settings(session, command, feeds)
        requests = int(settings.get("requests") or 1)
        if command.purpose == "latency":
            pace = warm_up(session, turns, command.warmup_seconds)
        else:
            pace = _pace(session, turns, command.warmup_seconds, requests)
        settings["threads_started"] = psutil.Process().num_threads() - threads
        (version,) = engine.versions().values()
        without_collection()
        settle()
        return Opened(
            load=loaded - started,
            first=first - loaded,
            memory=memory,
            pace=pace,
            in_flight=requests,
            settings=settings,
            shape=shape_of(feeds),
            version=version,
        )

    def _stretch(self, command: Stretch) -> Timed:
        session, turns, _ = self._open[command.name]
        if command.start is not None:
            _wait_until(command.start)
        if command.one_by_one:
            return _timed(lambda: one_by_one(session, turns, command.seconds))
        return _timed(lambda: in_flight(session, turns, command.seconds))

    def _profile(self, command: Profile) -> Profiled:
        """Say what ran in which precision; an engine that cannot tell costs nothing but that."""
        session, _, feeds = self._open[command.name]
        each = max(command.seconds_each, 1e-6)
        count = max(1, min(8, len(feeds), int(_PROFILED_SECONDS / each)))
        try:
            return Profiled(executed=session.executed(feeds[:count]))
        except Exception as error:  # noqa: BLE001 - the values are measured; this is beside them
            return Profiled(unknown=type(error).__name__)

    def _config(self, command: Open) -> Config:
        job = self._job
        return Config(
            device=job.device,
            precision=job.precision,
            purpose=command.purpose,
            shapes=command.shapes,
            outputs=job.subject.outputs,
            cores=command.cores,
            streams=command.streams,
            requests=command.requests,
            options=job.options,
        )

    def _settings(
        self, session: Session, command: Open, feeds: Sequence[Feeds]
    ) -> dict[str, Scalar]:
        settings: dict[str, Scalar] = {
            **session.settings(),
            "timed_region": TIMED_REGION,
            "distinct_requests": len(feeds),
            "warmup_seconds": command.warmup_seconds,
        }
        if self._job.processors:
            settings["bound_to_processors"] = len(self._job.processors)
        return settings


def _timed(work: Callable[[], Stream]) -> Timed:
    waited = waiting_seconds()
    began, before = clock(), time.process_time()
    stretch = work()
    busy = (time.process_time() - before) / (clock() - began)  # untimed requests included
    waited = waiting_seconds() - waited
    settle()
    return Timed(
        started=stretch.started,
        stopped=stretch.stopped,
        completed=array("d", stretch.completed).tobytes(),
        processor=busy * (stretch.completed[-1] - stretch.started),
        waited=max(0.0, waited),
    )


def _pace(session: Session, turns: Turns, seconds: float, requests: int) -> float:
    """Warm the queue up; return seconds between completions."""
    length = max(seconds, _FIRST_STRETCH)
    while True:
        rate = steady_rate(in_flight(session, turns, length), requests)
        if rate is not None:
            return 1 / rate
        length *= 4


def _wait_until(moment: float) -> None:
    """Sleep, and spin for the last millisecond: sleep alone wakes too late."""
    left = moment - clock() - 0.001
    if left > 0:
        time.sleep(left)
    while clock() < moment:
        pass
