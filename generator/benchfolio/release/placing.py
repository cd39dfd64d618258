"""Place a built site as one version into a folder of versions, for GitHub Pages or any server.

The folder::

    .nojekyll  index.html  404.html  404.js     where readers arrive
    versions.js  versions.html  versions.json   what the switchers of all versions read
    2026.11/  2026.10/                          the versions, unchanged once they are placed
    latest/                                     the newest of them again, at an address that stays

``latest/`` is a copy and not a set of redirects: badges, JSON, ``objects.inv`` and anchors have to
be there too, and no page of redirection carries an anchor on without JavaScript. The copy costs no
space where the file system has hard links. A page that only earlier versions have leads to them.

The whole folder is made anew beside the old one, of links to what stays, and takes its place in one
step: whenever it is interrupted, there is the old folder or the new one.
"""

from __future__ import annotations

import filecmp
import json
import os
import re
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from benchfolio.generator.versionlist import (
    LATEST,
    LIST,
    OWN,
    PAGE,
    PAGES,
    STYLE,
    Tree,
    is_version_name,
    ordered,
    read_tree,
    tree_files,
    versions_beside,
)
from benchfolio.release.replacing import replacing
from benchfolio.release.signposts import gone, root_files
from benchfolio.results import MissingEnvironment, Problem, WrongUsage

BEFORE = frozenset(
    {".git", ".gitattributes", ".gitignore", ".nojekyll", "CNAME", "LICENSE", "README.md"}
)
"""Names that a folder may hold before anything is published into it."""
LISTED = frozenset({LIST, PAGE, STYLE})
"""Names that it may hold as well where ``benchfolio versions`` listed the versions in it."""

NAMED = re.compile(rb'benchfolio\.data\(("pages of (?:[^"\\]|\\.)*")')
BASE_PATH = re.compile(r"/(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*")


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """What publishing did.

    Attributes:
        folder: The folder of the version.
        versions: All versions that are there now, newest first.
        latest: The one that ``latest/`` shows.
        removed: Versions that ``keep`` took away.
        gone: Pages that ``latest/`` leads to earlier versions for.
        size: Bytes that a server gets, each file counted at every address it has.
        switcher: Whether the pages of the version offer the others.
    """

    folder: Path
    versions: tuple[str, ...]
    latest: str
    removed: tuple[str, ...]
    gone: tuple[str, ...]
    size: int
    switcher: bool


def place(
    site: Path,
    into: Path,
    version: str,
    *,
    latest: bool = False,
    base_path: str | None = None,
    keep: int | None = None,
) -> Placed:
    """Place a built site as one version beside others; the same version is replaced as a whole.

    Args:
        site: What ``benchfolio build`` made. Names at its top that begin with a dot stay behind.
        into: The folder of all versions; made where there is none.
        version: Name of the version, and of its folder.
        latest: Make it the newest; the first version is that anyhow.
        base_path: Where the server will have the folder, ``/repository/``: for the page that is
            shown where there is nothing. Kept from the last time, or else ``/``.
        keep: Keep this many versions; the newest and this one are always kept.

    Raises:
        WrongUsage: ``site`` is no built site or has links, ``into`` holds something else, or a
            name is not possible. Nothing was changed.
        BadInput: The list of versions in ``into`` cannot be read. Nothing was changed.
        MissingEnvironment: ``into`` cannot be written to. Nothing was changed.
    """
    into, site = into.resolve(), site.resolve()
    _refuse_name(version)
    base = None if base_path is None else normal_base_path(base_path)
    _refuse_site(site, into, version)
    try:
        with replacing(into) as new:
            return _fill(new, site, into, version, latest=latest, base_path=base, keep=keep)
    except OSError as error:
        raise _cannot_write(into, error) from error


def _fill(
    new: Path,
    site: Path,
    old: Path,
    version: str,
    *,
    latest: bool,
    base_path: str | None,
    keep: int | None,
) -> Placed:
    """Make the whole folder anew: what stays, the version, ``latest/``, what lists them."""
    before = _known(old, version)
    tree, removed = _after(before, version, latest=latest, base_path=base_path, keep=keep)
    fresh = {version, LATEST, *removed, *OWN}
    new.chmod(0o755)
    if old.is_dir():
        _carry(old, new, leave=fresh)
    copy_site(site, new / version, old / version)
    _link_all(new / tree.latest, new / LATEST)
    signs = _signs(new, tree)
    for name, data in {**root_files(tree), **tree_files(tree), **signs}.items():
        _write(new / name, data, old / name)
    return Placed(
        folder=old / version,
        versions=tree.names,
        latest=tree.latest,
        removed=removed,
        gone=tuple(sorted(name.removeprefix(f"{LATEST}/") for name in signs)),
        size=sum(entry.stat(follow_symlinks=False).st_size for _, entry in _walk(str(new))),
        switcher=_has_switcher(new / version),
    )


