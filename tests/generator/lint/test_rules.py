"""Rules: each finds its instance, says where and what to do, and is silent on what is right."""

from __future__ import annotations

from itertools import pairwise
from time import perf_counter

import msgspec
import pytest
from factory import PLATFORMS, result_file
from generator.lint.made import (
    DAY,
    EXAMPLES,
    FILE,
    MUTES,
    PROBLEMS,
    Files,
    Line,
    complete,
    page,
    published,
)
from generator.lint.made import claim as claimed
from generator.lint.made import value as read_value
from hypothesis import given, settings
from hypothesis import strategies as st

from benchfolio.generator.lint import RULES, Finding, Severity, examine
from benchfolio.generator.lint.claims import follow
from benchfolio.generator.lint.documents import slug
from benchfolio.generator.lint.facts import cores_per_socket, released, sibling
from benchfolio.generator.lint.printed import half_unit, shown, spans
from benchfolio.results import Cell, Precision, Scenario, Value


def found(files: Files, *only: str) -> tuple[Finding, ...]:
    """Return what rules find in files."""
    rules = {name: RULES[name] for name in only} if only else None
    return examine(files, rules=rules, today=DAY)


def one(*lines: Line, heading: str = "Models") -> Files:
    """Return a page with one table."""
    return [(FILE, page(*published(lines, heading)))]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_finds_its_example_and_nothing_else_does(rule: str) -> None:
    """An instance of one mistake is reported once, under its own name, with what and remedy."""
    findings = examine(
        EXAMPLES[rule](), PROBLEMS.get(rule, ()), mutes=MUTES.get(rule, ()), today=DAY
    )
    assert {finding.rule for finding in findings} == {rule}
    for finding in findings:
        assert finding.severity is RULES[rule].severity
        assert finding.problem.where.startswith(finding.place.file)
        assert finding.problem.what
        assert finding.problem.remedy


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_documented_where_it_is_written(rule: str) -> None:
    """A sentence, why it matters and what to do come with each rule."""
    made = RULES[rule]
    assert made.name == rule
    assert made.doc.endswith(".")
    assert "Why: " in made.more
    assert "Do: " in made.more


def test_a_right_table_is_silent() -> None:
    """Three right rows raise nothing: every instance above is found for its one mistake."""
    assert found(one(Line(), Line(name="b", form="x"), Line(name="c"))) == ()


printed_percent = st.integers(min_value=500, max_value=9990).map(lambda n: n / 100)
printed_speed = st.integers(min_value=1000, max_value=900_000).map(lambda n: n / 1000)


@st.composite
def right_lines(draw: st.DrawFn) -> list[Line]:
    """Return rows whose derived figures are rounded from values that are rounded themselves."""
    lines = []
    for number in range(draw(st.integers(min_value=1, max_value=6))):
        fp32 = draw(printed_percent)
        # Both sides have more digits than are printed: the claim is made of the full ones.
        exact_fp32 = fp32 + draw(st.floats(min_value=-0.0049, max_value=0.0049))
        exact_int8 = exact_fp32 * draw(st.floats(min_value=0.7, max_value=1.05))
        slow = draw(printed_speed) + draw(st.floats(min_value=-0.00049, max_value=0.00049))
        fast = slow * draw(st.floats(min_value=0.5, max_value=6))
        if exact_int8 > 100:
            continue
        lines.append(
            Line(
                name=f"net {number}",
                int8=f"{exact_int8:.2f}%",
                fp32=f"{exact_fp32:.2f}%",
                ratio=f"{100 * (exact_int8 - exact_fp32) / exact_fp32:.2f}%",
                fast=f"{fast:.3f}",
                slow=f"{slow:.3f}",
                gain=f"{fast / slow:.2f}x",
            )
        )
    return lines


@settings(max_examples=150, deadline=None)
@given(right_lines())
def test_right_figures_rounded_however_raise_no_alarm(lines: list[Line]) -> None:
    """Random tables whose figures were rounded correctly, each on its own, are silent."""
    assert found(one(*lines)) == ()


