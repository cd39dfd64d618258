"""From what Sphinx left to what readers see: nothing is touched that is the same, and the rest
takes its place at once.

Sphinx writes in place and writes some files in every build, whether they differ or not. So it works
in a folder of its own. The published folder is put together anew beside the old one, of hard links
to published files that stay as they are and copies of those that changed, and swapped in whole.
What we write ourselves is never written into, but replaced: of that, there are links only.
"""

from __future__ import annotations

import filecmp
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from benchfolio.generator.build_state import Stamp, walk
from benchfolio.generator.exchanging import bring_back, take_place

POLICY = "_static/benchfolio-policy/"
"""Files that pages share, named by a hash of their content; see ``sphinxext.policy``."""

REPLACED = (POLICY, "_static/benchfolio-explore/", "_downloads/benchfolio/")
"""Folders in which only we write, by ``sphinxext.files``: what is there may have two names."""

_POLICY_NAME = re.compile(rb"benchfolio-policy/([0-9a-f]{16}\.(?:js|css))")

LEFT_OUT = frozenset({".buildinfo.bak"})
"""What Sphinx leaves for itself."""


class Laid(msgspec.Struct, frozen=True, kw_only=True):
    """What was found when output was compared with what is published.

    Attributes:
        staged: Size and time of each file as Sphinx left it.
        published: The same where readers have it.
        policy: Which shared files a page needs, by page.
        written: How many files were written; the others are those that were there.
    """

    staged: Mapping[str, Stamp]
    published: Mapping[str, Stamp]
    policy: Mapping[str, tuple[str, ...]]
    written: int


NOTHING = Laid(staged={}, published={}, policy={}, written=0)


def lay_out(staging: Path, out: Path, before: Laid = NOTHING) -> Laid:
    """Make the published folder hold exactly what Sphinx made; it is not touched if it does.

    Args:
        staging: Where Sphinx wrote.
        out: Where readers look.
        before: What the last build found; files of the same size and time are not read again.
    """
    staged = {name: one for name, one in walk(staging).items() if name not in LEFT_OUT}
    policy = _policy(staging, staged, before)
    staged = _without_stale(staging, staged, policy)
    there = walk(out)
    known = _known(before, staged, there)
    same = {name for name in staged if name in known or _equal(staging, out, name, staged, there)}
    changed = staged.keys() - same
    if changed or there.keys() != staged.keys() or not out.is_dir():
        _assemble(staging, out, same, changed)
        there = walk(out)
    return Laid(staged=staged, published=there, policy=policy, written=len(changed))


def _known(before: Laid, staged: Mapping[str, Stamp], there: Mapping[str, Stamp]) -> frozenset[str]:
    """Return the files that nobody touched since they were found to be equal."""
    return frozenset(
        name
        for name, one in staged.items()
        if name in there
        and before.staged.get(name) == one
        and before.published.get(name) == there[name]
    )


def _equal(
    staging: Path, out: Path, name: str, staged: Mapping[str, Stamp], there: Mapping[str, Stamp]
) -> bool:
    if name not in there or there[name][0] != staged[name][0]:
        return False
    return filecmp.cmp(staging / name, out / name, shallow=False)


def _policy(staging: Path, staged: Mapping[str, Stamp], before: Laid) -> dict[str, tuple[str, ...]]:
    """Return which shared files each page needs; pages that did not change are not read."""
    if not any(name.startswith(POLICY) for name in staged):
        return {}
    return {
        name: before.policy[name]
        if name in before.policy and before.staged.get(name) == one
        else _needed((staging / name).read_bytes())
        for name, one in staged.items()
        if name.endswith(".html")
    }


def _needed(page: bytes) -> tuple[str, ...]:
    return tuple(sorted({f"{POLICY}{name.decode()}" for name in _POLICY_NAME.findall(page)}))


def _without_stale(
    staging: Path, staged: Mapping[str, Stamp], policy: Mapping[str, Iterable[str]]
) -> dict[str, Stamp]:
    """Leave out shared files that no page needs any more; a cold build would not write them."""
    needed = {name for names in policy.values() for name in names}
    stale = {name for name in staged if name.startswith(POLICY) and name not in needed}
    for name in stale:
        (staging / name).unlink()
    return {name: one for name, one in staged.items() if name not in stale}


def _assemble(staging: Path, out: Path, same: Iterable[str], changed: Iterable[str]) -> None:
    new = beside(out, "next")
    if new.exists():
        shutil.rmtree(new)
    new.mkdir(parents=True)
    made: set[str] = set()
    for names, source, take in ((same, out, _link), (changed, staging, _publish)):
        for name in sorted(names):
            folder = name.rpartition("/")[0]
            if folder not in made:
                (new / folder).mkdir(parents=True, exist_ok=True)
                made.add(folder)
            take(source, new, name)
    swap(new, out)


def _publish(staging: Path, new: Path, name: str) -> None:
    """Put a file in which Sphinx may write again into the new folder; of others, a link."""
    if name.startswith(REPLACED):
        _link(staging, new, name)
    else:
        shutil.copyfile(staging / name, new / name)


def _link(source: Path, new: Path, name: str) -> None:
    """Let a file stand in the new folder too; a copy where a disk has no links."""
    try:
        os.link(source / name, new / name, follow_symlinks=False)
    except OSError:
        shutil.copy2(source / name, new / name)


def is_touched(staging: Path, before: Laid) -> bool:
    """Tell whether somebody wrote into a file since a build: that has changed both its names."""
    known = {name: one for name, one in before.staged.items() if name.startswith(REPLACED)}
    found = {
        f"{folder}{name}": one
        for folder in REPLACED
        for name, one in walk(staging / folder).items()
    }
    return found != known


# Taking the place --------------------------------------------------------------------------


def beside(out: Path, what: str) -> Path:
    """Return a place beside the output, so that a rename is enough."""
    return out.with_name(f".{out.name}.{what}")


def recover(out: Path) -> None:
    """Bring back the old site where a build was killed in the instant between two renames."""
    previous = beside(out, "previous")
    bring_back(out, previous)
    for left in (previous, beside(out, "next")):
        if left.is_dir():
            shutil.rmtree(left)


def swap(new: Path, out: Path) -> None:
    """Put a complete site in the place of another: who looks meanwhile finds one or the other."""
    take_place(new, out, beside(out, "previous"))