def _after(
    before: Tree, version: str, *, latest: bool, base_path: str | None, keep: int | None
) -> tuple[Tree, tuple[str, ...]]:
    """Return the list as it will be, and the versions that leave."""
    newest = version if latest or not before.latest else before.latest
    versions = ordered({*before.names, version}, newest)
    staying = [
        one for number, one in enumerate(versions)
        if keep is None or number < keep or one.name in (newest, version)
    ]  # fmt: skip
    removed = tuple(one.name for one in versions if one not in staying)
    base = before.base_path if base_path is None else base_path
    return Tree(base_path=base, versions=tuple(staying)), removed


# What is refused --------------------------------------------------------------------------


def _refuse_name(version: str) -> None:
    if not is_version_name(version):
        raise WrongUsage(
            Problem(
                where="--version",
                what="cannot be the name of a version: it becomes a folder and an address",
                expected=f"letters, digits and . _ + @ -, as 2026.11; none of {', '.join(_OWN)}",
                got=repr(version),
                remedy="name the version otherwise",
            )
        )


_OWN = sorted(OWN)


def normal_base_path(text: str) -> str:
    """Return the path of a server's folder with a slash at both ends; empty is the root.

    Raises:
        WrongUsage: It is something else than a plain path.
    """
    path = f"/{text.strip('/')}/" if text.strip("/") else "/"
    if not BASE_PATH.fullmatch(path):
        raise WrongUsage(
            Problem(
                where="--base-path",
                what="is not the path of a folder on a server",
                expected="a path as /repository/, without a host",
                got=repr(text),
                remedy="give what stands between the host and index.html in the site's address",
            )
        )
    return path


def _refuse_site(site: Path, into: Path, version: str) -> None:
    wrong = _wrong_site(site, into)
    name = site_version(site) if not wrong else None
    if wrong:
        remedy = "name what benchfolio build --out wrote"
    elif name is not None and name != version:
        wrong = f"it says that it is version {name!r}"
        remedy = f"build it with BENCHFOLIO_VERSION={version}, or set benchfolio_version in conf.py"
    else:
        return
    raise WrongUsage(
        Problem(
            where=str(site),
            what=f"cannot be published as version {version}; nothing was changed",
            expected="the folder of a built site: plain files and folders, with an index.html",
            got=wrong,
            remedy=remedy,
        )
    )


def _wrong_site(site: Path, into: Path) -> str:
    if not (site / "index.html").is_file():
        return "no index.html"
    if site == into or site in into.parents or into in site.parents:
        return f"one of it and {into} is inside the other"
    for path in _entries(site):
        mode = path.lstat().st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            kind = "a symbolic link" if stat.S_ISLNK(mode) else "no plain file"
            return f"{path.relative_to(site)} is {kind}"
    return ""


def site_version(site: Path) -> str | None:
    """Return the version that a built site says it is; ``None`` of one without a switcher."""
    path = site / PAGES
    match = NAMED.match(path.read_bytes()) if path.is_file() else None
    return None if match is None else str(json.loads(match[1])).removeprefix("pages of ")


def _has_switcher(folder: Path) -> bool:
    """Tell whether a version offers the others: knows of them, and the theme shows it."""
    shown = b"bf-versions" in (folder / "index.html").read_bytes()
    return shown and (folder / PAGES).is_file()


def _known(into: Path, version: str) -> Tree:
    """Return the versions that are there, if the folder is one of versions or may become one."""
    if into.exists() and not into.is_dir():
        raise WrongUsage(_foreign(into, "a file"))
    known = read_tree(into)
    found = [one.name for one in versions_beside(into) if is_version_name(one.name)]
    there = {path.name for path in into.iterdir()} if into.is_dir() else set()
    other = sorted(there - BEFORE - set(found) - (LISTED if found else frozenset()))
    if known is None and other:
        raise WrongUsage(_foreign(into, ", ".join(other[:5])))
    same = next((name for name in there if name.casefold() == version.casefold()), version)
    if same != version:
        raise WrongUsage(_foreign(into / same, f"a name that differs from {version} only by case"))
    if same in there and same not in found:
        raise WrongUsage(_foreign(into / same, "something that is no version of a site"))
    tree = known or Tree()
    return msgspec.structs.replace(tree, versions=ordered(found, tree.latest))


def _foreign(folder: Path, got: str) -> Problem:
    return Problem(
        where=str(folder),
        what="holds something that benchfolio publish did not put there; nothing was changed",
        expected="a folder that is new, empty, or has versions of a site",
        got=got,
        remedy="name another folder after --into",
    )