@settings(max_examples=60, deadline=None)
@given(right_lines(), st.integers(min_value=0), st.floats(min_value=0.5, max_value=40))
def test_a_wrong_claim_among_right_ones_is_the_only_finding(
    lines: list[Line], place: int, off: float
) -> None:
    """A relative change that is off by half a percent or more is found, in its row alone."""
    if not lines:
        return
    at = place % len(lines)
    wrong = float(lines[at].ratio.rstrip("%")) + off
    lines[at] = msgspec.structs.replace(lines[at], ratio=f"{wrong:.2f}%")
    (finding,) = found(one(*lines))
    assert (finding.rule, finding.place.row) == ("claim", at + 1)


def test_measured_files_are_silent() -> None:
    """Three platforms in the same release, every state among them, raise nothing."""
    files = [(f"2026.2/{name}.json", complete(result_file(name))) for name in PLATFORMS]
    assert found(files) == ()


@pytest.mark.parametrize(
    ("figure", "printed", "candidate", "base", "low", "high"),
    [
        ("relative-change", "-0.07%", "90.7", "91.34", -0.77, -0.64),
        ("relative-change", "-0.0063", "92.404", "92.9861", -0.00628, -0.00624),
        ("gain", "1.82x", "170.443", "93.685", 1.8192, 1.8194),
        ("change", "0.0213", "0.8178", "0.7965", 0.0212, 0.0214),
        ("drop", "0.64", "90.7", "91.34", 0.58, 0.70),
    ],
)
def test_claims_are_followed_with_intervals(
    figure: str, printed: str, candidate: str, base: str, low: float, high: float
) -> None:
    """What follows is an interval: each printed number stands for all that rounds to it."""
    result = follow(
        claimed(figure, "accuracy", printed), read_value(candidate), read_value(base), lower=False
    )
    assert result is not None
    assert low - 0.005 * abs(low) <= result[0] <= result[1] <= high + 0.005 * abs(high)


def test_a_drop_of_what_should_be_low_has_the_other_sign() -> None:
    """Of a perplexity the drop is candidate − baseline."""
    drop = claimed("drop", "perplexity", "1.0")
    higher, lower = (
        follow(drop, Value(value=3, unit="1"), Value(value=2, unit="1"), lower=turned)
        for turned in (False, True)
    )
    assert higher is not None
    assert lower is not None
    assert higher[0] == pytest.approx(-1)
    assert lower[0] == pytest.approx(1)


def latency(cell: Cell, recipe: str) -> Cell:
    """Turn throughput as printed into latency, of a recipe."""
    (turned,) = cell.values.values()
    claims = tuple(msgspec.structs.replace(claim, metric="latency@median") for claim in cell.claims)
    return msgspec.structs.replace(
        cell,
        scenario=Scenario.LATENCY,
        values={"latency@median": turned},
        claims=claims,
        recipe=recipe,
    )


@pytest.mark.parametrize("recipe", ["original", "float"])
def test_a_wrong_gain_in_latency_is_told_with_its_own_formula(recipe: str) -> None:
    """Half the latency is a gain of two, against the precision named, whatever its recipe."""
    line = Line(int8="", fp32="", ratio="", fast="4.20", slow="8.40", gain="3.00x")
    int8, fp32 = published([line])
    made = page(latency(int8, "ptq"), latency(fp32, recipe))
    (finding,) = found([(FILE, made)], "claim", "claim-source")
    assert finding.problem.expected == "2.00× = 8.40 / 4.20"


def test_a_claim_without_digits_or_against_nothing_is_not_judged() -> None:
    """A ratio to a baseline of 0 cannot be computed, and is not called wrong."""
    zero = Value(value=0, unit="%", printed="0.00%")
    assert follow(claimed("gain", "accuracy", "1.0x"), zero, zero, lower=False) is None


