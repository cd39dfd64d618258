"""What LoadGen says at the end of a test: its summary, read line by line."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A summary of LoadGen.

    Attributes:
        figures: What it prints as ``key : value``, keys in lower case with single blanks.
        advice: Its recommendations, where the test is not valid.
    """

    figures: Mapping[str, str]
    advice: tuple[str, ...] = ()

    @property
    def is_valid(self) -> bool:
        """Whether LoadGen calls the test valid."""
        return self.figures.get("result is") == "VALID"

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is not: the conditions that are not satisfied, and LoadGen's advice."""
        if self.is_valid:
            return ()
        unmet = [key for key, value in self.figures.items() if value.upper() == "NO"]
        said = self.figures.get("result is", "no result")
        return (f"LoadGen: {said}; not met: {', '.join(unmet) or 'not said'}", *self.advice)

    def number(self, *keys: str) -> float | None:
        """Return the first of these figures that it printed."""
        for key in keys:
            if key in self.figures:
                return float(self.figures[key])
        return None


def parse(text: str) -> Summary:
    """Read a summary; lines that are not understood are left out."""
    figures: dict[str, str] = {}
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if value.strip():
            figures.setdefault(" ".join(key.strip(" *").lower().split()), value.strip())
    return Summary(figures=figures, advice=_advice(text))


def _advice(text: str) -> tuple[str, ...]:
    """Return the bulleted sentences that follow ``Recommendations``, up to an empty line."""
    block = text.partition("Recommendations:")[2].partition("\n\n")[0]
    sentences: list[list[str]] = []
    for line in block.splitlines():
        if line.startswith(" * "):
            sentences.append([line[3:].strip()])
        elif line.startswith(" ") and sentences:
            sentences[-1].append(line.strip())
    return tuple(" ".join(parts) for parts in sentences)
