"""What an entry of a registry of steps or post-processings is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
import numpy.typing as npt
from msgspec import Meta

from benchfolio.runner.suite import Part, Step

Array = npt.NDArray[Any]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]


class Stage(Part, frozen=True, kw_only=True):
    """An entry of the registry: a function and the type of its argument.

    Attributes:
        function: Called with the array (or the outputs) and the argument.
        argument: Type that the argument must have; ``None`` for no argument.
    """

    function: Callable[..., Any]
    argument: Any


def argument(stage: Stage, step: Step) -> Any:  # noqa: ANN401 - each stage has a type of its own
    """Return the argument of a step in the type its stage wants; options may all be left out.

    Raises:
        msgspec.ValidationError: The argument is of another type.
    """
    optional = isinstance(stage.argument, type) and issubclass(stage.argument, Part)
    return msgspec.convert({} if step.value is None and optional else step.value, stage.argument)
