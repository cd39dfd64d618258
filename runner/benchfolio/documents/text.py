"""Files as text: of a bounded size, in UTF-8."""

from __future__ import annotations

from pathlib import Path

from benchfolio.documents.node import Form, problem
from benchfolio.results import BadInput, Problem
from benchfolio.results.opening import bytes_of


def read_text(path: Path, where: str, form: Form) -> str:
    """Read a file of text; a byte order mark is dropped.

    Args:
        path: The file.
        where: How errors name it.
        form: What the file is to be.

    Raises:
        BadInput: It cannot be read, is larger than its form allows, or is not UTF-8.
    """
    data = bytes_of(path, where, form.name, most=form.max_bytes)
    if len(data) > form.max_bytes:
        raise BadInput(
            Problem(
                where=where,
                what=f"too large for {form.name}",
                expected=f"at most {form.max_bytes} bytes",
                got="more",
                remedy=f"check that this is {form.name}",
            )
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(
            problem(
                where,
                (line, 1),
                "not UTF-8",
                expected="text in UTF-8",
                got="other bytes",
                remedy="save the file in UTF-8",
            )
        ) from error
