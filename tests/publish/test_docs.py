"""The page on data for programs: its paths exist and its examples run."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import msgspec
import pytest
from publish.made import SITE, files, published

from benchfolio.generator.publish import Site

PAGE = (Path(__file__).parents[2] / "site" / "docs" / "data.rst").read_text(encoding="utf-8")
EXAMPLES = [
    textwrap.dedent(found)
    for found in re.findall(r"code-block:: python\n\n((?:   .*\n|\n)+)", PAGE)
    if "import" in found
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with published files in ``build/site``."""
    pytest.importorskip("pyarrow")
    folder = tmp_path_factory.mktemp("project")
    site: Site = msgspec.structs.replace(SITE, parquet=True)
    for name, data in published(files(), site).items():
        path = folder / "build" / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def test_every_path_is_documented_and_every_documented_path_exists(project: Path) -> None:
    """The table of paths is complete and has nothing that is not published."""
    patterns = {
        re.compile(
            re.sub(r"<\w+>", "[^/]+", re.escape(path).replace(r"\<", "<").replace(r"\>", ">"))
        )
        for path in re.findall(r"``((?:api/v1|badges)/[^`]+|feed\.xml)``", PAGE)
    }
    site = project / "build" / "site"
    there = [path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()]
    assert [path for path in there if not any(each.fullmatch(path) for each in patterns)] == []
    assert [each.pattern for each in patterns if not any(map(each.fullmatch, there))] == []


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_runs_and_prints_results(
    example: str, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every Python example on the page runs as it stands and finds results."""
    monkeypatch.chdir(project)
    exec(compile(example, "data.rst", "exec"), {})
    assert re.search("INT8", capsys.readouterr().out)


def test_there_are_two_examples() -> None:
    """No example is skipped because it could not be found."""
    assert len(EXAMPLES) == 2
