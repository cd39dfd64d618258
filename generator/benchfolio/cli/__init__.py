"""The ``benchfolio`` command; each half is loaded only when one of its commands is called."""

from benchfolio.cli.main import cli, main

__all__ = ["cli", "main"]
