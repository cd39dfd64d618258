"""How long people wait before anything happens."""

from __future__ import annotations

from bench.sides import Outcome, python, ratio

ROUNDS = 31


def bench() -> list[Outcome]:
    """Compare start-up with an interpreter that does nothing."""
    nothing = python("-c", "pass")
    contract = python("-c", "import benchfolio.results")
    help_ = python("-c", "from benchfolio.cli import main; main()", "--help")
    return [
        Outcome("import benchfolio.results", ratio(contract, nothing, ROUNDS), "×", 2.5,
                "python -c pass"),
        Outcome("benchfolio --help", ratio(help_, nothing, ROUNDS), "×", 4.0, "python -c pass"),
    ]  # fmt: skip
