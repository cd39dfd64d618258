"""The watch over the machine: from files that other machines would show, and on this one."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchfolio.results import Calm, Conditions, Verdict
from benchfolio.runner import linux
from benchfolio.runner.watch import Watch, advice, busiest, cell_verdict
from benchfolio.runner.watch.accounting import growth
from benchfolio.runner.watch.reading import Process
from benchfolio.runner.watch.verdict import judge
from benchfolio.runner.watch.watching import MOST_DELAY, MOST_WORK, SECONDS_BETWEEN

TICKS = os.sysconf("SC_CLK_TCK")
CPU = "/sys/devices/system/cpu"
ME = os.getpid()
INIT, WORKER, GRANDCHILD, STRANGER = 1, ME + 1, ME + 2, ME + 3
QUIET = Conditions(verdict=Verdict(calm=Calm.QUIET))


class Machine:
    """A machine of two processors, laid out in a folder, with a clock of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.seconds = 0.0
        self.show("/proc/self/cgroup", "")

    def show(self, path: str, text: str) -> None:
        """Let a file have this text."""
        file = Path(f"{self.root}{path}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def busy(self, *cores: float, steal: float = 0.0, irq: float = 0.0) -> None:
        """Let each core have worked so many seconds since boot."""
        rows = [[core, 0, 0, 1000, 0, irq / len(cores), 0, steal / len(cores)] for core in cores]
        whole = [sum(column) for column in zip(*rows, strict=True)]
        named = [("cpu ", whole), *((f"cpu{i}", row) for i, row in enumerate(rows))]
        lines = (" ".join([name, *(str(round(v * TICKS)) for v in row)]) for name, row in named)
        self.show("/proc/stat", "\n".join(lines) + "\nintr 1 2 3\n")

    def process(
        self,
        pid: int,
        seconds: float,
        *,
        parent: int = ME,
        name: str = "prog",
        inherited: float = 0,
    ) -> None:
        """Let a process have used so many seconds, and its ended children some."""
        times = [round(value * TICKS) for value in (seconds, 0, inherited, 0)]
        fields = ["S", parent, *[0] * 9, *times, 20, 0, 1, 0, 4242, 0, 0]
        self.show(f"/proc/{pid}/stat", f"{pid} ({name}) {' '.join(map(str, fields))}")

    def end(self, pid: int) -> None:
        """Let a process be gone."""
        Path(f"{self.root}/proc/{pid}/stat").unlink()

    def watch(self, processors: int | None = None) -> Watch:
        """Return a watch over this machine."""
        return Watch(processors=processors, root=self.root, clock=lambda: self.seconds)

    @contextmanager
    def watched(self, own: tuple[int, ...] = ()) -> Iterator[list[Conditions]]:
        """Watch for ten seconds whatever is done meanwhile; the result is in the list."""
        watch, found = self.watch(), list[Conditions]()
        watch.start(own)
        yield found
        self.seconds += 10
        found.append(watch.finish(own))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a machine at rest."""
    made = Machine(tmp_path)
    made.busy(100, 100)
    made.process(ME, 5, parent=INIT)
    return made


def test_nothing_to_read_is_no_error(tmp_path: Path) -> None:
    """Where neither /proc nor /sys is there, as on macOS, every figure is None and all is quiet."""
    watch = Watch(root=tmp_path / "absent")
    watch.start([1])
    watch.look([])
    assert watch.finish([]) == QUIET
    assert busiest(watch) == []


def test_finish_without_start(machine: Machine) -> None:
    """A watch that was never started says so by None, not by an error."""
    found = machine.watch().finish([])
    assert (found.others, found.steal, found.verdict.calm) == (None, None, Calm.QUIET)


def test_others_are_what_is_not_ours(machine: Machine) -> None:
    """Others' share is the busy time without this process, its workers and their children."""
    machine.process(WORKER, 50)
    machine.process(GRANDCHILD, 1, parent=WORKER)
    machine.process(STRANGER, 7, parent=INIT)
    with machine.watched(own=(WORKER,)) as found:
        machine.busy(107, 103, irq=0.5)
        machine.process(ME, 5.5, parent=INIT)
        machine.process(WORKER, 55)
        machine.process(GRANDCHILD, 3, parent=WORKER)
        machine.process(STRANGER, 9, parent=INIT)
    assert found[0].others == pytest.approx((10.5 - 0.5 - 5 - 2) / 20)
    assert found[0].verdict.reasons == ("other processes used 15 % of the processors' time",)


def test_name_of_a_program_with_brackets(machine: Machine) -> None:
    """A program whose name looks like the fields after it is still counted rightly."""
    name = "a) R 1 0 0 0 0 0 0 0 0 0 7 7 7 7 (b"
    machine.process(WORKER, 1, name=name)
    with machine.watched(own=(WORKER,)) as found:
        machine.busy(104, 100)
        machine.process(WORKER, 5, name=name)
    assert found[0].others == 0


def test_worker_that_ended_is_not_others(machine: Machine) -> None:
    """What a worker used since it was last seen counts as ours after it has ended."""
    machine.process(WORKER, 2)
    with machine.watched(own=(WORKER,)) as found:
        machine.busy(108, 100)
        machine.end(WORKER)
        machine.process(ME, 5, parent=INIT, inherited=2 + 8)
    assert found[0].others == 0


def test_worker_that_came_and_ended_is_not_others(machine: Machine) -> None:
    """A worker that was never seen is in what its parent has waited for."""
    with machine.watched() as found:
        machine.busy(108, 100)
        machine.process(ME, 5, parent=INIT, inherited=8)
    assert found[0].others == 0


def test_child_that_is_no_worker_is_others(machine: Machine) -> None:
    """A child of this process that is not our own worker is others', even after its end."""
    watch = machine.watch()
    machine.process(STRANGER, 0)
    watch.start([])
    for seconds in (4, 8):
        machine.seconds += 4
        machine.busy(100 + seconds, 100)
        machine.process(STRANGER, seconds)
        watch.look([])
    machine.seconds += 2
    machine.end(STRANGER)
    machine.process(ME, 5, parent=INIT, inherited=8)
    assert watch.finish([]).others == pytest.approx(8 / 20)


def test_worker_without_its_parent_stays_ours(machine: Machine) -> None:
    """A worker's child that lost its parent, and is init's by now, is still ours."""
    machine.process(WORKER, 0)
    machine.process(GRANDCHILD, 0, parent=WORKER)
    watch = machine.watch()
    watch.start([WORKER])
    machine.end(WORKER)
    machine.process(GRANDCHILD, 1, parent=INIT)
    machine.seconds += 2
    watch.look([])
    machine.process(GRANDCHILD, 6, parent=INIT)
    machine.busy(106, 100)
    machine.seconds += 8
    assert watch.finish([]).others == 0


def test_number_used_again() -> None:
    """A process that got the number of an ended one begins at nothing."""
    before = {ME: Process(1, 1, 5.0, "me"), 9: Process(2, ME, 30.0, "old")}
    now = {ME: Process(1, 1, 36.0, "me"), 9: Process(8, 1, 2.0, "new")}
    assert growth(before, now) == {ME: 1.0, 9: 2.0}


def test_ended_with_its_parent() -> None:
    """The time of a child that ended with its parent is found with the ancestor that is left."""
    before = {
        ME: Process(1, 1, 0.0, "me"),
        7: Process(2, ME, 3.0, "parent"),
        8: Process(3, 7, 4.0, "child"),
    }
    assert growth(before, {ME: Process(1, 1, 10.0, "me")}) == {ME: 3.0}


def test_ring_of_parents_ends() -> None:
    """Numbers that name each other as parent are no endless loop."""
    before = {7: Process(2, 8, 3.0, "a"), 8: Process(3, 7, 4.0, "b")}
    assert growth(before, {}) == {}


def test_clock_that_stands_still(machine: Machine) -> None:
    """Where busy time never moves, as in some sandboxes, others are not known rather than none."""
    with machine.watched() as found:
        pass
    assert found[0].others is None


def test_too_short_for_a_share(machine: Machine) -> None:
    """Within a fraction of a second the counters are too coarse, so that no share is told."""
    watch = machine.watch()
    watch.start([])
    machine.seconds += 0.1
    machine.busy(100.1, 100)
    assert watch.finish([]).others is None


def test_steal(machine: Machine) -> None:
    """Steal is the hypervisor's share of all processors' time."""
    with machine.watched() as found:
        machine.busy(100, 100, steal=1)
    assert found[0].steal == pytest.approx(1 / 20)
    assert "the hypervisor gave 5 % of the processors' time to others" in found[0].verdict.reasons


def test_processors_can_be_told(machine: Machine) -> None:
    """Shares are of as many processors as the caller says."""
    watch = machine.watch(processors=4)
    watch.start([])
    machine.seconds += 10
    machine.busy(110, 100)
    assert watch.finish([]).others == pytest.approx(10 / 40)


def test_frequency_of_cores_in_use(machine: Machine) -> None:
    """The frequency is that of the fastest core that worked; one at rest does not count."""
    path = f"{CPU}/cpu{{}}/cpufreq/scaling_cur_freq"
    machine.show(path.format(0), "800000")
    machine.show(path.format(1), "4000000")
    watch = machine.watch()
    watch.start([])
    machine.busy(102, 100)
    for mhz, seconds in ((3000, 2), (2700, 4)):
        machine.show(path.format(0), f"{mhz}000\n")
        machine.busy(100 + seconds, 100)
        machine.seconds += 2
        watch.look([])
    machine.seconds += 2
    found = watch.finish([])
    assert (found.mhz_low, found.mhz_high) == (2700, 3000)
    assert "frequency changed between 2700 and 3000 MHz" in " ".join(found.verdict.reasons)


def test_frequency_of_the_fastest_core(machine: Machine) -> None:
    """Of two cores that worked, the one that rests by now does not tell the frequency."""
    for core, khz in ((0, 800_000), (1, 3_000_000)):
        machine.show(f"{CPU}/cpu{core}/cpufreq/scaling_cur_freq", str(khz))
    with machine.watched() as found:
        machine.busy(109, 108)
    assert (found[0].mhz_low, found[0].mhz_high) == (3000, 3000)


@pytest.mark.parametrize(("flags", "mhz"), [("fpu aperfmperf", 3100.5), ("fpu hypervisor", None)])
def test_frequency_from_cpuinfo(machine: Machine, flags: str, mhz: float | None) -> None:
    """/proc/cpuinfo tells the frequency, unless the processor cannot count it."""
    core = "processor : {}\ncpu MHz\t\t: {}\nflags : {}\n\n"
    machine.show(
        "/proc/cpuinfo", core.format(0, "800.000", flags) + core.format(1, "3100.500", flags)
    )
    with machine.watched() as found:
        machine.busy(100, 110)
    assert found[0].mhz_high == mhz


def test_throttling(machine: Machine) -> None:
    """Throttling is what the counters grew by; events that several cores count are told once."""
    for core, count in ((0, 3), (1, 7)):
        machine.show(f"{CPU}/cpu{core}/thermal_throttle/package_throttle_count", str(count))
    with machine.watched() as found:
        for core, count in ((0, 5), (1, 9)):
            machine.show(f"{CPU}/cpu{core}/thermal_throttle/package_throttle_count", str(count))
    assert found[0].throttled == 2
    assert found[0].verdict.calm is Calm.NOISY


def test_temperature(machine: Machine) -> None:
    """The temperature is the processor's highest, not that of a disk, nor of a broken sensor."""
    hwmon = "/sys/class/hwmon/hwmon{}/{}"
    for number, name, celsius in ((0, "nvme", 90), (1, "coretemp", 60), (2, "k10temp", 255)):
        machine.show(hwmon.format(number, "name"), name)
        machine.show(hwmon.format(number, "temp1_input"), f"{celsius}000")
    watch = machine.watch()
    watch.start([])
    for celsius in (71, 65):
        machine.show(hwmon.format(1, "temp1_input"), f"{celsius}500")
        machine.seconds += 5
        watch.look([])
    assert watch.finish([]).celsius == 71.5


def test_temperature_of_a_zone(machine: Machine) -> None:
    """Where no driver of a processor is known, the thermal zones of processors are read."""
    zone = "/sys/class/thermal/thermal_zone{}/{}"
    for number, name, celsius in ((0, "iwlwifi", 80), (1, "cpu0-thermal", 48)):
        machine.show(zone.format(number, "type"), name)
        machine.show(zone.format(number, "temp"), f"{celsius}000")
    with machine.watched() as found:
        pass
    assert found[0].celsius == 48


def test_memory_pressure_and_swapping(machine: Machine) -> None:
    """Memory pressure is a share of the time; pages swapped are told per second."""
    pressure = "some avg10=0.00 avg60=0.00 avg300=0.00 total={}\nfull avg10=0.00 total=9\n"
    machine.show("/proc/pressure/memory", pressure.format(1_000_000))
    machine.show("/proc/vmstat", "nr_free_pages 7\npswpin 100\npswpout 50\n")
    with machine.watched() as found:
        machine.show("/proc/pressure/memory", pressure.format(1_200_000))
        machine.show("/proc/vmstat", "nr_free_pages 9\npswpin 400\npswpout 150\n")
    assert found[0].memory_pressure == pytest.approx(0.02)
    assert found[0].verdict.reasons == (
        "processes waited for memory 2 % of the time",
        "pages were swapped: 40 per second",
    )


@pytest.mark.parametrize(
    ("groups", "folder"),
    [
        ("0::/app.slice/job\n", "/sys/fs/cgroup/app.slice"),
        ("0::/host/path/that/is/not/mounted\n", "/sys/fs/cgroup"),
        ("4:cpu,cpuacct:/docker/1\n0::/\n", "/sys/fs/cgroup/cpu,cpuacct/docker/1"),
        ("4:memory:/a\n2:cpu:/b\n", "/sys/fs/cgroup/cpu"),
    ],
)
def test_control_group(machine: Machine, groups: str, folder: str) -> None:
    """A limit of this process's control group, or of one above, is found in both versions."""
    machine.show("/proc/self/cgroup", groups)
    version1 = "/sys/fs/cgroup/cpu" in folder
    if version1:
        machine.show(f"{folder}/cpu.cfs_quota_us", "150000")
        machine.show(f"{folder}/cpu.cfs_period_us", "100000")
    else:
        machine.show(f"{folder}/cpu.max", "150000 100000")
    assert linux.cpu_limit(linux.reader(machine.root)) == 1.5
    machine.show(f"{folder}/cpu.stat", "usage_usec 8\nnr_periods 100\nnr_throttled 10\n")
    with machine.watched() as found:
        machine.show(f"{folder}/cpu.stat", "usage_usec 9\nnr_periods 200\nnr_throttled 70\n")
    assert found[0].quota == pytest.approx(0.6)
    assert found[0].verdict.calm is Calm.UNUSABLE


def test_limits_of_several_groups(machine: Machine) -> None:
    """The tightest limit counts, that which is reached most often; -1 is no limit."""
    machine.show("/proc/self/cgroup", "2:cpu:/a/b\n")
    groups = ("/sys/fs/cgroup/cpu/a/b", "/sys/fs/cgroup/cpu/a", "/sys/fs/cgroup/cpu")
    for folder, quota in zip(groups, (400_000, 200_000, -1), strict=True):
        machine.show(f"{folder}/cpu.cfs_quota_us", str(quota))
        machine.show(f"{folder}/cpu.cfs_period_us", "100000")
        machine.show(f"{folder}/cpu.stat", "nr_periods 0\nnr_throttled 0\n")
    assert linux.cpu_limit(linux.reader(machine.root)) == 2.0
    with machine.watched() as found:
        for folder, throttled in zip(groups, (5, 20, 0), strict=True):
            machine.show(f"{folder}/cpu.stat", f"nr_periods 100\nnr_throttled {throttled}\n")
    assert found[0].quota == pytest.approx(0.2)


def test_settings(machine: Machine) -> None:
    """Governor and turbo are part of the conditions."""
    machine.show(f"{CPU}/cpu0/cpufreq/scaling_governor", "powersave\n")
    machine.show(f"{CPU}/cpufreq/boost", "1\n")
    with machine.watched() as found:
        pass
    assert (found[0].governor, found[0].turbo) == ("powersave", True)


def test_load_counts_only_where_others_are_unknown(machine: Machine) -> None:
    """A high load from before, as our own preparation makes it, is a reason only without others."""
    machine.show("/proc/loadavg", "1.75 0.50 0.20 1/234 5678\n")
    with machine.watched() as found:
        machine.busy(100.1, 100)
    assert (found[0].load, found[0].verdict.calm) == (1.75, Calm.QUIET)
    with machine.watched() as found:
        pass
    assert found[0].verdict.reasons == (
        "the load average was 1.75 on 2 processors before the start",
    )


def reads_of(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the times of the readings that the watch is going to take."""
    reads = list[float]()
    assert watch._span is not None
    monkeypatch.setattr(watch._span, "add", lambda at, _own: reads.append(at))
    return reads


def test_looks_only_when_due(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is called, look reads once a second at most."""
    watch = machine.watch()
    watch.start([])
    reads = reads_of(watch, monkeypatch)
    for _ in range(100):
        machine.seconds += SECONDS_BETWEEN / 10
        watch.look([])
    assert 9 <= len(reads) <= 10


@pytest.mark.parametrize("holds", ["work", "delay"])
def test_looks_less_often_where_it_is_dear(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, holds: str
) -> None:
    """Readings that take long, of the processor or of the clock, are taken less often."""
    cost, used = 0.03, 0.0
    watch = machine.watch()
    watch.start([])
    reads = reads_of(watch, monkeypatch)
    assert watch._span is not None
    add = watch._span.add

    def slow(at: float, own: list[int]) -> None:
        nonlocal used
        add(at, own)
        used += cost
        machine.seconds += cost if holds == "delay" else 0

    monkeypatch.setattr(watch._span, "add", slow)
    monkeypatch.setattr(time, "thread_time", lambda: used if holds == "work" else 0.0)
    for _ in range(400):
        machine.seconds += SECONDS_BETWEEN / 10
        watch.look([])
    apart = cost / (MOST_WORK if holds == "work" else MOST_DELAY)
    gaps = [later - earlier for earlier, later in pairwise(reads)]
    assert gaps
    assert all(apart <= gap <= apart + 0.2 for gap in gaps)


def test_busiest_are_named_on_the_terminal_only(machine: Machine) -> None:
    """Other programs are named with their shares, summed, but never in what is stored."""
    machine.process(WORKER, 0, name="ours")
    for number in range(3):
        machine.process(STRANGER + number, 50, parent=INIT, name="fire\x1bfox")
    watch = machine.watch()
    watch.start([WORKER])
    machine.seconds += 10
    machine.busy(110, 107)
    machine.process(WORKER, 10, name="ours")
    for number in range(3):
        machine.process(STRANGER + number, 52, parent=INIT, name="fire\x1bfox")
    machine.process(STRANGER + 3, 1, parent=INIT, name="make")
    found = watch.finish([WORKER])
    assert busiest(watch) == ["firefox (30 %)", "make (5 %)"]
    assert busiest(watch, most=1) == ["firefox (30 %)"]
    assert "fox" not in msgspec.json.encode(found).decode()
    assert any("firefox (30 %)" in line for line in advice(found, busiest(watch)))


def test_start_again_forgets(machine: Machine) -> None:
    """A second start begins anew."""
    watch = machine.watch()
    watch.start([])
    machine.busy(150, 100)
    machine.seconds += 10
    watch.start([])
    machine.busy(151, 100)
    machine.seconds += 10
    assert watch.finish([]).others == pytest.approx(1 / 20)


@pytest.mark.parametrize(
    ("figures", "calm", "reason"),
    [
        ({"others": 0.02}, Calm.QUIET, ""),
        ({"others": 0.021}, Calm.NOISY, "other processes used 2.1 %"),
        ({"others": 0.76}, Calm.UNUSABLE, "other processes used 76 %"),
        ({"steal": 0.02}, Calm.NOISY, "the hypervisor gave 2 %"),
        ({"quota": 0.001}, Calm.NOISY, "limit was reached in 0.1 % of its periods"),
        ({"quota": 0.0}, Calm.QUIET, ""),
        ({"memory_pressure": 0.2}, Calm.UNUSABLE, "processes waited for memory 20 % of the time"),
        ({"mhz_low": 2900, "mhz_high": 3000}, Calm.QUIET, ""),
        ({"mhz_low": 2800, "mhz_high": 3000}, Calm.NOISY, "between 2800 and 3000 MHz"),
        ({"throttled": 1}, Calm.NOISY, "because of heat, once"),
        ({"throttled": 4}, Calm.NOISY, "because of heat, 4 times"),
    ],
)
def test_thresholds(figures: dict[str, float], calm: Calm, reason: str) -> None:
    """Each figure makes the verdict worse from its threshold on, and the reason states it."""
    found = judge(msgspec.structs.replace(QUIET, **figures), processors=2)
    assert found.calm is calm
    assert reason in " ".join(found.reasons)
    assert len(found.reasons) == (calm is not Calm.QUIET)


@pytest.mark.parametrize(
    ("half_width", "calm", "reasons"),
    [
        (None, Calm.QUIET, ()),
        (0.02, Calm.QUIET, ()),
        (0.031, Calm.NOISY, ("the gain is known to ±3.1 % only; ±1 % was wanted",)),
        (0.12, Calm.UNUSABLE, ("the gain is known to ±12 % only; ±1 % was wanted",)),
        (math.inf, Calm.UNUSABLE, ("the gain is not known; ±1 % was wanted",)),
        (math.nan, Calm.UNUSABLE, ("the gain is not known; ±1 % was wanted",)),
    ],
)
def test_cell(half_width: float | None, calm: Calm, reasons: tuple[str, ...]) -> None:
    """A gain that is known less well than was asked makes its cell's verdict worse."""
    assert cell_verdict(QUIET, half_width, 0.01) == Verdict(calm=calm, reasons=reasons)


def test_cell_is_never_better_than_the_machine() -> None:
    """The machine's verdict and reasons stay, whatever the cell's own interval."""
    noisy = Conditions(verdict=Verdict(calm=Calm.NOISY, reasons=("steal",)))
    assert cell_verdict(noisy, 0.001, 0.01) == noisy.verdict
    worse = cell_verdict(noisy, 0.5, 0.01)
    assert (worse.calm, worse.reasons[0], len(worse.reasons)) == (Calm.UNUSABLE, "steal", 2)
    silent = Conditions(verdict=Verdict(calm=Calm.UNUSABLE))
    assert cell_verdict(silent, None, 0.01).calm is Calm.UNUSABLE


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"others": 0.1}, "stop other programs"),
        ({"steal": 0.1}, "bare metal"),
        ({"quota": 0.1}, "processor limit"),
        ({"memory_pressure": 0.1}, "free memory"),
        ({"throttled": 1}, "cool the machine"),
        ({"mhz_low": 1000, "mhz_high": 3000, "governor": "powersave"}, "governor to performance"),
        ({"mhz_low": 1000, "mhz_high": 3000, "turbo": True}, "switch turbo off"),
    ],
)
def test_advice(figures: dict[str, float], words: str) -> None:
    """For each cause there is something that a person can change."""
    assert words in " ".join(advice(msgspec.structs.replace(QUIET, **figures)))


