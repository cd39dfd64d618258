"""LaTeX: what our typography needs of engines that know few characters.

``xelatex`` and ``lualatex`` take what their fonts have. ``pdflatex``, which Sphinx chooses where
nothing is said, stops at characters that nobody declared; those that we write ourselves are
declared here. Names in other scripts need ``latex_engine = "xelatex"``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

DECLARED = (
    ("202F", r"\,"),  # narrow no-break space: before units
    ("2009", r"\,"),  # thin space: between thousands
    ("2212", r"\ensuremath{-}"),
    ("2248", r"\ensuremath{\approx}"),
    ("2264", r"\ensuremath{\le}"),
    ("2265", r"\ensuremath{\ge}"),
    ("2308", r"\ensuremath{\lceil}"),
    ("2309", r"\ensuremath{\rceil}"),
    ("2192", r"\ensuremath{\rightarrow}"),
    ("26A0", "(!)"),
)
"""Code point → what stands for it."""


def declare_characters(_app: Sphinx, config: Config) -> None:
    """Add the declarations before what the project has in its preamble, which may have its own."""
    if config.latex_engine not in ("pdflatex", "platex"):
        return
    lines = "\n".join(rf"\DeclareUnicodeCharacter{{{point}}}{{{text}}}" for point, text in DECLARED)
    elements = dict(config.latex_elements)
    config.latex_elements = {**elements, "preamble": f"{lines}\n{elements.get('preamble', '')}"}
