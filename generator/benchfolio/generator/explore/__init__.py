"""What Compare and Chooser rest on: plain figures, and the rules by which they are compared."""

from benchfolio.generator.explore.comparing import Comparing, Comparison, Pair, Question
from benchfolio.generator.explore.gathering import explore
from benchfolio.generator.explore.ranking import Ranked, Ranking, Wish
from benchfolio.generator.explore.types import FACETS, Explored

__all__ = [
    "FACETS",
    "Comparing",
    "Comparison",
    "Explored",
    "Pair",
    "Question",
    "Ranked",
    "Ranking",
    "Wish",
    "explore",
]
