"""The driver: plan, prepare, measure, and a file on disk that is whole after every cell.

``request`` is what a person asks for, ``opening`` what is found before the first cell, ``skeleton``
the file at that moment; ``driver`` goes through the plan, with ``making`` for artefacts and
``measuring`` for cells, and ``recording`` keeps the file.
"""

from benchfolio.runner.run.means import Execute
from benchfolio.runner.run.observer import Observer, Silent
from benchfolio.runner.run.opening import plan_here
from benchfolio.runner.run.request import Request, choose, path_of
from benchfolio.runner.run.running import planned_cells, run

__all__ = [
    "Execute",
    "Observer",
    "Request",
    "Silent",
    "choose",
    "path_of",
    "plan_here",
    "planned_cells",
    "run",
]