@pytest.mark.parametrize(
    ("printed", "half"),
    [
        ("86.52%", 0.005),
        ("-0.0063", 0.00005),
        ("1.82x", 0.005),
        ("8", 0.5),
        ("0", 0.005),
        (None, 0),
    ],
)
def test_half_a_unit_of_the_last_digit(printed: str | None, half: float) -> None:
    """The digits printed say how exact a figure is."""
    assert half_unit(printed) == pytest.approx(half)


def test_a_zero_is_in_every_scale() -> None:
    """A lone 0 among percentages is no mix of scales."""
    rows = [Line(), Line(name="b"), Line(name="c", int8="76.15%", ratio="0")]
    assert found(one(*rows), "ratio-scale") == ()


def test_tables_of_one_publication_are_compared() -> None:
    """A table of fractions beside two of percentages is found, without a row."""
    cells = [
        *published([Line()], "A"),
        *published([Line()], "B"),
        *published([Line(ratio="-0.0022")], "C"),
    ]
    (finding,) = found([(FILE, page(*cells))], "ratio-scale")
    assert (finding.place.table, finding.place.row) == ("C", 0)


def test_a_shifted_table_is_not_reported_figure_by_figure() -> None:
    """Rules about figures skip a table whose cells are in the wrong columns."""
    findings = found(EXAMPLES["shifted"]())
    assert {finding.rule for finding in findings} == {"shifted"}
    assert [finding.place.row for finding in findings] == [1, 2]
    assert "66.616 / 36.553 = 1.82x" in findings[0].problem.got


def test_a_column_that_was_copied_is_found_in_the_table_where_it_does_not_belong() -> None:
    """A run of gains under two headings is one finding that names both runs."""
    gains = ["2.05x", "2.01x", "1.78x", "2.39x", "2.45x", "1.85x"]
    first = [
        Line(
            name=f"n{i}",
            gain=gain,
            slow=f"{100 + i}.001",
            fast=f"{(100 + i) * float(gain[:-1]):.3f}",
        )
        for i, gain in enumerate(gains)
    ]
    second = [
        Line(
            name=f"m{i}",
            gain=gain,
            slow=f"{300 + i}.001",
            fast=f"{(300 + i) * float(gain[:-1]):.3f}",
        )
        for i, gain in enumerate(gains)
    ]
    cells = (*published(first, "A"), *published(second, "B"))
    (finding,) = found([(FILE, page(*cells))], "repeated-block")
    assert finding.place.table == "B"
    assert "6 figures of one column, rows 1–6" in finding.problem.got


def test_equal_baselines_in_two_tables_are_right() -> None:
    """The same FP32 accuracy under several headings is the same model, not a copied block."""
    lines = [Line(), Line(name="b"), Line(name="c")]
    other = [
        msgspec.structs.replace(line, slow=f"{170 + i}.5", fast=f"{(170.5 + i) * 2.23:.2f}")
        for i, line in enumerate(lines)
    ]
    cells = (*published(lines, "A"), *published(other, "B"))
    assert found([(FILE, page(*cells))], "repeated-block") == ()


@pytest.mark.parametrize("figure", ["0.86", "0.9"])
def test_platforms_that_differ_a_little_are_silent(figure: str) -> None:
    """Less than a point apart is what numerics of machines may do."""
    files = EXAMPLES["platform"]()
    close = [
        (
            name,
            page(
                *published(
                    [
                        Line(
                            int8=f"7{4 + float(figure):.2f}%" if i == 1 else "74.76%",
                            fp32="",
                            ratio="",
                            fast="",
                            gain="",
                        )
                    ]
                ),
                platform=f"p{i}",
            ),
        )
        for i, (name, _) in enumerate(files)
    ]
    assert found(close, "platform") == ()


def test_a_platform_among_others_that_disagree_is_not_the_odd_one() -> None:
    """Where the others are points apart themselves, three points more are nothing to report."""
    files = [
        (
            f"page-1/p{i}.json",
            page(
                *published([Line(int8=text, fp32="", ratio="", fast="", gain="")]),
                platform=f"p{i}",
            ),
        )
        for i, text in enumerate(["74.00%", "75.00%", "76.00%", "70.50%"])
    ]
    assert found(files, "platform") == ()


