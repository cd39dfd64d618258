"""What every quantiser offers, and how its options are checked before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from benchfolio.results import BadInput, Precision, Problem
from benchfolio.runner.engines.base import Feeds, Outputs, Scalar

Infer = Callable[[Feeds], Outputs]


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be made of a model.

    Attributes:
        source: The original: an ONNX file, or the ``.xml`` of an IR.
        precision: Of the artefact.
        method: ptq, dynamic-ptq, accuracy-control, weight-only, cast.
        options: As ``Quantiser.options`` returned them.
        feeds: Calibration samples, one feed each.
        shapes: Sizes the suite states per input; ``None`` for an open one.
        outputs: Names of the model's outputs.
        validate: Quality of a model on the calibration samples with these indices, higher is
            better; for accuracy control.
    """

    source: Path
    precision: Precision
    method: str
    options: Mapping[str, Scalar]
    feeds: Sequence[Feeds] = ()
    shapes: Mapping[str, tuple[int | None, ...]] = {}
    outputs: Sequence[str] = ()
    validate: Callable[[Infer, Sequence[int]], float] | None = None


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """An artefact that was made.

    Attributes:
        format: ir, onnx-qdq, onnx-qoperator, onnx.
        files: Names of its files; the first is the one to load.
    """

    format: str
    files: tuple[str, ...]


class Quantiser(Protocol):
    """A tool that makes an artefact of a model."""

    def packages(self) -> tuple[str, ...]:
        """Return the distributions whose versions change the result, the tool itself first."""
        ...

    def options(
        self, precision: Precision, method: str, given: Mapping[str, Scalar]
    ) -> dict[str, Scalar]:
        """Return every option that changes the result, the tool's defaults filled in.

        Nothing of the tool is imported.

        Raises:
            BadInput: An option is unknown or has a value it cannot have.
        """
        ...

    def calibrates(self, method: str) -> bool:
        """Tell whether the method looks at calibration samples."""
        ...

    def quantise(self, task: Task, folder: Path) -> Made:
        """Make the artefact in a folder.

        Raises:
            Unsupported: The tool says that it cannot; the reason is in its words.
        """
        ...


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """An option: its default and the values it may have.

    Attributes:
        default: What holds when the suite does not say.
        choices: All values, or ``None`` for any of a type.
        types: Types of a value; that of the default when empty.
    """

    default: Scalar
    choices: tuple[Scalar, ...] | None = None
    types: tuple[type, ...] = ()

    def allows(self, value: Scalar) -> bool:
        """Tell whether a value may be given."""
        if self.choices is not None:
            return value in self.choices
        types = self.types or (type(self.default),)
        if isinstance(value, bool) and bool not in types:
            return False
        return isinstance(value, types) or (isinstance(value, int) and float in types)

    def expected(self) -> str:
        """Return in words what may be given."""
        if self.choices is not None:
            return "one of " + ", ".join(str(choice) for choice in self.choices)
        return " or ".join(type_.__name__ for type_ in self.types or (type(self.default),))


def check_options(
    tool: str, known: Mapping[str, Option], given: Mapping[str, Scalar]
) -> dict[str, Scalar]:
    """Return all known options with the values given; without those that are ``None``.

    Raises:
        BadInput: An option is unknown or has a value it cannot have.
    """
    problems = [
        Problem(
            where=f"options.{name}",
            what=f"no such option of {tool}" if name not in known else "not a value of this option",
            expected=(
                f"one of {', '.join(known)}" if name not in known else known[name].expected()
            ),
            got=repr(value) if name in known else name,
            remedy="correct the variant's options in the suite",
        )
        for name, value in given.items()
        if name not in known or not known[name].allows(value)
    ]
    if problems:
        raise BadInput(problems)
    merged = {name: option.default for name, option in known.items()} | dict(given)
    return {name: value for name, value in merged.items() if value is not None}


def names(value: Scalar) -> list[str] | None:
    """Read a list that is written as one text, separated by commas."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else None
