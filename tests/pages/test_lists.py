"""Lists of pages: grouped, and short."""

from __future__ import annotations

import msgspec
from pages import made

from benchfolio.sphinxext.views import list_page


def test_a_list_has_a_heading_for_each_group() -> None:
    """Pages stand under the heading of their group, groups in the order of their first pages."""
    pages = [
        msgspec.structs.replace(made.MODEL, id=f"m{number}", group=group)
        for number, group in enumerate(("Measured", "Measured", "Transcribed"))
    ]
    found = list_page("model", pages)
    assert [section.title for section in found.sections] == ["Measured", "Transcribed"]
    counts = [len(section.table.rows) for section in found.sections if section.table]
    assert counts == [2, 1]


def test_a_list_without_groups_has_no_headings() -> None:
    """One table without a heading of its own, as before there were groups."""
    (section,) = list_page("model", [made.MODEL]).sections
    assert section.title == ""


def test_a_list_shows_the_summary_where_there_is_one() -> None:
    """What the heading of a group says already is not repeated in each row."""
    page = msgspec.structs.replace(made.MODEL, summary="loses 0.3 points")
    (section,) = list_page("model", [page]).sections
    assert section.table is not None
    assert section.table.rows[0].entries[1].text == "loses 0.3 points"
