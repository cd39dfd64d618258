"""Which processors an instance gets, on machines that are made up."""

from __future__ import annotations

import os
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from benchfolio.results import Load
from benchfolio.runner.topology import Core, cores_here, places


def machine(sockets: int, cores: int, threads: int = 1) -> tuple[Core, ...]:
    """Return cores numbered as Linux does: first one thread of every core, then the others."""
    count = sockets * cores
    return tuple(
        Core(
            socket,
            number,
            tuple(thread * count + socket * cores + number for thread in range(threads)),
        )
        for socket in range(sockets)
        for number in range(cores)
    )


def load(instances: int, cores: int | None = None, sockets: int | None = None) -> Load:
    """Return a load configuration."""
    return Load(instances=instances, cores_per_instance=cores, sockets=sockets)


TWO_SOCKETS = machine(2, 4, 2)


def test_instances_get_whole_cores_one_thread_each() -> None:
    """Of two sockets of four cores with two threads, one socket holds two instances of two."""
    assert places(load(2, 2, 1), TWO_SOCKETS) == ((0, 1), (2, 3))
    assert places(load(4, 2, 2), TWO_SOCKETS) == ((0, 1), (2, 3), (4, 5), (6, 7))


def test_an_odd_instance_goes_to_the_first_socket() -> None:
    """Three instances on two sockets are two on one and one on the other."""
    assert places(load(3, 1), TWO_SOCKETS) == ((0,), (1,), (4,))
    assert places(load(1, 4), TWO_SOCKETS) == ((0, 1, 2, 3),)


def test_cores_that_are_left_over_stay_free() -> None:
    """Seven cores hold three instances of two."""
    assert places(load(3, 2, 1), machine(1, 7)) == ((0, 1), (2, 3), (4, 5))


@pytest.mark.parametrize(
    ("wanted", "cores", "reason"),
    [
        (
            load(8, 4, 1),
            machine(1, 2),
            r"8 × 4 cores are wanted on a socket .* has 2 .* one socket",
        ),
        (load(2, 2, 3), TWO_SOCKETS, r"3 sockets are wanted .* 4 \+ 4 usable cores on 2 sockets"),
        (load(1, 5), TWO_SOCKETS, r"1 × 5 cores .* 4 \+ 4 usable cores"),
        (load(5, 2, 2), TWO_SOCKETS, r"3 × 2 cores"),
        (load(2, 1, 1), (), "the system does not tell"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_there_is(
    wanted: Load, cores: tuple[Core, ...], reason: str
) -> None:
    """Where the machine has not the cores, the reason says what was wanted and what it has."""
    with pytest.raises(ValueError, match=reason):
        places(wanted, cores)


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=4),
    st.integers(1, 2),
    st.integers(1, 12),
    st.integers(1, 4),
    st.none() | st.integers(1, 4),
)
def test_places_are_disjoint_whole_and_of_one_socket(
    sizes: list[int], threads: int, instances: int, cores: int, sockets: int | None
) -> None:
    """On any machine that has room no core is used twice, and no instance spans two sockets."""
    there = [
        Core(socket, number, tuple(100 * socket + 10 * number + each for each in range(threads)))
        for socket, size in enumerate(sizes)
        for number in range(size)
    ]
    socket_of = {each.processors[0]: each.socket for each in there}
    try:
        found = places(load(instances, cores, sockets), there)
    except ValueError:
        used = sockets or len(sizes)
        assert used > len(sizes) or min(sizes[:used]) < -(-instances // used) * cores
        return
    assume(found)
    assert len(found) == instances
    assert all(len(each) == cores for each in found)
    assert len(set(chain.from_iterable(found))) == instances * cores
    assert all(len({socket_of[processor] for processor in each}) == 1 for each in found)
    assert {socket_of[each[0]] for each in found} <= set(range(sockets or len(sizes)))


def described(root: Path, processors: dict[int, tuple[int, int]]) -> Path:
    """Write what Linux says of processors: socket and core of each."""
    for processor, (socket, core) in processors.items():
        folder = root / f"cpu{processor}" / "topology"
        folder.mkdir(parents=True)
        (folder / "physical_package_id").write_text(f"{socket}\n")
        (folder / "core_id").write_text(f"{core}\n")
    return root


def test_cores_are_those_this_process_may_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads of a core come together; a processor that this process may not use is not there."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 4, 6}, raising=False)
    everything = {n: (n % 4 // 2, n % 2) for n in range(8)}
    found = cores_here(described(tmp_path, everything))
    assert found == (Core(0, 0, (0, 4)), Core(0, 1, (1,)), Core(1, 0, (6,)))


def test_a_system_that_does_not_tell_has_no_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a file is missing or no number, or the system has no affinity, nothing is guessed."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    assert cores_here(described(tmp_path, {0: (0, 0)})) == ()
    (tmp_path / "cpu0" / "topology" / "core_id").write_text("none")
    assert cores_here(tmp_path) == ()
    monkeypatch.delattr(os, "sched_getaffinity")
    assert cores_here() == ()
