"""Build tables from their definitions: view rows, already formatted.

``selection`` finds the cells, ``layout`` spreads them over rows and columns, ``contents`` says what
stands where they meet, ``headers`` what stands above, ``notes`` and ``apart`` what is said of the
whole; ``building`` puts the parts together.
"""

from benchfolio.generator.tables.building import build, shows_nothing
from benchfolio.generator.tables.headers import CANDIDATE

__all__ = ["CANDIDATE", "build", "shows_nothing"]
