"""Charts as files of their own: the style sheet written into the attributes of each element.

A ``<style>`` inside would be refused where a server sends ``default-src 'self'`` with the file;
presentation attributes are no inline style. Light colours on white: a file knows no theme.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from xml.etree import ElementTree

SVG = "http://www.w3.org/2000/svg"

TRACKS = (
    "#0068a8",
    "#b84a00",
    "#007a58",
    "#a3447c",
    "#6b5200",
    "#4f5b66",
    "#2a7fb8",
    "#8a5a00",
)
"""Colours of lines on white, after Okabe and Ito, at least 3 to 1; as in the style sheet."""

_TEXT, _MUTED, _RULE, _GROUND = "#1f2328", "#59636e", "#d0d7de", "#ffffff"
_BAR, _BAD_BAR, _BAD = "#3f6fa8", "#c2570c", "#a8430a"
_HALO = {
    "paint-order": "stroke",
    "stroke": _GROUND,
    "stroke-width": "4",
    "stroke-linejoin": "round",
}

MARGIN = 12.0
HEAD = 40.0
"""Room around a drawing, and above it for its title."""

Attributes = Mapping[str, str]
Rule = tuple[frozenset[str], str, Attributes]
"""Classes of an element or those around it, its tag, and what it looks like; later ones win."""


def _rule(classes: str, tag: str, **attributes: str) -> Rule:
    named = {name.replace("_", "-"): value for name, value in attributes.items()}
    return frozenset(classes.split()), tag, named


RULES: tuple[Rule, ...] = (
    _rule("bf-svg", "text", fill=_TEXT),
    _rule("bf-grid", "line", stroke=_RULE, stroke_width="1"),
    _rule("bf-grid", "text", fill=_MUTED, font_size="12"),
    _rule("bf-zero", "line", stroke=_MUTED),
    _rule("bf-axis", "text", fill=_TEXT),
    _rule("bf-step", "text", fill=_TEXT),
    _rule("bf-heading", "text", font_weight="600"),
    _rule("bf-datum", "rect", fill=_BAR),
    _rule("bf-datum bf-bad", "rect", fill=_BAD_BAR),
    (frozenset({"bf-number"}), "text", _HALO),
    _rule("bf-missing bf-number", "text", fill=_MUTED, font_style="italic"),
    _rule("bf-datum bf-bad bf-number", "text", fill=_BAD, font_weight="600"),
    _rule("bf-reference", "line", stroke=_TEXT, stroke_width="1.2"),
    _rule("bf-reference", "text", fill=_MUTED, font_size="12"),
    _rule("bf-limit", "line", stroke=_BAD, stroke_width="1.2", stroke_dasharray="5 4"),
    _rule("bf-limit", "text", fill=_BAD, font_size="12"),
    _rule("bf-front", "polyline", fill="none", stroke=_BAR, stroke_width="1.5"),
    _rule("bf-dot", "path", fill=_GROUND, stroke=_MUTED, stroke_width="1.5"),
    (frozenset({"bf-dot"}), "text", {**_HALO, "fill": _MUTED, "font-size": "12"}),
    _rule("bf-dot bf-on-front", "path", fill=_BAR, stroke=_BAR),
    _rule("bf-dot bf-bad", "path", stroke=_BAD_BAR),
    _rule("bf-dot bf-on-front", "text", fill=_TEXT),
    _rule("bf-track", "polyline", fill="none", stroke_width="1.8"),
    _rule("bf-track bf-mark-shape", "path", stroke_width="1.6"),
    *(
        rule
        for number, colour in enumerate(TRACKS)
        for rule in (
            _rule(f"bf-track-{number}", "polyline", stroke=colour),
            _rule(f"bf-track-{number} bf-mark-shape", "path", stroke=colour, fill=colour),
            _rule(f"bf-track-{number} bf-leader", "line", stroke=colour, stroke_opacity="0.4"),
        )
    ),
    _rule("bf-changed bf-mark-shape", "path", fill=_GROUND),
    *(
        rule
        for number, colour in enumerate(TRACKS)
        for rule in (
            _rule(f"bf-track-{number} bf-left-level", "path", fill=colour),
            _rule(f"bf-track-{number} bf-left-level", "circle", stroke=colour),
        )
    ),
    _rule("bf-track-name", "text", font_size="12"),
    _rule("bf-whisker", "path", fill="none", stroke=_TEXT, stroke_width="1.2"),
    *(
        _rule(f"bf-track-{number} bf-whisker", "path", stroke=colour)
        for number, colour in enumerate(TRACKS)
    ),
)


def standalone(drawing: str) -> str:
    """Return a drawing that looks as on its page, wherever it is opened.

    Args:
        drawing: SVG with the classes of the style sheet.
    """
    ElementTree.register_namespace("", SVG)
    # Our own template wrote it, with every text escaped.
    root = ElementTree.fromstring(drawing)  # noqa: S314
    _dress(root, frozenset())
    width, height = (float(part) for part in root.attrib["viewBox"].split()[2:])
    size = {"width": f"{width + 2 * MARGIN:g}", "height": f"{height + HEAD + MARGIN:g}"}
    corner = {"x": f"{-MARGIN:g}", "y": f"{-HEAD:g}"}
    root.attrib |= {
        **size,
        "role": "img",
        "viewBox": " ".join((*corner.values(), *size.values())),
        "font-family": "system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif",
        "font-size": "13",
    }
    ground = {**corner, **size, "fill": _GROUND}
    root.insert(2, ElementTree.Element(f"{{{SVG}}}rect", ground))
    place = {"x": "0", "y": f"{14 - HEAD + MARGIN:g}", "fill": _TEXT, "font-weight": "600"}
    heading = ElementTree.Element(f"{{{SVG}}}text", {**place, "font-size": "15"})
    # On its page the caption says it; a file of its own has none.
    heading.text = root.findtext(f"{{{SVG}}}title")
    root.insert(3, heading)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _dress(element: ElementTree.Element, around: frozenset[str]) -> None:
    classes = around | frozenset(element.attrib.pop("class", "").split())
    element.attrib |= _look(element.tag, classes)
    for child in element:
        _dress(child, classes)


@functools.lru_cache(maxsize=1024)
def _look(tag: str, classes: frozenset[str]) -> Attributes:
    """Return what an element looks like; all drawings together have few kinds of element."""
    found: dict[str, str] = {}
    for wanted, name, attributes in RULES:
        if f"{{{SVG}}}{name}" == tag and wanted <= classes:
            found |= attributes
    return found
