"""Policies: what they say, and where they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchfolio.release.policy import DEFAULT, Action, Policy, Where, read_policy
from benchfolio.results import BadInput

FULL = """\
accuracy:
  judge: interval
  limits:
    - max_drop: 0.5
      where: {task: image-classification}
    - max_drop: 1
      where: {unit: "%"}
  floors:
    - at_least: 70
      where: {model: [digits-*, names-*], metric: accuracy@top1}
    - at_most: 30
      where: {metric: perplexity}
performance:
  limits:
    - max_loss: 5
      where: {batch: 8}
  drift: keep
  noise: twins
worse: warn
undecided: fail
gone: warn
not_comparable: ignore
new: warn
drift: fail
exceptions:
  - where: {model: tiny-lm}
    reason: known
    until: 2027-03-01
    max_loss: 12
multiplicity:
  method: holm
  rate: 0.01
"""


def written(folder: Path, text: str) -> Path:
    """Return a file with this text."""
    path = folder / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_key_is_read(tmp_path: Path) -> None:
    """A policy that uses every key says what it says."""
    policy = read_policy(written(tmp_path, FULL))
    assert policy.accuracy.limits[1].max_drop == 1
    assert policy.accuracy.floors[0].at_least == 70
    assert policy.performance.limits[0].where.batch == 8
    assert policy.undecided is Action.FAIL
    assert policy.exceptions[0].until.isoformat() == "2027-03-01"
    assert policy.multiplicity.method == "holm"


def test_an_empty_policy_sets_no_limit(tmp_path: Path) -> None:
    """A file without a word is a policy without a limit, other than no policy at all."""
    assert read_policy(written(tmp_path, "# nothing\n")) == Policy()
    assert DEFAULT.performance.limits[0].max_loss == 5
    assert DEFAULT.accuracy.limits[0].max_drop == 1


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("gone: maybe\n", 1, "gone"),
        ("performance:\n  limits:\n    - max_loss: -1\n", 3, "max_loss"),
        ("performance:\n  limits:\n    - max_loss: 5\n      where: {modell: x}\n", 4, "modell"),
        ("accuracy:\n  floors:\n    - where: {model: x}\n", 3, "at_least"),
        ("accuracy:\n  floors:\n    - at_least: 1\n      at_most: 2\n", 3, "both"),
        ("accuracy:\n  limits:\n    - max_drop: 1\n    - max_drop: 2\n", 4, "never counts"),
        ("exceptions:\n  - where: {}\n    reason: x\n", 2, "until"),
        ("exceptions:\n  - where: {}\n    reason: ' '\n    until: 2027-01-01\n", 3, "no reason"),
        ("exceptions:\n  - where: {}\n    reason: x\n    until: soon\n", 4, "until"),
        ("multiplicity: {rate: 2}\n", 1, "rate"),
        ("limits: 5\n", 1, "limits"),
        ("gone: warn\ngone: fail\n", 2, "twice"),
        ("- a list\n", 1, "policy"),
    ],
)
def test_errors_name_the_line(tmp_path: Path, text: str, line: int, told: str) -> None:
    """What is wrong with a policy is said with file and line."""
    with pytest.raises(BadInput) as error:
        read_policy(written(tmp_path, text), "policy.yaml")
    (problem,) = error.value.problems
    assert problem.where.startswith(f"policy.yaml:{line}:")
    assert told in str(problem)
    assert problem.remedy


@pytest.mark.parametrize(
    ("wanted", "text", "fits"),
    [
        ("digits-*", "digits-resnet", True),
        ("digits-*", "my-digits-resnet", False),
        ("*", "", True),
        (["a", "b*"], "bc", True),
        (8, "8", True),
        ("a.c", "abc", False),
        ("*a", "line\na", True),
    ],
)
def test_a_star_stands_for_anything(
    wanted: str | int | list[str | int], text: str, fits: bool
) -> None:
    """Nothing but the star is special, and a pattern fits the whole text."""
    ((_, pattern),) = Where(model=wanted).conditions()
    assert bool(pattern.fullmatch(text)) is fits
