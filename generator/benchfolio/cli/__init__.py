"""The ``benchfolio`` command; each half is loaded only when one of its commands is called."""

from benchfolio.cli.main import main

TYPE_CHECKING = False  # as typing has it, without the time that importing typing takes
if TYPE_CHECKING:
    from benchfolio.cli.group import cli

__all__ = ["cli", "main"]


def __getattr__(name: str) -> object:
    if name == "cli":
        from benchfolio.cli.group import cli

        return cli
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
