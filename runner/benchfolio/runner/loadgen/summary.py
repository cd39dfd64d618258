"""What LoadGen says at the end of a test: its summary, read line by line."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A summary of LoadGen.

    Attributes:
        figures: What it prints as ``key : value``, keys in lower case with single blanks.
        unmet: The conditions that are not satisfied, as it prints them.
        advice: Its recommendations, where the test is not valid.
    """

    figures: Mapping[str, str]
    unmet: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()

    @property
    def is_valid(self) -> bool:
        """Whether LoadGen calls the test valid."""
        return self.figures.get("result is") == "VALID"

    @property
    def reason(self) -> str:
        """Why it is not valid, in LoadGen's words, as the importer of its summaries gives them."""
        said = self.figures.get("result is", "no result")
        unmet = f"LoadGen: {said}; not met: {', '.join(self.unmet) or 'not said'}"
        return "; ".join([unmet, *self.advice])

    def number(self, key: str) -> float | None:
        """Return a figure, or nothing where it was not printed."""
        return float(self.figures[key]) if key in self.figures else None


def parse(text: str) -> Summary:
    """Read a summary; lines that are not understood are left out."""
    figures: dict[str, str] = {}
    unmet = []
    for line in text.splitlines():
        key, _, value = line.partition(":")
        name = " ".join(key.strip(" *").split())
        if value.strip():
            figures.setdefault(name.lower(), value.strip())
        if line.startswith("  ") and value.strip().upper() == "NO":
            unmet.append(name)
    return Summary(figures=figures, unmet=tuple(unmet), advice=_advice(text))


def _advice(text: str) -> tuple[str, ...]:
    """Return the bulleted sentences under ``Recommendations``; each may go on in the next lines."""
    sentences: list[list[str]] = []
    for line in text.partition("\nRecommendations:\n")[2].splitlines():
        if line.startswith(" * "):
            sentences.append([line[3:].strip()])
        elif line.startswith(" ") and sentences:
            sentences[-1].append(line.strip())
        else:
            break
    return tuple(" ".join(parts) for parts in sentences)
