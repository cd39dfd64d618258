"""What a release lacks, before anything is published: files, platforms, cells, equal versions.

Says nothing of how good the figures are: that is the judgement's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import PurePosixPath

import msgspec

from benchfolio.generator.collection import Collection, FileInfo
from benchfolio.generator.facets import MEASURED
from benchfolio.generator.formatting import clean, listing
from benchfolio.results import State, release_order

_OPEN = (State.PENDING.value, State.FAILED.value)
"""States in which a release is not finished; what is unsupported or withheld stays so."""
_OWN_VERSION = "benchfolio"
"""Versions of it that differ are no reason not to compare; of what is measured they are."""


class Severity(StrEnum):
    """Whether a release can be published with it."""

    ERROR = "error"
    WARNING = "warning"


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a release lacks, or mixes.

    Attributes:
        severity: ``error``: what would be published is not what its name says.
        kind: ``release``, ``platform``, ``cells`` or ``versions``.
        what: What is the matter.
        remedy: What to do about it.
    """

    severity: Severity
    kind: str
    what: str
    remedy: str


def gaps(collection: Collection, release: str, baseline: str) -> tuple[Gap, ...]:
    """Return what a release lacks, errors first.

    Args:
        collection: The results of all releases.
        release: The release to be published.
        baseline: The release that it is held against: its platforms are expected.
    """
    files = [info for info in collection.catalogue.files if info.origin.kind in MEASURED]
    ours = [info for info in files if info.release == release]
    if not ours:
        known = sorted({info.release for info in files}, key=release_order)
        return (
            Gap(
                severity=Severity.ERROR,
                kind="release",
                what=f"nothing is measured for release {clean(release)}"
                + (f"; there are results for {listing(known, most=8)}" if known else ""),
                remedy=f"measure: benchfolio run SUITE --release {clean(release)} --platform ID",
            ),
        )
    found = (
        *_misplaced(files),
        *_newer(files, release),
        *_stale(files, release, baseline),
        *_mixed_versions(ours),
        *_unfinished(collection, release),
    )
    return tuple(sorted(found, key=lambda gap: list(Severity).index(gap.severity)))


def _misplaced(files: Sequence[FileInfo]) -> Iterator[Gap]:
    """Find files that stand in the folder of another release than they say."""
    for info in files:
        folder = PurePosixPath(info.name).parent.name
        if folder and folder != info.release:
            yield Gap(
                severity=Severity.ERROR,
                kind="release",
                what=f"{clean(info.name)} says that it is of release {clean(info.release)}",
                remedy="move it to the folder of its release, or measure again with --release",
            )


def _newer(files: Sequence[FileInfo], release: str) -> Iterator[Gap]:
    """Find releases after the one to be published: pages show the newest of each platform."""
    order = release_order(release)
    newer = sorted({one.release for one in files if release_order(one.release) > order})
    if newer:
        yield Gap(
            severity=Severity.ERROR,
            kind="release",
            what=f"there are results of later releases, {listing(newer, most=5)}: pages would "
            f"show them in the place of those of {clean(release)}",
            remedy="take these files away, or set benchfolio_release",
        )


def _stale(files: Sequence[FileInfo], release: str, baseline: str) -> Iterator[Gap]:
    """Find platforms that were measured before, and not for this release."""
    newest = _newest(files)
    for id_, last in sorted(newest.items()):
        if release_order(last) >= release_order(release):
            continue
        was_in_baseline = any(
            info.platform.id == id_ and info.release == baseline for info in files
        )
        yield Gap(
            severity=Severity.ERROR if was_in_baseline else Severity.WARNING,
            kind="platform",
            what=f"platform {id_} was last measured for release {clean(last)}: its page is stale",
            remedy=f"measure it: benchfolio run SUITE --release {clean(release)} --platform {id_}",
        )


def _newest(files: Sequence[FileInfo]) -> Mapping[str, str]:
    newest: dict[str, str] = {}
    for info in sorted(files, key=lambda info: release_order(info.release)):
        newest[info.platform.id] = info.release
    return newest


def _mixed_versions(ours: Sequence[FileInfo]) -> Iterator[Gap]:
    """Find software that not all platforms of the release have in one version."""
    names = sorted({name for info in ours for name in info.software} - {_OWN_VERSION, "python"})
    for name in names:
        by_version: dict[str, list[str]] = {}
        for info in ours:
            if name in info.software:
                by_version.setdefault(info.software[name], []).append(info.platform.id)
        if len(by_version) > 1:
            told = [
                f"{clean(version)} on {listing(sorted(set(platforms)), most=3)}"
                for version, platforms in sorted(by_version.items(), key=_by_release)
            ]
            yield Gap(
                severity=Severity.WARNING,
                kind="versions",
                what=f"{clean(name)} is not the same everywhere: {listing(told, most=5)}",
                remedy="measure again where it is not the version of the release",
            )


def _by_release(entry: tuple[str, list[str]]) -> tuple[tuple[int, int, str], ...]:
    return release_order(entry[0])


def _unfinished(collection: Collection, release: str) -> Iterator[Gap]:
    """Count cells of the release that ended in failure, or have not begun."""
    cells = collection.select({"origin": MEASURED, "state": _OPEN}, releases=[release])
    columns = [collection.column(name, cells) for name in ("platform", "state")]
    for (platform, state), count in sorted(Counter(zip(*columns, strict=True)).items()):
        yield Gap(
            severity=Severity.WARNING,
            kind="cells",
            what=f"{count} {'cell' if count == 1 else 'cells'} of {platform} "
            f"{'is' if count == 1 else 'are'} {state}",
            remedy="run the suite again there with --resume, or see the table of states for why",
        )
