"""Readers by name, by content, and from other people's packages."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent, fill, indent

import pytest
from click.testing import CliRunner

from benchfolio.cli.main import cli
from benchfolio.importers.reports.registry import READERS, formats, names, reader, recognised
from benchfolio.importers.reports.stating import NEEDED, option
from benchfolio.importers.reports.types import Stated
from benchfolio.results import BadInput, MissingEnvironment, WrongUsage, read

READER = """
    from benchfolio.importers.reports.types import Report, Row
    from benchfolio.results import Scenario, Value

    class Stopwatch:
        name = "stopwatch"
        title = "A stopwatch"
        asks = ("release", "platform", "precision", "recipe", "runtime", "device", "batch")

        def recognises(self, name, head):
            return head.startswith("stopwatch ")

        def read(self, text, where, stated):
            model, figure = text.split()[1:]
            values = {"latency@median": Value(value=float(figure), unit="ms")}
            row = Row(where=where, model=model, scenario=Scenario.LATENCY, values=values)
            return Report(tool="stopwatch 1.0", rows=(row,))
"""


def install(folder: Path, body: str, target: str = "stopwatch_reader:Stopwatch") -> None:
    """Install a distribution with one entry point into a folder, as pip leaves it there."""
    (folder / "stopwatch_reader.py").write_text(dedent(body))
    info = folder / "stopwatch_reader-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stopwatch-reader\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[benchfolio.readers]\nstopwatch = {target}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path that packages are imported from."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(__import__("sys").modules, "stopwatch_reader", raising=False)
    return folder


def test_every_reader_of_the_list_follows_the_protocol() -> None:
    """Each is imported by its line, knows its own name, and says what it reads and asks for."""
    for name in READERS:
        found = reader(name)
        assert found.name == name
        assert found.title
        assert isinstance(found.asks, tuple)
    assert {name for name, _, _ in formats()} >= set(READERS)


GUIDE = Path(__file__).parents[3] / "site" / "docs" / "import.rst"


def documented() -> str:
    """Return what the guide says of each reader; paste it there when the test below fails."""
    entries = []
    for name, title, asks in formats():
        if name not in READERS:  # a plug-in of whoever runs the tests
            continue
        needed = ", ".join(f"``{option(field)}``" for field in asks if field in NEEDED)
        text = f"{title}. To be stated: {needed or 'nothing'}."
        body = indent(fill(text, 97, break_on_hyphens=False), "   ")
        entries.append(f"``{name}``\n{body}\n")
    return "\n".join(entries)


def test_the_guide_lists_the_readers_as_they_are() -> None:
    """Name, title and what must be stated, of every reader."""
    assert documented() in GUIDE.read_text("utf-8"), documented()


def test_the_plug_in_of_the_guide_works(site: Path) -> None:
    """The example reads a report, once it is installed."""
    blocks = re.findall(r"code-block:: python\n\n((?:(?:   .*)?\n)+)", GUIDE.read_text("utf-8"))
    install(site, dedent(blocks[0]))
    (row,) = reader("stopwatch").read("stopwatch net 2.5", "x", Stated()).rows
    assert row.values["latency@median"].value == 2.5


def test_a_report_of_nobody_names_the_readers() -> None:
    """What no reader knows is refused with the list of them."""
    with pytest.raises(BadInput, match="accuracy-checker, ai-hub, benchmark-app"):
        recognised("x.json", "{}", "x.json")
    with pytest.raises(WrongUsage, match="there is no such reader"):
        reader("stopwatch")


def test_a_plug_in_reads_its_reports(site: Path) -> None:
    """A package with an entry point is listed, recognises its report, and its cells are written."""
    install(site, READER)
    assert "stopwatch" in names()
    (site / "run.txt").write_text("stopwatch digits 4.5")
    stated = "--release r --platform p --precision FP32 --recipe original --runtime own --batch 1"
    arguments = ["import", str(site / "run.txt"), *stated.split(), "--device", "CPU"]
    result = CliRunner().invoke(cli, [*arguments, "--out", str(site / "out")])
    assert result.exit_code == 0, result.exception
    file = read(site / "out/r/p.json")
    assert file.origin.tool == "stopwatch 1.0"
    assert file.cells[0].values["latency@median"].value == 4.5


@pytest.mark.parametrize(
    ("body", "target", "why"),
    [
        ("raise RuntimeError('no licence')", "stopwatch_reader:Stopwatch", "no licence"),
        (READER, "stopwatch_reader:Watch", "Watch"),
        ("class Stopwatch:\n    name = 'stopwatch'\n", "stopwatch_reader:Stopwatch", "title"),
        (READER.replace("asks = (", "asked = ("), "stopwatch_reader:Stopwatch", "asks"),
        (READER.replace("def read(", "def reads("), "stopwatch_reader:Stopwatch", "read"),
    ],
)
def test_a_plug_in_that_is_broken_names_its_package(
    site: Path, body: str, target: str, why: str
) -> None:
    """Who fails to import, or is no reader, is named with its distribution and the reason."""
    install(site, body, target)
    with pytest.raises(MissingEnvironment, match="stopwatch-reader") as caught:
        reader("stopwatch")
    assert why in str(caught.value)
    with pytest.raises(MissingEnvironment, match="stopwatch-reader"):
        recognised("x", "stopwatch a 1", "x")


def test_two_readers_that_take_a_report_are_named(site: Path) -> None:
    """Ambiguity is an error, not a choice."""
    install(site, READER.replace('head.startswith("stopwatch ")', "True"))
    head = "Network model,Release,IE-Type,Platform name,"
    with pytest.raises(BadInput, match="openvino-csv, stopwatch"):
        recognised("x.csv", head, "x.csv")


def test_a_plug_in_cannot_take_the_name_of_a_reader_of_ours(site: Path) -> None:
    """A name means the same on every machine."""
    install(site, READER)
    points = site / "stopwatch_reader-1.0.dist-info" / "entry_points.txt"
    points.write_text("[benchfolio.readers]\nbenchmark-app = stopwatch_reader:Stopwatch\n")
    assert reader("benchmark-app").title.startswith("OpenVINO")
