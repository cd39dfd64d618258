"""How long people wait before anything happens."""

from __future__ import annotations

from bench.sides import Outcome, python, ratio

ROUNDS = 31


def bench() -> list[Outcome]:
    """Compare start-up with an interpreter that does nothing, first use with importing msgspec.

    The contract is imported when one of its names is first used. msgspec is most of that, and is
    more than three times what starting Python takes.
    """
    nothing = python("-c", "pass")
    contract = python("-c", "import benchfolio.results")
    use = python("-c", "from benchfolio.results import read")
    msgspec = python("-c", "import msgspec")
    help_ = python("-c", "from benchfolio.cli import main; main()", "--help")
    return [
        Outcome("import benchfolio.results", ratio(contract, nothing, ROUNDS), "×", 2.5,
                "python -c pass"),
        Outcome("first use of benchfolio.results", ratio(use, msgspec, ROUNDS), "×", 2.0,
                "python -c 'import msgspec'"),
        Outcome("benchfolio --help", ratio(help_, nothing, ROUNDS), "×", 4.0, "python -c pass"),
    ]  # fmt: skip
