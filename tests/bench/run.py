"""Run the benchmarks, print a table, write them as JSON and as CSV beside it.

Every value is a ratio of two things measured in turn in one run, because machines are noisy and
seconds do not compare. Usage: ``python tests/bench/run.py [--out FILE] [NAME ...]``; with names,
the other lines of the file stay as they are.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

# Run as a script: the tests' folder, not this one, is where imports start.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import (
    agreement,
    comparing,
    contract,
    grid,
    loop,
    patience,
    repeatability,
    scale,
    site_build,
    start,
)
from bench.sides import Outcome
from rich.console import Console
from rich.table import Table

BENCHES: tuple[Callable[[], Sequence[Outcome]], ...] = (
    start.bench,
    contract.bench,
    loop.bench,
    comparing.bench,
    site_build.bench,
    scale.bench,
    repeatability.bench,
    agreement.bench,
    patience.bench,
    grid.bench,
)


def table(outcomes: Sequence[Outcome]) -> Table:
    """Return the outcomes as people read them."""
    shown = Table("benchmark", "value", "target", "measured against", "met")
    for outcome in outcomes:
        shown.add_row(
            outcome.name,
            f"{outcome.value:.2f} {outcome.unit}",
            f"≤ {outcome.target:g}",
            outcome.peer,
            "yes" if outcome.met else "[bold red]no",
        )
    return shown


def update(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Put outcomes into a file in the place of those of the same name, and the same as CSV."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    rows = {row["name"]: row for row in known}
    rows |= {outcome.name: outcome.as_row() for outcome in outcomes}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([*rows.values()], indent=2, ensure_ascii=False) + "\n")
    path.with_suffix(".csv").write_text(as_csv(rows.values()), encoding="utf-8")


def as_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """Write rows as the documentation shows them."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["What", "Value", "Target", "Against", "Met"])
    for row in rows:
        value, target = f"{row['value']:g} {row['unit']}", f"≤ {row['target']:g} {row['unit']}"
        met = "yes" if row["met"] else "**no**"
        writer.writerow([row["name"], value, target, row["peer"], met])
    return stream.getvalue()


def main() -> int:
    """Run what is asked for; 0 even when a target is missed: the table says so."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/bench.json"))
    parser.add_argument("names", nargs="*", help="modules to run; all when left out")
    arguments = parser.parse_args()
    outcomes: list[Outcome] = []
    for bench in BENCHES:
        if not arguments.names or bench.__module__.partition(".")[2] in arguments.names:
            outcomes += (found := bench())
            update(arguments.out, found)  # an interruption costs the bench in flight
    Console().print(table(outcomes))
    print(f"written to {arguments.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
