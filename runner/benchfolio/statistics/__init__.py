"""What may be concluded from figures: estimates with 95 % intervals, and when a gain is one.

Knows nobody but NumPy. Import time matters (every measuring process loads it), so the little that
would come from SciPy is written out; tests hold it equal to SciPy's.
"""

from benchfolio.statistics.estimate import Estimate
from benchfolio.statistics.noise import differs, noise_floor
from benchfolio.statistics.percentiles import median, nearest_rank, needed, supports
from benchfolio.statistics.proportions import drop, mcnemar, wilson
from benchfolio.statistics.resampling import DRAWS, draws, resampled_drop
from benchfolio.statistics.rounds import Pair, centre, gain, gains, pooled_median

__all__ = [
    "DRAWS",
    "Estimate",
    "Pair",
    "centre",
    "differs",
    "draws",
    "drop",
    "gain",
    "gains",
    "mcnemar",
    "median",
    "nearest_rank",
    "needed",
    "noise_floor",
    "pooled_median",
    "resampled_drop",
    "supports",
    "wilson",
]
