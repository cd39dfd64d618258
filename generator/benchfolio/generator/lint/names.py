"""Rules about names as printed: blanks, spellings, brackets, one name for several things."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from benchfolio.generator.formatting import listing
from benchfolio.generator.lint.model import Hit, Subject, at_row
from benchfolio.generator.lint.printed import PrintedTable, Row, collapsed, shown, spans

_BRACKETS = {"]": "[", ")": "(", "}": "{"}


Spellings = dict[str, list[tuple[PrintedTable, Row]]]
"""Spelling → the rows it stands in."""


def blanks(subject: Subject) -> Iterator[Hit]:
    """A name has blanks that cannot be seen, or differs from another in nothing else.

    Why: two rows look like one model twice; a search, a sort or a join by name takes them apart
    or drops one. (␣ stands for a blank, ⍽ for a no-break space, ↵ for a line break.)

    Do: take the blanks out, and put what distinguishes the rows into a column or into the name.
    """
    for table in subject.tables:
        first: dict[str, Row] = {}
        for row in table.rows:
            clean = collapsed(row.name)
            twin = first.setdefault(clean, row)
            differs = twin.name != row.name
            if not differs and clean == row.name:
                continue
            yield at_row(
                table,
                row,
                f"differs from row {twin.number} only in blanks"
                if differs
                else "a name with blanks that cannot be seen",
                expected=f"{clean!r}, and a column for what distinguishes the rows"
                if differs
                else "a name without a line break"
                if "\n" in row.name
                else repr(clean),
                got=f"'{shown(row.name)}'"
                + (f" beside '{shown(twin.name)}' in row {twin.number}" if differs else ""),
                remedy="take out the blanks; say in words what distinguishes the rows",
            )


def same_name(subject: Subject) -> Iterator[Hit]:
    """One name stands for several source forms of a model.

    Why: whoever quotes "resnet18: 812 samples/s" may have the other row. The form belongs to the
    name wherever the column beside it is not shown.

    Do: add the form to the name, as "resnet18 (fx)". benchfolio keeps it in the key of every cell.
    """
    for table in subject.tables:
        groups: dict[str, list[Row]] = {}
        for row in table.rows:
            groups.setdefault(row.name, []).append(row)
        for rows in groups.values():
            forms = sorted({row.form for row in rows if row.form and not _is_made(row)})
            if len(forms) > 1:
                yield at_row(
                    table,
                    rows[0],
                    "the same name is used for several source forms",
                    expected="one name per form",
                    got=f"{listing(forms)} in rows {spans(row.number for row in rows)}",
                    remedy="add the form to the name",
                )


def _is_made(row: Row) -> bool:
    """Whether the row is about a way of making a model: then that is what distinguishes it."""
    return any(cell.recipe.startswith(("pruned", "distilled")) for cell in row.cells)


def name_spelling(subject: Subject) -> Iterator[Hit]:
    """One model is printed under several names in one publication.

    Why: readers search for one of them and miss the other rows.

    Do: choose one spelling. In the site all of them lead to the same model.
    """
    for tables in _publications(subject.tables):
        names: dict[str, Spellings] = {}
        for table in tables:
            for row in table.rows:
                for model, name in sorted(_named(row)):
                    names.setdefault(model, {}).setdefault(name, []).append((table, row))
        for model, spellings in sorted(names.items()):
            yield from _spelled(f"model {model}", _without_title_case(spellings))


def _named(row: Row) -> set[tuple[str, str]]:
    return {(cell.model, collapsed(cell.published.name)) for cell in row.cells if cell.published}


def _without_title_case(spellings: Spellings) -> Spellings:
    """Merge spellings that differ in case only, unless they stand in the same table."""
    merged: Spellings = {}
    for name, places in sorted(spellings.items()):
        here = {table.heading for table, _ in places}
        same = [
            known
            for known, others in merged.items()
            if known.casefold() == name.casefold()
            and not here & {table.heading for table, _ in others}
        ]
        merged.setdefault(same[0] if same else name, []).extend(places)
    return merged


def metric_spelling(subject: Subject) -> Iterator[Hit]:
    """One metric is printed under several names in one publication.

    Why: "coco_precision" and "COCO mAP" in one column make readers look for a difference that is
    not there.

    Do: choose one name, and define it once.
    """
    for tables in _publications(subject.tables):
        names: dict[str, Spellings] = {}
        for table in tables:
            for row in table.rows:
                for cell in row.cells:
                    metrics = {*cell.values, *(claim.metric for claim in cell.claims)}
                    printed = cell.published.metric if cell.published else None
                    if len(metrics) == 1 and printed:
                        spelled = names.setdefault(metrics.pop(), {})
                        places = spelled.setdefault(printed.strip("[](){} "), [])
                        if not places or places[-1][1] is not row:
                            places.append((table, row))
        for metric, spellings in sorted(names.items()):
            yield from _spelled(f"metric {metric}", spellings)


def _publications(tables: Iterable[PrintedTable]) -> Iterator[list[PrintedTable]]:
    for _, group in groupby(tables, key=lambda table: (table.publication, table.release)):
        yield list(group)


def _spelled(what: str, spellings: Spellings) -> Iterator[Hit]:
    """Report the rarer spellings once each, at their first row."""
    ranked = sorted(spellings, key=lambda name: (-len(spellings[name]), name))
    for name in ranked[1:]:
        table, row = spellings[name][0]
        yield at_row(
            table,
            row,
            f"another name for the {what}",
            expected=f"{ranked[0]!r}, as in {_rows(spellings[ranked[0]])}",
            got=f"{name!r} in {_rows(spellings[name])}",
            remedy="use one spelling in the whole publication",
        )


def _rows(places: list[tuple[PrintedTable, Row]]) -> str:
    return "1 row" if len(places) == 1 else f"{len(places)} rows"


def bracket(subject: Subject) -> Iterator[Hit]:
    """The name of a metric or model has a bracket without its partner.

    Why: something was cut off, or an edit was left half done; the figure beside it may have been,
    too.

    Do: compare with the rows around it and complete the name.
    """
    for table in subject.tables:
        for row in table.rows:
            for cell in row.cells:
                place = cell.published
                texts = [] if place is None else [place.metric or "", place.name]
                for text in texts:
                    if not _is_balanced(text):
                        yield at_row(
                            table,
                            row,
                            "a stray bracket",
                            expected=repr(re.sub(r"[][(){}]", "", text)),
                            got=repr(text),
                            remedy="complete or remove the bracket, and check the figure beside it",
                        )


def _is_balanced(text: str) -> bool:
    if not any(character in text for character in "[](){}"):
        return True
    opened: list[str] = []
    for character in text:
        if character in "[({":
            opened.append(character)
        elif character in "])}" and (not opened or opened.pop() != _BRACKETS[character]):
            return False
    return not opened