def test_advice_for_what_only_the_verdict_says() -> None:
    """A high load and swapping have no field of their own, and are advised on all the same."""
    loaded = msgspec.structs.replace(QUIET, load=9.0)
    verdict = judge(loaded, processors=2, swapped=300.0)
    found = advice(msgspec.structs.replace(loaded, verdict=verdict))
    assert len(found) == len(verdict.reasons) == 2


def test_no_advice_for_a_quiet_machine() -> None:
    """Where nothing is wrong nothing is advised, whatever runs beside and however it is set."""
    settled = {"governor": "powersave", "turbo": True, "mhz_low": 2990.0, "mhz_high": 3000.0}
    assert advice(msgspec.structs.replace(QUIET, **settled), ["firefox (1 %)"]) == []
    steady = {"mhz_low": 1000.0, "mhz_high": 3000.0, "governor": "performance", "turbo": False}
    assert advice(msgspec.structs.replace(QUIET, **steady)) == []


COUNT = st.integers(-10, 10**15)
CHANGE = st.fixed_dictionaries(
    {
        "/proc/stat": st.lists(COUNT, max_size=10).map(lambda row: f"cpu  {_words(row)}\n"),
        f"/proc/{ME}/stat": st.lists(COUNT, max_size=25).map(lambda row: f"1 (x) S {_words(row)}"),
        f"/proc/{WORKER}/stat": st.lists(COUNT, min_size=22, max_size=22).map(
            lambda row: f"2 (x) S {_words(row)}"
        ),
        "/proc/pressure/memory": COUNT.map(lambda total: f"some avg10=0.00 total={total}"),
        "/proc/vmstat": st.tuples(COUNT, COUNT).map("pswpin {0[0]}\npswpout {0[1]}".format),
        "/proc/loadavg": st.one_of(st.floats(0, 1e6).map("{:.2f} 1 1".format), st.text("1.n")),
        "/sys/fs/cgroup/cpu.stat": st.tuples(COUNT, COUNT).map(
            "nr_periods {0[0]}\nnr_throttled {0[1]}".format
        ),
        f"{CPU}/cpu0/cpufreq/scaling_cur_freq": COUNT.map(str),
        f"{CPU}/cpu0/thermal_throttle/core_throttle_count": COUNT.map(str),
    }
)


