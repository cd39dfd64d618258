"""Sources of generated pages."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from pages import made

from benchfolio.generator.view import Page
from benchfolio.results import BadInput
from benchfolio.sphinxext.generate import GROUP_SIZE, page_sources, write_sources


def many(count: int) -> list[Page]:
    """Return many models."""
    return [msgspec.structs.replace(made.MODEL, id=f"m{number}") for number in range(count)]


def children(source: str) -> list[str]:
    """Return the entries of a source's table of contents."""
    lines = [line.strip() for line in source.partition("toctree::")[2].splitlines()]
    return [line for line in lines if line and not line.startswith(":")]


def test_no_text_of_a_page_reaches_its_source() -> None:
    """Sources hold kinds and ids only, so that no name can be read as markup."""
    sources = page_sources([made.MODEL, made.HOSTILE])
    text = "\n".join(sources.values())
    assert made.SCRIPT not in text
    assert "sub" not in text
    assert sources["models/hostile.rst"] == ".. benchfolio-page:: model hostile\n"


def test_no_table_of_contents_is_long() -> None:
    """A thousand models are nested: no list is longer than a group, and none is left out."""
    sources = page_sources(many(1000))
    lists = {name: children(text) for name, text in sources.items()}
    assert max(len(names) for names in lists.values()) <= GROUP_SIZE
    listed = {name for names in lists.values() for name in names}
    assert {f"models/m{number}" for number in range(1000)} <= listed


def test_sources_are_written_once(tmp_path: Path) -> None:
    """Writing the same sources again touches no file."""
    sources = page_sources([made.MODEL])
    assert write_sources(tmp_path, sources)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert not write_sources(tmp_path, sources)
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}


def test_stale_sources_are_removed(tmp_path: Path) -> None:
    """A page that is gone loses its source, and its folder when that is empty."""
    write_sources(tmp_path, page_sources([made.MODEL]))
    write_sources(tmp_path, page_sources([msgspec.structs.replace(made.MODEL, kind="platform")]))
    assert sorted(path.name for path in tmp_path.rglob("*.rst")) == [
        "digits-resnet.rst",
        "platforms.rst",
    ]
    assert not (tmp_path / "models").exists()


def test_folder_keeps_itself_out_of_version_control(tmp_path: Path) -> None:
    """The generated folder ignores everything in it, itself included."""
    write_sources(tmp_path, page_sources([made.MODEL]))
    assert "*" in (tmp_path / ".gitignore").read_text(encoding="utf-8").split()


def test_pages_of_somebody_else_are_left_alone(tmp_path: Path) -> None:
    """A folder with pages that were not generated is refused before anything is removed."""
    (tmp_path / "mine.rst").write_text("Mine\n====\n", encoding="utf-8")
    with pytest.raises(BadInput, match="did not write"):
        write_sources(tmp_path, page_sources([made.MODEL]))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.rst"]
