"""Before anything is measured: the devices of this machine, its plan, and an earlier file."""

from __future__ import annotations

from pathlib import Path

from benchfolio import results
from benchfolio.results import MissingEnvironment, Problem, ResultFile, WrongUsage
from benchfolio.runner import engines, platform, topology
from benchfolio.runner.jobs import DevicesFound, LookForDevices, Refused
from benchfolio.runner.plan import Planned, plan
from benchfolio.runner.run.means import Execute
from benchfolio.runner.run.request import Request
from benchfolio.runner.suite import Suite

_DEVICES_SECONDS = 60.0


def devices(suite: Suite, execute: Execute) -> DevicesFound:
    """Ask the installed engines of a suite for their devices.

    Raises:
        MissingEnvironment: None is installed, or they cannot be asked.
    """
    installed = tuple(name for name in suite.runtimes if engines.version(name) is not None)
    if not installed:
        raise MissingEnvironment([engines.missing(name) for name in suite.runtimes])
    reply = execute(LookForDevices(engines=installed), seconds=_DEVICES_SECONDS)
    if isinstance(reply, DevicesFound):
        return reply
    reason = reply.reason if isinstance(reply, Refused) else "no answer"
    raise MissingEnvironment(
        Problem(
            where=", ".join(installed),
            what="the engines cannot be asked for their devices",
            expected="engines that can be imported",
            got=reason,
            remedy="install them again",
        )
    )


def plan_here(suite: Suite, found: DevicesFound) -> tuple[Planned, ...]:
    """Return all cells of a suite on this machine."""
    sockets = platform.describe("here").processor.sockets
    return plan(
        suite,
        found.devices,
        cores=platform.usable_cores(),
        sockets=sockets,
        there=topology.cores_here(),
    )


def earlier_file(request: Request, target: Path) -> ResultFile | None:
    """Return the file to go on with, if there is one and it shall be gone on with.

    Raises:
        WrongUsage: There is one, and nothing was said of it.
        BadInput: It is broken.
    """
    if not target.exists() or request.overwrite:
        return None
    if not request.resume:
        raise WrongUsage(
            Problem(
                where=str(target),
                what="there are results of this release and platform already",
                expected="no such file",
                remedy="go on with --resume, or replace it with --overwrite",
            )
        )
    return results.read(target)


def check_machine(earlier: ResultFile, here: results.Platform, target: Path) -> None:
    """Refuse to go on with a file of another machine.

    Raises:
        WrongUsage: Its processor is another.
    """
    before, now = earlier.platform.processor, here.processor
    if before.name and now.name and (before.name, before.isa) != (now.name, now.isa):
        raise WrongUsage(
            Problem(
                where=f"{target}: $.platform.processor",
                what="the results there were measured on another processor",
                expected=f"{now.name} ({', '.join(now.isa)})",
                got=f"{before.name} ({', '.join(before.isa)})",
                remedy="choose another --platform for this machine, or --overwrite",
            )
        )
