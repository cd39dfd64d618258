"""``benchfolio export`` as XLSX and Parquet."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from click.testing import CliRunner
from factory import write_results

from benchfolio.cli.main import cli
from benchfolio.results import BenchfolioError


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of results."""
    folder = tmp_path_factory.mktemp("results")
    write_results(folder)
    return folder


def export(results: Path, *arguments: str | Path) -> tuple[int, bytes]:
    """Run the command; return its exit code and what it printed."""
    words = ["export", *map(str, arguments), "--results", str(results)]
    done = CliRunner().invoke(cli, words)
    # Errors of ours are told, and given their exit code, only around the whole command.
    code = (
        done.exception.exit_code if isinstance(done.exception, BenchfolioError) else done.exit_code
    )
    return code, done.stdout_bytes


def test_everything_is_exported_as_parquet(results: Path, tmp_path: Path) -> None:
    """The name of the file chooses the format; no table is named, since all results are in it."""
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    out = tmp_path / "all.parquet"
    assert export(results, "--out", out)[0] == 0
    assert set(pd.read_parquet(out)["release"]) == {"2026.1", "2026.2"}
    code, printed = export(results, "--format", "parquet", "--release", "2026.1")
    assert code == 0
    assert set(pd.read_parquet(io.BytesIO(printed))["release"]) == {"2026.1"}


def test_table_cannot_be_chosen_of_parquet(results: Path) -> None:
    """A table beside Parquet is wrong usage, not silently ignored."""
    assert export(results, "performance", "--format", "parquet")[0] == 2


def test_table_is_exported_as_workbook(results: Path, tmp_path: Path) -> None:
    """A table named like a workbook is one, the same as on standard output."""
    out = tmp_path / "performance.xlsx"
    assert export(results, "performance", "--out", out)[0] == 0
    assert out.read_bytes().startswith(b"PK")
    assert export(results, "performance", "--format", "xlsx") == (0, out.read_bytes())
