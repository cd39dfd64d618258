"""Run the benchmarks, print a table, write them as JSON.

Every value is a ratio of two things measured in turn in this run, because machines are noisy and
seconds do not compare. Usage: ``python tests/bench/run.py [--out FILE] [NAME ...]``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

# Run as a script: the tests' folder, not this one, is where imports start.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import agreement, contract, grid, loop, patience, repeatability, site_build, start
from bench.sides import Outcome
from rich.console import Console
from rich.table import Table

BENCHES: tuple[Callable[[], Sequence[Outcome]], ...] = (
    start.bench,
    contract.bench,
    loop.bench,
    site_build.bench,
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


def main() -> int:
    """Run what is asked for; 0 even when a target is missed: the table says so."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/bench.json"))
    parser.add_argument("names", nargs="*", help="modules to run; all when left out")
    arguments = parser.parse_args()
    outcomes: list[Outcome] = []
    for bench in BENCHES:
        if not arguments.names or bench.__module__.partition(".")[2] in arguments.names:
            outcomes += bench()
    Console().print(table(outcomes))
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    rows = [outcome.as_row() for outcome in outcomes]
    arguments.out.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
    print(f"written to {arguments.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
