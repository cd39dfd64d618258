"""The machine as it will be published: what matters to inference, and nobody's name."""

from __future__ import annotations

import importlib.metadata
import os
import platform as python_platform
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import psutil

from benchfolio.results import (
    ID_PATTERN,
    Accelerator,
    Platform,
    Problem,
    Processor,
    System,
    WrongUsage,
)
from benchfolio.runner import linux
from benchfolio.runner.engines.base import Device

ISA = frozenset(
    {
        "sse4_2", "avx", "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512vl", "avx512_vnni",
        "avx512_bf16", "avx512_fp16", "avx_vnni", "avx_vnni_int8", "avx_ne_convert", "amx_tile",
        "amx_int8", "amx_bf16", "amx_fp16", "avx10", "asimd", "neon", "asimdhp", "asimddp", "i8mm",
        "bf16", "fphp", "sve", "sve2", "svei8mm", "svebf16", "sme", "sme2",
    }
)  # fmt: skip
"""Instruction sets that inference engines choose their kernels by, as Linux names them."""

WITHHOLDABLE = MappingProxyType(
    {
        "processor.microcode": "tells which processor updates are missing",
        "system.kernel": "tells which kernel updates are missing",
        "system.os": "tells the distribution and its version",
        "system.hypervisor": "tells what the machine is hosted on",
        "system.container": "tells how it is run",
        "system.governor": "a setting; readers need it to judge the numbers",
        "system.turbo": "a setting; readers need it to judge the numbers",
        "system.smt": "a setting; readers need it to judge the numbers",
        "processor.name": "readers need it to judge the numbers",
        "processor.max_mhz": "may tell an unreleased processor",
        "memory_bytes": "size of the machine",
        "accelerators": "devices beside the processor",
    }
)
"""Fields that an owner may want to withhold → what they tell."""

SOFTWARE = ("benchfolio", "numpy", "onnx", "onnxruntime", "openvino", "nncf")

_FLAG_NAMES = MappingProxyType({"avx512vnni": "avx512_vnni"})
_DMI = Path("/sys/class/dmi/id")


def describe(
    id_: str, label: str | None = None, devices: Mapping[str, Sequence[Device]] | None = None
) -> Platform:
    """Describe this machine. What cannot be found out is ``None``; nothing raises for that.

    Args:
        id_: Chosen by people; a kernel update makes no new platform.
        label: As a reader knows the machine; made of processor and cores when left out.
        devices: By engine, as the engines report them.

    Raises:
        WrongUsage: The id is not one.
    """
    if not re.fullmatch(ID_PATTERN, id_):
        raise WrongUsage(_no_id(id_))
    processor = _processor()
    return Platform(
        id=id_,
        label=label or _label(processor) or id_,
        processor=processor,
        memory_bytes=psutil.virtual_memory().total,
        accelerators=tuple(_accelerators(devices or {})),
        system=_system(),
        note=_cpu_limit_note(),
    )


def devices() -> dict[str, tuple[Device, ...]]:
    """Ask the installed engines for their devices, in a process of its own."""
    from benchfolio.runner import engines, process
    from benchfolio.runner.jobs import DevicesFound, LookForDevices

    installed = tuple(name for name in engines.ENGINES if engines.version(name) is not None)
    reply = process.execute(LookForDevices(engines=installed), seconds=60)
    return reply.devices if isinstance(reply, DevicesFound) else {}


def software() -> dict[str, str]:
    """Return the versions of Python and of the packages that numbers depend on."""
    found = {"python": python_platform.python_version()}
    for name in SOFTWARE:
        with suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def withhold(platform: Platform, fields: Sequence[str]) -> Platform:
    """Return the platform without some fields, and with a list of them.

    Raises:
        WrongUsage: A field is not one that may be withheld.
    """
    raw = msgspec.to_builtins(platform)
    if "processor.name" in fields and platform.label == _label(platform.processor):
        raw["label"] = platform.id
    wanted = sorted({*platform.withheld, *fields})
    for field in wanted:
        if field not in WITHHOLDABLE:
            raise WrongUsage(_not_withholdable(field))
        _remove(raw, field)
    return msgspec.convert({**raw, "withheld": wanted}, Platform)


def usable_cores() -> int:
    """Return the physical cores that this process may use; a cgroup may limit them."""
    threads = usable_threads()
    physical = psutil.cpu_count(logical=False) or threads
    limit = cpu_limit()
    cores = min(threads, physical)
    return max(1, min(cores, int(limit)) if limit else cores)


def usable_threads() -> int:
    """Return the logical processors that this process may be scheduled on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cpu_limit() -> float | None:
    """Return the processors' worth of time that the cgroup allows; ``None`` for no limit."""
    return linux.cpu_limit(_text)


def _processor() -> Processor:
    info = _cpuinfo()
    sockets = len({value for key, value in info if key == "physical id"}) or None
    first = dict(reversed(info))
    frequency = None
    with suppress(OSError, NotImplementedError, AttributeError):
        frequency = psutil.cpu_freq()
    return Processor(
        name=_clean(first.get("model name") or first.get("Model")) or _other_name(),
        vendor=_clean(first.get("vendor_id") or _arm_vendor(first.get("CPU implementer"))),
        architecture=python_platform.machine() or None,
        isa=_isa(first.get("flags") or first.get("Features") or ""),
        sockets=sockets,
        cores=psutil.cpu_count(logical=False),
        threads=psutil.cpu_count(),
        numa_nodes=len(list(Path("/sys/devices/system/node").glob("node[0-9]*"))) or None,
        max_mhz=frequency.max if frequency and frequency.max > 0 else None,
        microcode=first.get("microcode"),
    )