def test_two_platforms_that_disagree_are_no_majority() -> None:
    """With two against two nobody is the odd one."""
    figures = ["74.76%", "68.95%", "74.76%", "68.95%"]
    files = [
        (
            f"page-1/p{i}.json",
            page(
                *published([Line(int8=text, fp32="", ratio="", fast="", gain="")]), platform=f"p{i}"
            ),
        )
        for i, text in enumerate(figures)
    ]
    assert found(files, "platform") == ()


def test_an_accuracy_that_falls_is_not_called_a_perplexity() -> None:
    """A large loss is a loss; only growth, or the task and a missing sign, raise suspicion."""
    assert found(one(Line(int8="40.00%", ratio="-47.47%")), "direction") == ()
    assert len(found(one(Line(int8="99.00%", ratio="30.01%")), "direction")) == 1


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        (
            "PyTorch Models with Torch 1.13.1+cpu in PTQ Mode",
            "pytorch-models-with-torch-1131cpu-in-ptq-mode",
        ),
        ("Models with Extension for X* 1.0", "models-with-extension-for-x-10"),
    ],
)
def test_anchors_are_made_as_hosts_make_them(heading: str, anchor: str) -> None:
    """Lower case, blanks to hyphens, punctuation gone."""
    assert slug(heading) == anchor


def test_facts_are_looked_up_without_build_tags_and_trade_marks() -> None:
    """``1.13.1+cpu`` is 1.13.1; ``Intel® Xeon® …`` is the Xeon; what is not known is not known."""
    assert released("pytorch", "1.13.1+cpu") == released("pytorch", "1.13.1")
    assert released("pytorch", "99") is None
    assert cores_per_socket("Intel® Xeon® Platinum 8380 CPU @ 2.30GHz") == 40
    assert cores_per_socket("Unknown") is None
    assert sibling("Intel Xeon Platinum 8380", 32) == "Xeon Platinum 8358"
    assert sibling("Unknown", 32) == ""


def test_blanks_become_visible() -> None:
    """Trailing, doubled, no-break blanks and line breaks are shown, single ones stay."""
    assert shown("a b") == "a b"
    assert shown(" a  b\xa0c \n") == "␣a␣␣b⍽c␣↵" or shown("a ") == "a␣"
    assert spans([1, 2, 3, 7]) == "1–3, 7"


def test_only_the_rules_asked_for_are_run() -> None:
    """A check may be narrowed to some rules."""
    assert found(EXAMPLES["blanks"](), "claim") == ()


def test_findings_come_in_the_order_of_files_tables_and_rows() -> None:
    """Two runs print the same, and people read from top to bottom."""
    files = [pair for rule in ("blanks", "claim") for pair in EXAMPLES[rule]()]
    places = [finding.place for finding in found(files)]
    assert all(before <= after for before, after in pairwise(places))


def test_time_grows_with_rows_and_not_with_their_square() -> None:
    """Ten times the rows take about ten times as long, not a hundred times."""

    def seconds(count: int) -> float:
        files = one(*(Line(name=f"net {i}", fast=f"{360 + i}.16", gain="") for i in range(count)))
        start = perf_counter()
        found(files)
        return perf_counter() - start

    seconds(100)
    assert min(seconds(4000) for _ in range(2)) < 40 * max(seconds(400) for _ in range(3))


def test_severities_are_errors_warnings_and_notes() -> None:
    """Every severity is used, and a suspicion is never an error."""
    assert {rule.severity for rule in RULES.values()} == set(Severity)
    assert RULES["direction"].severity is not Severity.ERROR
    assert RULES["idle-cores"].severity is Severity.NOTE
    assert Precision.INT8.value in found(EXAMPLES["direction"]())[0].problem.got
