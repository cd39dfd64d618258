"""Full disks and folders that cannot be written to: a clear error, and nothing that was is lost.

Disks are made in a namespace of their own (``unshare``), where nobody needs to be root for it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from factory import result_file
from pages.building import make_project, small
from runner import suites
from safety.killing import tree

from benchfolio.results import MissingEnvironment, encode, read, write, write_bytes

COMMAND = f'"{sys.executable}" -c "from benchfolio.cli import main; main()"'
RUN = (
    f"{COMMAND} run suite/suite.yaml --release r1 --platform here --overwrite"
    " --only 'tiny/FP32/*/onnxruntime/*accuracy*'"
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder with a suite and a project, where disks can be made."""
    tried = shutil.which("unshare") and subprocess.run(
        ["unshare", "-Urm", "mount", "-t", "tmpfs", "tmpfs", str(tmp_path)],
        capture_output=True,
        check=False,
    )
    if not tried or tried.returncode:
        pytest.skip("no namespaces here: no small disk can be made")
    suites.write(tmp_path / "suite", runtimes="{onnxruntime: {devices: [CPU]}}")
    return tmp_path


def on_disk(place: Path, folder: str, size: str, script: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script while a folder is a small disk; what is there afterwards is copied back.

    Args:
        place: Where it runs.
        folder: The disk; what it held is on it.
        size: Of the disk, as ``1m``.
        script: Sets ``status`` to the exit status of what is looked at.
    """
    text = f"""
        cp -a {folder} before
        mount -t tmpfs -o size={size} tmpfs {folder}
        cp -a before/. {folder}
        status=0
        {script}
        cp -a {folder} after
        exit $status
    """
    (place / folder).mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        ["unshare", "-Urm", "sh", "-euc", text],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


FILL = "dd if=/dev/zero of={0}/fill bs=1k 2>/dev/null || true"


def is_clear(done: subprocess.CompletedProcess[str], *words: str) -> bool:
    """Tell whether a command ended as it should where there is no space: 4, and in few words."""
    assert done.returncode == 4, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "remedy:" in done.stderr
    return all(word in done.stderr for word in words)


def names(folder: Path) -> set[str]:
    """Return the names of all files below a folder, but that which fills the disk."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return set(found) - {"fill"}


def test_run_on_a_full_disk_keeps_the_old_file(place: Path) -> None:
    """Where there is no room for results, the file of the last run stays as it was."""
    target = place / "results" / "r1" / "here.json"
    write(small(result_file()), target)
    script = f"{FILL.format('results')}; {RUN} --cache cache || status=$?"
    assert is_clear(on_disk(place, "results", "512k", script), "No space left", "untouched")
    after = place / "after" / "r1" / "here.json"
    assert after.read_bytes() == target.read_bytes()
    assert encode(read(after)) == after.read_bytes()
    assert names(place / "after") == {"r1/here.json"}


def test_run_without_room_for_its_cache_measures_nothing(place: Path) -> None:
    """A full cache is said before anything is measured, and leaves no file of results."""
    script = f"{FILL.format('cache')}; {RUN} --cache cache || status=$?"
    (place / "cache").mkdir()
    done = on_disk(place, "cache", "64k", script)
    assert is_clear(done, "No space left")
    assert not list(place.rglob("here.json"))


@pytest.mark.parametrize("folder", ["results", "cache"])
def test_run_into_a_read_only_folder_measures_nothing(place: Path, folder: str) -> None:
    """A folder that cannot be written to is said at once, with what to do."""
    script = f"mount -o remount,ro {folder}; {RUN} --cache cache || status=$?"
    done = on_disk(place, folder, "1m", script)
    assert is_clear(done, "Read-only file system", folder)
    assert not list(place.rglob("here.json"))


def test_build_on_a_full_disk_keeps_the_old_site(place: Path) -> None:
    """Where there is no room for a new site, readers still have the old one, whole."""
    make_project(place / "project")
    build = f"{COMMAND} build project --out public/site"
    script = f"""
        {build}
        cp -a public/site old
        touch project/index.rst; echo more >> project/index.rst
        rm -rf public/.site.work
        {FILL.format("public")}
        {build} || status=$?
    """
    assert is_clear(on_disk(place, "public", "24m", script), "No space left", "untouched")
    assert tree(place / "after" / "site") == tree(place / "old")


def test_build_into_a_read_only_folder(place: Path) -> None:
    """A site that cannot be replaced stays, and the error says which folder and what to do."""
    make_project(place / "project")
    script = f"""
        {COMMAND} build project --out public/site
        cp -a public/site old
        echo more >> project/index.rst
        mount -o remount,ro public
        {COMMAND} build project --out public/site || status=$?
    """
    assert is_clear(on_disk(place, "public", "24m", script), "Read-only file system", "public")
    assert tree(place / "after" / "site") == tree(place / "old")


def test_import_into_a_read_only_folder(place: Path) -> None:
    """Importing says the same as measuring where it cannot write."""
    page = Path(__file__).resolve().parents[2] / "publications" / "validated-models"
    script = f"""
        mount -o remount,ro results
        {COMMAND} import {page}/page.md --mapping {page}/mapping.yaml --partial || status=$?
    """
    assert is_clear(on_disk(place, "results", "1m", script), "Read-only file system")


def test_file_that_cannot_be_written_whole_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the disk fails at any step of writing, the old bytes are there and nothing else is."""
    path = tmp_path / "a.json"
    write_bytes(b"old", path)
    for step in ("fdopen", "fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(f"os.{step}", _no_space)
            with pytest.raises(MissingEnvironment, match="No space left"):
                write_bytes(b"new", path)
        assert path.read_bytes() == b"old", step
        assert [each.name for each in tmp_path.iterdir()] == ["a.json"], step


def _no_space(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")