def _cannot_write(folder: Path, error: OSError) -> MissingEnvironment:
    return MissingEnvironment(
        Problem(
            where=str(folder),
            what="cannot be written to; what was there is untouched",
            expected="a folder, in a folder that can be written to, with space left",
            got=error.strerror or str(error) or type(error).__name__,
            remedy="make room or change the permissions, or name another folder after --into",
        )
    )


# Files ------------------------------------------------------------------------------------


def _entries(folder: Path) -> Iterator[Path]:
    """Yield what is in a built site, sorted, without following links."""
    for path in sorted(folder.iterdir()):
        if not path.name.startswith("."):
            yield from _below(path)


def _below(path: Path) -> Iterator[Path]:
    yield path
    if path.is_dir() and not path.is_symlink():
        for inner in sorted(path.iterdir()):
            yield from _below(inner)


def _walk(folder: str, prefix: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield the files below a folder by relative path, not following links; no repository."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                yield prefix + entry.name, entry
            elif entry.name != ".git":
                yield from _walk(entry.path, f"{prefix}{entry.name}/")


def copy_site(site: Path, target: Path, before: Path) -> None:
    """Copy the files of a site; those that are the same as before are linked and keep their time.

    Args:
        site: A built site, with nothing but files and folders.
        target: Where it goes; not there yet.
        before: The version as it was placed last; need not be there.
    """
    _folder(target)
    for path in _entries(site):
        name = path.relative_to(site)
        if path.is_dir():
            _folder(target / name)
        elif _same(path, before / name):
            _link(before / name, target / name)
        else:
            shutil.copyfile(path, target / name, follow_symlinks=False)
            (target / name).chmod(0o644)


def _same(path: Path, other: Path) -> bool:
    return other.is_file() and not other.is_symlink() and filecmp.cmp(path, other, shallow=False)


def _folder(path: Path) -> None:
    """Make a folder that a server may read, whatever the umask."""
    path.mkdir()
    path.chmod(0o755)


def _write(path: Path, data: bytes, before: Path) -> None:
    for folder in reversed(path.parents):
        if not folder.exists():
            _folder(folder)
    if before.is_file() and not before.is_symlink() and before.read_bytes() == data:
        _link(before, path)
    else:
        path.write_bytes(data)
        path.chmod(0o644)


def _link(path: Path | str, target: Path | str) -> None:
    """Give a file a second name; copy it where the file system or the owner does not allow that."""
    try:
        os.link(path, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(path, target, follow_symlinks=False)


def _carry(old: Path, new: Path, leave: Iterable[str]) -> None:
    """Take over everything of a folder but some names at its top."""
    left = frozenset(leave)
    shutil.copymode(old, new)
    for path in sorted(old.iterdir()):
        if path.name not in left:
            _link_all(path, new / path.name)


def _link_all(path: Path, target: Path) -> None:
    """Take over a file, or a folder with all that is in it."""
    if path.is_symlink() or not path.is_dir():
        _link(path, target)
    else:
        _link_folder(str(path), str(target))


def _link_folder(path: str, target: str) -> None:
    """Take over a folder; this is done for every file of every version, so by plain names."""
    Path(target).mkdir()
    shutil.copymode(path, target)
    with os.scandir(path) as entries:
        for entry in entries:
            there = f"{target}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                _link_folder(entry.path, there)
            else:
                _link(entry.path, there)


# Pages that are gone ------------------------------------------------------------------------


def _signs(new: Path, tree: Tree) -> Mapping[str, bytes]:
    """Return pages for ``latest/`` in the place of those that only other versions have."""
    pages = {name: _pages(new / name) for name in tree.names}
    others = set().union(*pages.values()) - pages[tree.latest]
    return {
        f"{LATEST}/{page}": gone(page, tree.latest, _having(page, pages)).encode()
        for page in others
        if _free(new / LATEST, page)
    }


def _having(page: str, pages: Mapping[str, frozenset[str]]) -> Sequence[str]:
    return [name for name, known in pages.items() if page in known]


def _pages(folder: Path) -> frozenset[str]:
    """Return the pages of a version that readers may have kept the address of."""
    names = (name for name, _ in _walk(str(folder)))
    return frozenset(
        name for name in names
        if name.endswith(".html") and not name.startswith("_") and "/_" not in name
    )  # fmt: skip


def _free(folder: Path, page: str) -> bool:
    """Tell whether a page can be there: none of the folders on its way is a file."""
    path = folder / page
    ways = [one for one in path.parents if folder in one.parents]
    return not path.exists() and not any(way.exists() and not way.is_dir() for way in ways)
