"""The description of a machine: from text that other machines would show, and of this one."""

from __future__ import annotations

import os
from collections.abc import Mapping

import msgspec
import pytest

from benchfolio.results import WrongUsage
from benchfolio.runner import platform
from benchfolio.runner.engines.base import Device

XEON = """processor : 0
vendor_id : GenuineIntel
model name : Intel(R)  Xeon(R) Platinum 8480+
microcode : 0x2b000461
physical id : 0
flags : fpu avx2 avx512f avx512_vnni amx_int8 amx_bf16 hypervisor

processor : 1
physical id : 1
flags : fpu avx2 avx512f avx512_vnni amx_int8 amx_bf16 hypervisor
"""
GRAVITON = """processor : 0
Features : fp asimd asimddp i8mm bf16 sve
CPU implementer : 0x41
"""


def show(monkeypatch: pytest.MonkeyPatch, files: Mapping[str, str]) -> None:
    """Let the machine's files read like this; all others are absent."""
    monkeypatch.setattr(platform, "_text", lambda path: files.get(str(path), "").strip())
    monkeypatch.setattr(platform, "_output", lambda *_: None)


def test_x86_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name, sockets, instruction sets and microcode of an x86 server are read from Linux."""
    show(monkeypatch, {"/proc/cpuinfo": XEON})
    found = platform.describe("lab").processor
    assert found.name == "Intel(R) Xeon(R) Platinum 8480+"
    assert (found.vendor, found.sockets, found.microcode) == ("GenuineIntel", 2, "0x2b000461")
    assert found.isa == ("amx_bf16", "amx_int8", "avx2", "avx512_vnni", "avx512f")


def test_arm_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instruction sets and vendor of an ARM server are read from its own words for them."""
    show(monkeypatch, {"/proc/cpuinfo": GRAVITON})
    found = platform.describe("lab").processor
    assert found.isa == ("asimd", "asimddp", "bf16", "i8mm", "sve")
    assert found.vendor == "ARM"


def test_unknown_is_none_and_never_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be read, the description is short and the label is the id."""
    show(monkeypatch, {})
    monkeypatch.setattr("platform.processor", lambda: "")
    found = platform.describe("lab")
    assert found.label == "lab"
    assert (found.system.governor, found.system.turbo, found.system.smt) == (None, None, None)


def test_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Governor, turbo, SMT and hypervisor are read from where Linux shows them."""
    cpu = "/sys/devices/system/cpu"
    show(
        monkeypatch,
        {
            "/proc/cpuinfo": XEON,
            f"{cpu}/cpu0/cpufreq/scaling_governor": "performance\n",
            f"{cpu}/intel_pstate/no_turbo": "1",
            f"{cpu}/smt/active": "1",
            "/sys/class/dmi/id/sys_vendor": "Amazon EC2",
        },
    )
    found = platform.describe("lab").system
    assert (found.governor, found.turbo, found.smt) == ("performance", False, True)
    assert found.hypervisor == "KVM"


@pytest.mark.parametrize(
    ("text", "limit"), [("150000 100000", 1.5), ("max 100000", None), ("", None)]
)
def test_cgroup_limit(monkeypatch: pytest.MonkeyPatch, text: str, limit: float | None) -> None:
    """A control group's processor quota is read as processors' worth of time."""
    show(monkeypatch, {"/sys/fs/cgroup/cpu.max": text})
    assert platform.cpu_limit() == limit
    assert platform.usable_cores() >= 1


def test_host_and_user_are_never_in_it() -> None:
    """The description of this machine names neither the machine nor a user."""
    text = msgspec.json.encode(platform.describe("lab")).decode()
    assert os.uname().nodename not in text
    assert "hostname" not in text


def test_accelerators() -> None:
    """GPUs and NPUs that OpenVINO reports are accelerators; the processor is not."""
    devices = {
        "openvino": [
            Device(id="CPU", name="Some CPU", kind="CPU"),
            Device(id="GPU.0", name="Some GPU", kind="GPU", memory_bytes=2**30),
        ]
    }
    found = platform.describe("lab", devices=devices).accelerators
    assert [(each.name, each.memory_bytes) for each in found if each.name == "Some GPU"] == [
        ("Some GPU", 2**30)
    ]
    assert "Some CPU" not in {each.name for each in found}


def test_withheld_name_is_not_in_the_label(monkeypatch: pytest.MonkeyPatch) -> None:
    """Withholding the processor's name takes it out of a label that was made of it too."""
    show(monkeypatch, {"/proc/cpuinfo": XEON})
    found = platform.withhold(platform.describe("lab"), ["processor.name"])
    assert "Xeon" not in msgspec.json.encode(found).decode()
    assert found.withheld == ("processor.name",)


def test_only_what_may_be_withheld() -> None:
    """A field that does not exist or must be published is wrong usage."""
    with pytest.raises(WrongUsage, match=r"system\.kernel"):
        platform.withhold(platform.describe("lab"), ["id"])


def test_platform_id_is_checked() -> None:
    """An id that is no id is wrong usage."""
    with pytest.raises(WrongUsage, match="not an id"):
        platform.describe("../x")
