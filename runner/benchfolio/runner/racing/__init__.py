"""All variants of a model in turn: short blocks, round by round, until every gain is known."""

from benchfolio.runner.racing.entrant import Entrant, Setting
from benchfolio.runner.racing.race import Ended, race

__all__ = ["Ended", "Entrant", "Setting", "race"]
