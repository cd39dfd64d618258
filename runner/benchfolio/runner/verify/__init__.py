"""Measure published cells again, and say whether they agree.

``reference`` finds which recorded cells are meant, by ``command`` their suites; ``matching`` finds
them on this machine, ``requesting`` says what to run, ``verifying`` runs it. ``comparing`` is pure:
``environment`` says what must be the same, ``speeds`` and ``qualities`` judge figures. ``telling``
writes what came of it, as text and as JSON.
"""

from benchfolio.runner.verify.comparing import TOLERANCE, Compared, compare
from benchfolio.runner.verify.figure import Figure, Span, Word
from benchfolio.runner.verify.reference import Found, find
from benchfolio.runner.verify.requesting import Asked
from benchfolio.runner.verify.side import Side
from benchfolio.runner.verify.telling import as_json, as_text
from benchfolio.runner.verify.verifying import verify

__all__ = [
    "TOLERANCE",
    "Asked",
    "Compared",
    "Figure",
    "Found",
    "Side",
    "Span",
    "Word",
    "as_json",
    "as_text",
    "compare",
    "find",
    "verify",
]
