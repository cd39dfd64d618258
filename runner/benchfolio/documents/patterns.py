"""Patterns that people write, in which ``*`` stands for anything."""

from __future__ import annotations

import re


def starred(pattern: str) -> str:
    """Return a pattern as a regular expression for ``fullmatch``, with ``re.DOTALL``.

    Whatever the pattern and the text, matching takes no longer than their lengths multiplied: each
    part is sought once, after the one before, and never again at another place. That is enough, as
    the first place leaves the most for what follows.
    """
    first, *rest = map(re.escape, pattern.split("*"))
    if not rest:
        return first
    *middle, last = rest
    return f"{first}{''.join(f'(?>.*?{part})' for part in middle)}.*{last}"
