"""Building a site against Sphinx building an empty project with the same theme."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from bench.sides import Outcome, python, ratio

ROOT = Path(__file__).resolve().parent.parent.parent
ROUNDS = 5
EMPTY_CONF = 'project = "empty"\nhtml_theme = "pydata_sphinx_theme"\n'
BUILD = "from benchfolio.cli import main; main()"


def empty_project(folder: Path) -> None:
    """Write a Sphinx project of one page."""
    folder.mkdir()
    (folder / "conf.py").write_text(EMPTY_CONF)
    (folder / "index.rst").write_text("Empty\n=====\n")


def bench() -> list[Outcome]:
    """Compare cold builds of the starter project with the committed results, and of nothing."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        empty_project(work / "empty")
        project = work / "project"
        shutil.copytree(ROOT / "templates" / "starter", project)
        build = python("-c", BUILD, "build", str(project), "--results", str(ROOT / "results"),
                       "--out", str(work / "site"))  # fmt: skip
        nothing = python("-m", "sphinx", "-qE", str(work / "empty"), str(work / "out"))

        def ours() -> None:
            shutil.rmtree(work / "site", ignore_errors=True)
            build()

        def peer() -> None:
            shutil.rmtree(work / "out", ignore_errors=True)
            nothing()

        value = ratio(ours, peer, ROUNDS)
    files = len(list((ROOT / "results").rglob("*.json")))
    peer_name = f"an empty Sphinx project; {files} result files"
    return [Outcome("cold build of a site", value, "×", 10.0, peer_name)]