def _words(row: list[int]) -> str:
    return " ".join(map(str, row))


@settings(max_examples=60, deadline=None)
@given(changes=st.lists(CHANGE, min_size=1, max_size=4), step=st.floats(0, 100))
def test_shares_are_shares(changes: list[dict[str, str]], step: float) -> None:
    """Whatever the counters do, also go back or hold nonsense, conditions keep the contract."""
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(Path(folder))
        watch = machine.watch()
        for change in changes:
            for path, text in change.items():
                machine.show(path, text)
            watch.look([WORKER])
            machine.seconds += step
        found = watch.finish([WORKER])
        named = busiest(watch)
    msgspec.json.decode(msgspec.json.encode(found), type=Conditions)
    assert all(len(name) < 20 for name in named)


BURN = """
import sys, time
while time.process_time() < 0.6: pass
print("done", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(not Path("/proc/stat").exists(), reason="needs Linux")
@pytest.mark.parametrize("ends", [False, True], ids=["waits", "ends"])
def test_on_this_machine(ends: bool) -> None:
    """A busy child raises the others' share where it is a stranger, and not where it is our own."""
    stranger, owner = Watch(), Watch()
    with subprocess.Popen(
        [sys.executable, "-c", BURN], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        stranger.start([])
        owner.start([child.pid])
        child.stdout.readline()
        stranger._look([])
        owner._look([child.pid])
        if ends:
            child.stdin.close()
            child.wait()
        found, ours = stranger.finish([]), owner.finish([child.pid])
    assert found.others is not None
    assert ours.others is not None
    used = 0.6 / (owner._span.processors * owner._span._seconds()) if owner._span else 0
    assert found.others - ours.others > 0.5 * used
    assert stranger.programs()