def _system() -> System:
    return System(
        os=_os(),
        kernel=f"{python_platform.system()} {python_platform.release()}".strip() or None,
        governor=linux.governor(_text),
        turbo=linux.turbo(_text),
        smt={"1": True, "0": False}.get(_text(f"{linux.CPU}/smt/active")),
        hypervisor=_hypervisor(),
        container=_container(),
    )


def _cpuinfo() -> list[tuple[str, str]]:
    """Return the lines of /proc/cpuinfo, as key and value."""
    pairs = (line.partition(":") for line in _text("/proc/cpuinfo").splitlines())
    return [(key.strip(), value.strip()) for key, colon, value in pairs if colon]


def _isa(flags: str) -> tuple[str, ...]:
    named = {_FLAG_NAMES.get(flag, flag) for flag in flags.split()}
    if sys.platform == "darwin" and python_platform.machine() == "arm64":
        named |= {"neon", "asimddp"}
    return tuple(sorted(named & ISA))


def _other_name() -> str | None:
    """Return the processor's name where /proc/cpuinfo has none: macOS, Windows, ARM."""
    if sys.platform == "darwin":
        return _clean(_output("sysctl", "-n", "machdep.cpu.brand_string"))
    model = _text("/sys/firmware/devicetree/base/model").strip("\0")
    return _clean(model or python_platform.processor())


def _arm_vendor(code: str | None) -> str | None:
    return {"0x41": "ARM", "0x51": "Qualcomm", "0x61": "Apple", "0xc0": "Ampere"}.get(code or "")


def _os() -> str | None:
    with suppress(OSError):
        return python_platform.freedesktop_os_release().get("PRETTY_NAME")
    return f"{python_platform.system()} {python_platform.release()}".strip() or None


def _hypervisor() -> str | None:
    """Return the kind of hypervisor: by the maker's name in the firmware, or that there is one."""
    kinds = {
        "qemu": "KVM", "kvm": "KVM", "amazon ec2": "KVM", "google": "KVM", "vmware": "VMware",
        "microsoft corporation": "Hyper-V", "xen": "Xen", "innotek gmbh": "VirtualBox",
        "parallels": "Parallels", "bochs": "Bochs",
    }  # fmt: skip
    virtual = " hypervisor " in f" {dict(reversed(_cpuinfo())).get('flags', '')} "
    maker = " ".join(_text(_DMI / name) for name in ("sys_vendor", "product_name")).lower()
    named = next((kind for word, kind in kinds.items() if word in maker), None)
    type_ = _text("/sys/hypervisor/type").capitalize()
    if not virtual and not type_:
        return None
    said = re.search(r"^Hypervisor vendor:\s*(.+)$", _output("lscpu") or "", re.MULTILINE)
    return named or type_ or (said.group(1) if said else "yes, not named")


def _container() -> str | None:
    """Return the kind of container that this process runs in."""
    if os.environ.get("KUBERNETES_SERVICE_HOST"):
        return "Kubernetes"
    if Path("/.dockerenv").exists():
        return "Docker"
    if Path("/run/.containerenv").exists():
        return "Podman"
    groups = _text("/proc/1/cgroup")
    for word, name in (("kubepods", "Kubernetes"), ("docker", "Docker"), ("lxc", "LXC")):
        if word in groups:
            return name
    named = _text("/run/systemd/container")
    return named or None


def _accelerators(devices: Mapping[str, Sequence[Device]]) -> list[Accelerator]:
    found = _nvidia()
    for device in devices.get("openvino", ()):
        if device.kind in {"GPU", "NPU"}:
            found.append(
                Accelerator(
                    name=device.name or device.id,
                    kind=device.kind,
                    memory_bytes=device.memory_bytes,
                    driver=device.driver,
                )
            )
    return found


def _nvidia() -> list[Accelerator]:
    fields = "name,memory.total,driver_version"
    listed = _output("nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader,nounits")
    found = []
    for line in (listed or "").splitlines():
        name, _, rest = line.partition(", ")
        memory, _, driver = rest.partition(", ")
        if memory.strip().isdigit():
            found.append(
                Accelerator(
                    name=name.strip(),
                    kind="GPU",
                    memory_bytes=int(memory) * 2**20,
                    driver=driver.strip() or None,
                )
            )
    return found


def _output(program: str, *arguments: str) -> str | None:
    path = shutil.which(program)
    if path is None:
        return None
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(  # noqa: S603 - a fixed program
            [path, *arguments],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=10,
            check=True,
            env={**os.environ, "LC_ALL": "C"},
        )
        return done.stdout.strip()
    return None


def _cpu_limit_note() -> str | None:
    limit = cpu_limit()
    if limit is None or limit >= usable_threads():
        return None
    return f"a control group limits this to {limit:g} processors' worth of time"


def _label(processor: Processor) -> str | None:
    if processor.name is None:
        return None
    cores = f", {processor.cores} cores" if processor.cores else ""
    return f"{processor.name}{cores}"


def _text(path: str | Path) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _clean(text: str | None) -> str | None:
    return " ".join(text.split()) or None if text else None


def _remove(raw: dict[str, Any], field: str) -> None:
    *parents, last = field.split(".")
    node = raw
    for name in parents:
        node = node.get(name, {})
    node.pop(last, None)


def _no_id(id_: str) -> Problem:
    return Problem(
        where="--platform",
        what="not an id",
        expected="letters, digits and . _ + @ -, at most 128, as xeon-8480-2s",
        got=repr(id_)[:150],
        remedy="choose an id that stays the same when the machine's software is updated",
    )


def _not_withholdable(field: str) -> Problem:
    return Problem(
        where="--withhold",
        what="not a field that may be withheld",
        expected=f"one of {', '.join(WITHHOLDABLE)}",
        got=repr(field)[:150],
        remedy="see: benchfolio platform",
    )
