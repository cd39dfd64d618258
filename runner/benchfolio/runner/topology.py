"""Which processors belong to which core and socket, and which of them an instance gets."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from benchfolio.results import Load

_PROCESSORS = Path("/sys/devices/system/cpu")


class Core(msgspec.Struct, frozen=True, order=True):
    """A physical core.

    Attributes:
        socket: Number of its socket.
        number: Its number there.
        processors: Logical processors (hardware threads) of it that this process may use.
    """

    socket: int
    number: int
    processors: tuple[int, ...]


def cores_here(root: Path = _PROCESSORS) -> tuple[Core, ...]:
    """Return the cores that this process may use; none where the machine does not tell."""
    if not hasattr(os, "sched_getaffinity"):
        return ()
    found: dict[tuple[int, int], list[int]] = {}
    for processor in sorted(os.sched_getaffinity(0)):
        place = root / f"cpu{processor}" / "topology"
        try:
            socket = int((place / "physical_package_id").read_text(encoding="ascii"))
            number = int((place / "core_id").read_text(encoding="ascii"))
        except (OSError, ValueError):
            return ()
        found.setdefault((socket, number), []).append(processor)
    return tuple(sorted(Core(*place, tuple(ids)) for place, ids in found.items()))


def places(load: Load, cores: Sequence[Core]) -> tuple[tuple[int, ...], ...]:
    """Return the processors of each instance: disjoint whole cores of one socket each.

    An instance is bound to one hardware thread per core, so that no two of its threads share one.

    Args:
        load: Instances, cores of each, and sockets, of which all are used alike.
        cores: What there is.

    Raises:
        ValueError: The machine has not the cores; the text says what it has.
    """
    if not cores:
        raise ValueError("the system does not tell which cores there are, so nothing can be bound")
    per_instance = load.cores_per_instance or 1
    by_socket = _by_socket(cores)
    sockets = load.sockets or len(by_socket)
    if sockets > len(by_socket):
        raise ValueError(f"{sockets} sockets are wanted and {_told(by_socket)}")
    chosen = list(by_socket.values())[:sockets]
    counts = [load.instances // sockets] * sockets
    for index in range(load.instances % sockets):
        counts[index] += 1
    found: list[tuple[int, ...]] = []
    for count, there in zip(counts, chosen, strict=True):
        if count * per_instance > len(there):
            raise ValueError(
                f"{count} × {per_instance} cores are wanted on a socket and {_told(by_socket)}"
            )
        found += [
            tuple(core.processors[0] for core in there[first : first + per_instance])
            for first in range(0, count * per_instance, per_instance)
        ]
    return tuple(found)


def _by_socket(cores: Sequence[Core]) -> Mapping[int, list[Core]]:
    sockets: dict[int, list[Core]] = {}
    for core in sorted(cores):
        sockets.setdefault(core.socket, []).append(core)
    return sockets


def _told(sockets: Mapping[int, Sequence[Core]]) -> str:
    sizes = " + ".join(str(len(cores)) for cores in sockets.values())
    on = "one socket" if len(sockets) == 1 else f"{len(sockets)} sockets"
    return f"this machine has {sizes} usable cores on {on}"
