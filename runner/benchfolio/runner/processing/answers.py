"""Answers to questions: a part of a text, from scores of where it starts and ends."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from benchfolio.runner.processing.look import Look
from benchfolio.runner.processing.stage import Array, Count
from benchfolio.runner.suite import Part


class AnswerOptions(Part, frozen=True, kw_only=True):
    """Argument of ``answer``.

    Attributes:
        start: Output with a score per token that the answer starts there.
        end: Output with a score per token that it ends there, this token included.
        text: Field of the samples that the answer is a part of.
        offsets: Field with the characters of ``text`` that each token stands for, [T, 2]: first,
            and one past the last. A token whose two are not in that order stands for none of the
            text (a special token, the question, padding), and so do tokens beyond the last offset.
            When left out, the tokens are the UTF-8 bytes of ``text``, as the step ``utf8-bytes``
            makes them.
        max_tokens: An answer has at most so many tokens.
    """

    start: str
    end: str
    text: str
    offsets: str | None = None
    max_tokens: Count = 30


def answer(look: Look, options: AnswerOptions) -> str:
    """Take the part of a text field whose first and last token have the highest sum of scores.

    Of equals the one that starts first, then the shortest. Empty where no token is of the text.
    All pairs are compared, not only those of the best few starts and ends, as some scripts do.
    """
    start, end = (look.output(name).ravel() for name in (options.start, options.end))
    if start.shape != end.shape:
        raise ValueError(f"{start.size} scores of the start, but {end.size} of the end")
    text, offsets = _text_and_offsets(look, options)
    offsets = offsets[: start.size]
    is_text = offsets[:, 0] < offsets[:, 1]
    first, last = (
        np.where(is_text, scores[: len(offsets)].astype(np.float64), -np.inf)
        for scores in (start, end)
    )
    best = _best_span(first, last, options.max_tokens)
    return "" if best is None else text[offsets[best[0], 0] : offsets[best[1], 1]]


def _text_and_offsets(look: Look, options: AnswerOptions) -> tuple[str, npt.NDArray[np.int64]]:
    names = [options.text] if options.offsets is None else [options.text, options.offsets]
    field, *given = look.fields(*names)
    if field.dtype.kind not in "OU" or field.ndim:
        raise ValueError(f"the field {options.text!r} is not text")
    text = str(field)
    return text, _given_offsets(given[0], len(text)) if given else _byte_offsets(text)


def _given_offsets(offsets: Array, length: int) -> npt.NDArray[np.int64]:
    if offsets.dtype.kind not in "iu" or offsets.ndim != 2 or offsets.shape[1] != 2:
        raise ValueError(f"offsets [T, 2] are wanted, not {offsets.dtype} {list(offsets.shape)}")
    of_text = offsets[offsets[:, 0] < offsets[:, 1]]
    if of_text.size and (of_text.min() < 0 or of_text.max() > length):
        raise ValueError(f"offsets beyond the {length} characters of the text")
    return offsets.astype(np.int64)


def _byte_offsets(text: str) -> npt.NDArray[np.int64]:
    """Return the characters that each UTF-8 byte stands for: all bytes of one, that one."""
    sizes = [len(character.encode()) for character in text]
    first = np.repeat(np.arange(len(text), dtype=np.int64), sizes)
    return np.stack([first, first + 1], axis=1)


def _best_span(first: Array, last: Array, max_tokens: int) -> tuple[int, int] | None:
    """Return the best first and last token, at most so many apart; ``None`` where all are −∞."""
    if not first.size:
        return None
    width = min(max_tokens, first.size)
    padded = np.concatenate([last, np.full(width - 1, -np.inf)])
    sums = first[:, None] + np.lib.stride_tricks.sliding_window_view(padded, width)
    start, more = divmod(int(sums.argmax()), width)
    return (start, start + more) if sums[start, more] > -np.inf else None
