"""Rules about a publication's own references: its table of contents and its headings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from benchfolio.generator.lint.model import Hit, Place, Subject
from benchfolio.results import Document, Entry, Problem


def anchor(subject: Subject) -> Iterator[Hit]:
    """An entry of the table of contents leads nowhere.

    Why: the reader stays at the top of the page; usually the heading was changed for a new version
    and the entry was not, so one of the two is out of date.

    Do: correct the entry, or have the table of contents generated.
    """
    for file, document, slugs in _documents(subject):
        for number, entry in enumerate(document.contents, 1):
            if entry.target.casefold() not in slugs:
                yield _entry(
                    file,
                    number,
                    entry,
                    "leads to an anchor that does not exist",
                    expected=f"#{_likely(entry, slugs)}",
                )


def anchor_case(subject: Subject) -> Iterator[Hit]:
    """An entry of the table of contents has another case than its anchor.

    Why: anchors made from headings are in lower case. Some hosts forgive that, most generators and
    browsers do not.

    Do: write the anchor in lower case.
    """
    for file, document, slugs in _documents(subject):
        for number, entry in enumerate(document.contents, 1):
            slug = entry.target.casefold()
            if slug in slugs and entry.target not in slugs.values():
                exact = next(name for key, name in slugs.items() if key == slug)
                yield _entry(
                    file,
                    number,
                    entry,
                    "leads to an anchor in another case",
                    expected=f"#{exact}",
                )


def contents_entry(subject: Subject) -> Iterator[Hit]:
    """An entry of the table of contents leads to another section than it names.

    Why: the reader lands in a table of the same layout about something else, and may not notice.

    Do: correct the entry, or have the table of contents generated.
    """
    for file, document, slugs in _documents(subject):
        texts = {slug(heading.text): heading.text for heading in document.headings}
        for number, entry in enumerate(document.contents, 1):
            meant, led = slug(entry.text), entry.target.casefold()
            if led in slugs and meant in texts and meant != led and led in texts:
                yield _entry(
                    file,
                    number,
                    entry,
                    f"leads to the section “{texts[led]}”",
                    expected=f"#{meant}",
                )


def _documents(subject: Subject) -> Iterator[tuple[str, Document, Mapping[str, str]]]:
    """Yield documents with their anchors: lower case → as they are."""
    for name, file in subject.files:
        for document in file.documents:
            yield name, document, {anchor.casefold(): anchor for anchor in _anchors(document)}


def _anchors(document: Document) -> Iterator[str]:
    used: dict[str, int] = {}
    for heading in document.headings:
        made = slug(heading.text)
        count = used.get(made, 0)
        used[made] = count + 1
        yield f"{made}-{count}" if count else made
        if heading.anchor:
            yield heading.anchor


def slug(heading: str) -> str:
    """Return the anchor that code-hosting sites and MyST make of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def _likely(entry: Entry, slugs: Mapping[str, str]) -> str:
    return slugs.get(slug(entry.text), slug(entry.text))


def _entry(file: str, number: int, entry: Entry, what: str, *, expected: str) -> Hit:
    return Hit(
        Place(file, "Table of contents", number, entry.text),
        Problem(
            where=f"{file}: Table of contents, row {number} ({entry.text})",
            what=what,
            expected=expected,
            got=f"#{entry.target}",
            remedy="correct the entry",
        ),
    )
