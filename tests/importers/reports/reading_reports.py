"""Reading fixtures, and reports that are damaged in every way."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, get_args

import msgspec
from hypothesis import strategies as st

from benchfolio.importers.reports.types import Field, Reader, Report, Row, Stated
from benchfolio.results import METRICS, BadInput, State, WrongUsage

FIXTURES = Path(__file__).parent / "fixtures"
NOTHING = Stated()
HOSTILE = "<img src=x onerror=\"alert(1)\">=cmd|'/c calc'!A0 ../../etc\u202e\u0000{{7*7}}"
ODD: list[Any] = [
    None,
    True,
    -1,
    0,
    1.5,
    1e308,
    10**400,
    "",
    " ",
    "nan",
    "1e999",
    "ten",
    [],
    {},
    [None],
    {"": None},
    HOSTILE,
]


def text_of(name: str) -> str:
    """Return the text of a fixture, as the core reads it."""
    return (FIXTURES / name).read_text(encoding="utf-8")


def figures(row: Row) -> dict[str, tuple[float, str, int | None]]:
    """Return value, unit and n by metric."""
    return {name: (value.value, value.unit, value.n) for name, value in row.values.items()}


def unsaid(row: Row) -> set[str]:
    """Return the fields that a row does not say."""
    return {field for field in get_args(Field) if getattr(row, field) is None}


def refuses_or_reads(reader: Reader, text: str, stated: Stated = NOTHING) -> None:
    """Read whatever it is: sound rows come of it, or BadInput or WrongUsage."""
    reader.recognises("report", text[: 64 * 1024])
    try:
        report = reader.read(text, "report", stated)
    except (BadInput, WrongUsage) as error:
        problems = error.problems
    else:
        check(report)
        problems = report.left_out
    assert all(problem.where and problem.what for problem in problems)


def check(report: Report) -> None:
    """Check what the contract asks of any row."""
    msgspec.json.encode(report)
    for row in report.rows:
        assert row.model is None or row.model.strip()
        if row.state is not State.OK:
            assert row.reason
            assert not row.values
            continue
        assert row.values
        for name, value in row.values.items():
            assert name in METRICS or name in report.metrics
            assert value.unit == {**METRICS, **report.metrics}[name].unit
            assert math.isfinite(value.value)
            assert value.n is None or value.n >= 1
            assert value.spread is None or value.spread >= 0


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """Return a text with some of its bytes changed, dropped, doubled or cut off."""
    data = bytearray(text.encode())
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(0, len(data) - 1)))
        length = draw(st.integers(1, 30))
        with_what = draw(
            st.one_of(
                st.binary(max_size=4),
                st.sampled_from([b"", b"-1", b"1e400", b"0", b'"', b"\n", b"{", b"]", b";", b":"]),
                st.just(bytes(data[place : place + length])).map(lambda part: part * 2),
            )
        )
        data[place : place + length] = with_what
    if draw(st.booleans()):
        del data[draw(st.integers(0, len(data))) :]
    return data.decode(errors="replace")


@st.composite
def odd(draw: st.DrawFn, document: Any) -> Any:  # noqa: ANN401
    """Return a document in which one value, anywhere, is another than it should be."""
    changed = json.loads(json.dumps(document))
    places = list(_places(changed))
    owner, key = places[draw(st.integers(0, len(places) - 1))]
    if draw(st.integers(0, 5)):
        owner[key] = draw(st.sampled_from(ODD))
    else:
        del owner[key]
    return changed


def _places(value: Any) -> Any:  # noqa: ANN401
    pairs: Any = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for key, inner in pairs:
        yield value, key
        yield from _places(inner)
