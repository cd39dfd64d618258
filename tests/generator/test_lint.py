"""Rules: each finds what it is for, and all are silent on data that is right."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from factory import MODELS, portfolio, result_file

from benchfolio.generator.lint import RULES, Severity, examine
from benchfolio.results import Cell, Precision, Problem, ResultFile, State, Value

NAME = "2026.2/lab-xeon.json"


def rules_of(*files: tuple[str, ResultFile]) -> set[str]:
    """Return the names of the rules that find something."""
    return {finding.rule for finding in examine(files)}


def with_cells(*cells: Cell) -> ResultFile:
    """Return a file with other cells."""
    return msgspec.structs.replace(result_file(), cells=cells)


def with_values(**changes: float) -> ResultFile:
    """Return a file in which every figure of some metrics is multiplied."""
    return with_cells(
        *(
            msgspec.structs.replace(
                cell,
                values={
                    name: Value(value=v.value * changes.get(name.partition("@")[0], 1), unit=v.unit)
                    for name, v in cell.values.items()
                },
            )
            for cell in result_file().cells
        )
    )


def test_right_data_raises_no_alarm() -> None:
    """Nothing is found in files that are complete and plausible."""
    files = [
        (
            name,
            msgspec.structs.replace(
                file, cells=tuple(cell for cell in file.cells if cell.state is not State.PENDING)
            ),
        )
        for name, file in portfolio()
    ]
    assert examine(files) == ()


def test_problems_of_loading_are_errors() -> None:
    """A file that is no result file is an error under the rule ``contract``."""
    (finding,) = examine([], [Problem(where="a.json", what="not valid JSON")])
    assert (finding.rule, finding.severity) == ("contract", Severity.ERROR)


def test_a_file_in_the_wrong_place_is_found() -> None:
    """The path must say the release and the platform of the file; a bare name says nothing."""
    assert rules_of(("2026.1/lab-xeon.json", result_file())) == {"misplaced"}
    assert rules_of(("2026.2/other.json", result_file())) == {"misplaced"}
    assert rules_of(("lab-xeon.json", result_file())) == set()


def test_pending_cells_are_found_once_a_file() -> None:
    """A file with pending cells is one finding with their number and the remedy."""
    (finding,) = examine([("2026.2/desk-core.json", result_file("desk-core"))])
    assert finding.rule == "pending"
    assert "15 of 90 cells" in finding.problem.what
    assert "--resume" in finding.problem.remedy


def test_conflicts_are_found() -> None:
    """The same cell with other figures in two files is a warning."""
    other = with_values(accuracy=0.9)
    assert rules_of((NAME, result_file()), ("b/" + NAME, other)) == {"conflict"}


@pytest.mark.parametrize(
    "change",
    [
        {
            "digits-resnet": msgspec.structs.replace(
                MODELS["digits-resnet"], name="Digits ResNet-8 "
            )
        },
        {"Digits_ResNet": MODELS["digits-resnet"]},
    ],
)
def test_several_spellings_of_one_model_are_found(change: Mapping[str, object]) -> None:
    """A trailing blank in a name, or another case of an id, is one finding."""
    file = result_file("desk-core")
    models = {**file.models, **change}
    cells = tuple(cell for cell in file.cells if cell.state is not State.PENDING)
    other = msgspec.structs.replace(file, models=models, cells=cells)
    assert rules_of((NAME, result_file()), ("2026.2/desk-core.json", other)) == {"spelling"}


def test_results_without_a_baseline_are_found() -> None:
    """Reduced precision alone has nothing to be compared with, and says for which format."""
    file = with_cells(
        *(cell for cell in result_file().cells if cell.precision is not Precision.FP32)
    )
    findings = examine([(NAME, file)])
    assert {finding.rule for finding in findings} == {"baseline"}
    assert any("digits-resnet INT8 nncf-ptq" in finding.problem.what for finding in findings)


@pytest.mark.parametrize(
    "changes",
    [
        {"latency": 1e6},
        {"latency": 1e-6},
        {"throughput": 1e6},
        {"throughput": 1e-6},
        {"latency": -1.0},
    ],
)
def test_speeds_that_cannot_both_be_true_are_found(changes: dict[str, float]) -> None:
    """Seconds taken for milliseconds, or rates off by orders of magnitude, are errors."""
    findings = examine([(NAME, with_values(**changes))])
    assert {(finding.rule, finding.severity) for finding in findings} == {("speed", "error")}


def test_littles_law_holds_within_a_cell() -> None:
    """Rate times latency cannot exceed the requests in flight of the same cell."""
    cell = next(cell for cell in result_file().cells if "throughput" in cell.values)
    values = {
        "throughput": Value(value=1000.0, unit="1/s"),
        "latency@median": Value(value=50.0, unit="ms"),
    }
    wrong = msgspec.structs.replace(cell, values=values)
    right = msgspec.structs.replace(
        cell, values=values, load=msgspec.structs.replace(cell.load, requests=50)
    )
    assert "speed" in rules_of((NAME, with_cells(wrong)))
    assert "speed" not in rules_of((NAME, with_cells(right)))


def test_percentiles_out_of_order_are_found() -> None:
    """A p90 below the median is an error."""
    cell = next(cell for cell in result_file().cells if "latency@p90" in cell.values)
    values = {**cell.values, "latency@p90": Value(value=0.001, unit="ms")}
    assert "speed" in rules_of((NAME, with_cells(msgspec.structs.replace(cell, values=values))))


def test_rules_are_documented_and_can_be_chosen() -> None:
    """Each rule has a sentence; only those asked for are run."""
    assert all(rule.doc.endswith(".") and rule.name == name for name, rule in RULES.items())
    files = [("x/desk-core.json", result_file("desk-core"))]
    only = {"pending": RULES["pending"]}
    assert {finding.rule for finding in examine(files, rules=only)} == {"pending"}
