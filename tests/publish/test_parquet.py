"""The Parquet table: the same figures as the API, typed, and the same bytes every time."""

from __future__ import annotations

import io
import sys

import msgspec
import pandas as pd
import pytest
from publish.made import SITE, files

from benchfolio.generator.merge import merge
from benchfolio.generator.publish import as_parquet, documents, publish
from benchfolio.generator.publish.cells import parts
from benchfolio.generator.publish.parquet import COLUMNS
from benchfolio.generator.render import Renderer
from benchfolio.results import MissingEnvironment

pytest.importorskip("pyarrow")
import pyarrow as pa
import pyarrow.parquet as pq

COLLECTION = merge(files())
DATA = as_parquet(COLLECTION)
FRAME = pd.read_parquet(io.BytesIO(DATA))
PARTS = [
    documents.measurements(part, group) for part in parts(COLLECTION, SITE) for group in part.groups
]


def test_a_row_for_each_value_and_each_cell_without_any() -> None:
    """Nothing that was planned is missing: a cell without a value has a row that says so."""
    values = [(cell.anchor, name) for part in PARTS for cell in part.cells for name in cell.values]
    empty = [cell.anchor for part in PARTS for cell in part.cells if not cell.values]
    assert empty
    valued = FRAME[FRAME["metric"].notna()]
    assert list(zip(valued["anchor"], valued["metric"], strict=True)) == values
    assert FRAME.loc[FRAME["metric"].isna(), "anchor"].tolist() == empty
    assert len(FRAME) == len(values) + len(empty)
    assert set(FRAME.loc[FRAME["metric"].isna(), "state"]) >= {"failed", "pending"}


@pytest.mark.parametrize("figure", ["change", "relative", "drop", "gain"])
def test_figures_are_those_of_the_api(figure: str) -> None:
    """Derived figures and their intervals are the same numbers in both."""
    expected = {
        (cell.anchor, name): (found.value, found.low, found.high, found.n)
        for part in PARTS
        for cell in part.cells
        for name, value in cell.values.items()
        if (found := getattr(value, figure))
    }
    rows = FRAME[FRAME[figure].notna()]
    columns = [
        rows[name].astype(object)
        for name in (figure, f"{figure}_low", f"{figure}_high", f"{figure}_n")
    ]
    ends = zip(*(column.where(column.notna(), None) for column in columns), strict=True)
    assert (
        dict(zip(zip(rows["anchor"], rows["metric"], strict=True), ends, strict=True)) == expected
    )


def test_columns_are_typed_and_described() -> None:
    """Numbers are numbers, times are times with a zone, and every column says what it is."""
    schema = pq.read_schema(io.BytesIO(DATA))
    assert schema.names == list(COLUMNS)
    assert schema.field("value").type == pa.float64()
    assert schema.field("batch").type == pa.int64()
    assert schema.field("is_baseline").type == pa.bool_()
    assert schema.field("started").type == pa.timestamp("us", tz="UTC")
    assert all(field.metadata[b"description"] for field in schema)


def test_rows_are_in_the_order_of_their_keys() -> None:
    """The file is sorted, so that the order of result files leaves no trace."""
    assert as_parquet(merge(reversed(files()))) == DATA
    order = list(zip(FRAME["release"], FRAME["platform"], FRAME["model"], strict=True))
    assert order == sorted(order)


def test_index_says_whether_it_is_there() -> None:
    """Programs learn from the index whether there is a Parquet file; it is the exported one."""
    path = "api/v1/measurements.parquet"
    without = publish(COLLECTION, SITE, Renderer())
    assert path not in without
    assert "parquet" not in msgspec.json.decode(without["api/v1/index.json"])
    made = publish(COLLECTION, msgspec.structs.replace(SITE, parquet=True), Renderer())
    assert msgspec.json.decode(made["api/v1/index.json"])["parquet"] == path
    read = pd.read_parquet(io.BytesIO(made[path])).drop(columns="permalink")
    pd.testing.assert_frame_equal(read, FRAME.drop(columns="permalink"))


def test_missing_package_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pyarrow the error says which extra to install."""
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(MissingEnvironment, match=r"benchfolio\[parquet\]"):
        as_parquet(COLLECTION)
