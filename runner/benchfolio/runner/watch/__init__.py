"""The machine while figures are taken: who else used it, how fast it ran, and what follows.

reading.py reads counters, sensors.py frequencies and temperatures, accounting.py tells our own
processor time from that of others, span.py makes figures of them, verdict.py judges and advises,
watching.py is what the measuring half uses.
"""

from benchfolio.runner.watch.verdict import advice, cell_verdict
from benchfolio.runner.watch.watching import Watch, busiest

__all__ = ["Watch", "advice", "busiest", "cell_verdict"]
