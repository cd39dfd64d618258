"""In the child process: whatever goes wrong becomes a state with its reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from benchfolio.results import BenchfolioError, MissingEnvironment, State
from benchfolio.runner import words
from benchfolio.runner.engines.base import Unsupported
from benchfolio.runner.jobs import Refused

T = TypeVar("T")


def answer_or_refusal(work: Callable[[], T]) -> T | Refused:
    """Do something; if it cannot be done, say why."""
    try:
        return work()
    except Unsupported as error:
        return Refused(state=State.UNSUPPORTED, reason=words.of_exception(error))
    except MissingEnvironment as error:
        return Refused(state=State.SKIPPED, reason=words.of_exception(error))
    except (MemoryError, RecursionError) as error:
        return Refused(state=State.FAILED, reason=f"{type(error).__name__}: out of memory or stack")
    except BenchfolioError as error:
        return Refused(state=State.FAILED, reason=words.of_exception(error))
    except Exception as error:  # noqa: BLE001 - an engine may raise anything; none may be lost
        return Refused(
            state=State.FAILED, reason=f"{type(error).__name__}: {words.of_exception(error)}"
        )
