"""A badge for the README of a model: its best acceptable format, or that there is none.

A format is named only where its drop is known and within the limit, and its gain is beyond
its interval and the noise floor of the platform. ``FP32 only`` needs that every other format was
judged and none is good; everything else is ``not judged``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

import msgspec

from benchfolio.generator.collection import Collection
from benchfolio.generator.entries import Number, derived_number, field_label
from benchfolio.generator.formats import Format, formats, gain_of, told
from benchfolio.generator.formatting import clean, decimals, number, with_unit
from benchfolio.generator.publish.gains import fastest, is_decided
from benchfolio.generator.publish.places import badge_path
from benchfolio.generator.publish.site import Site
from benchfolio.generator.publish.types import BadgeReference
from benchfolio.generator.render import Renderer
from benchfolio.generator.view import Fact, Link, Section

LABEL = "best format"
ONLY_BASELINE = "FP32 only"
NOT_JUDGED = "not judged"

LABEL_COLOUR = "424a53"
COLOURS: Mapping[str, str] = {ONLY_BASELINE: "0550ae", NOT_JUDGED: "59636e", "": "116329"}
"""Colour behind a message, any other under the empty key: white on each has at least 4.5 : 1."""


class Badge(msgspec.Struct, frozen=True, kw_only=True):
    """A badge.

    Attributes:
        model: Id of the model.
        label: What it speaks of.
        message: What it says.
        colour: Behind the message, six hexadecimal digits.
        title: The same in a sentence, with model, platform and release.
    """

    model: str
    label: str
    message: str
    colour: str
    title: str


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """Measures of a badge, in pixels.

    Attributes:
        left: Width of the label's box.
        right: Width of the message's box.
        label: Width of the label's text.
        message: Width of the message's text.
    """

    left: int
    right: int
    label: int
    message: int

    @property
    def width(self) -> int:
        """Width of the whole."""
        return self.left + self.right


class Endpoint(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What shields.io reads (https://shields.io/badges/endpoint-badge)."""

    schema_version: int = 1
    label: str
    message: str
    color: str


def badges(collection: Collection, newest: Iterable[Format]) -> tuple[Badge, ...]:
    """Return the badges of all models that were measured, in the newest release of each platform.

    Of what was only read off publications nothing can be said here.

    Args:
        collection: The results.
        newest: All measured formats of the newest release of each platform.
    """
    by_model: dict[str, list[Format]] = {}
    for one in newest:
        by_model.setdefault(one.key["model"], []).append(one)
    return tuple(_badge(collection, id_, by_model[id_]) for id_ in sorted(by_model))


def _badge(collection: Collection, model: str, found: list[Format]) -> Badge:
    first = fastest(found)
    others = [one for one in found if not one.is_baseline]
    if first is not None:
        message, why = _message(collection, first), told(collection, first, platform=True)
        why += f", release {clean(first.key['release'])}"
    elif others and all(map(is_decided, others)):
        message, why = ONLY_BASELINE, "no other format is both acceptable and faster"
    else:
        message = NOT_JUDGED
        why = "limit, drop, or noise floor is not known of every format"
        if not others:
            why = "no other format than FP32 was measured"
    return Badge(
        model=model,
        label=LABEL,
        message=message,
        colour=COLOURS.get(message, COLOURS[""]),
        title=f"{field_label(collection, 'model', model)}: {why}",
    )


def _message(collection: Collection, one: Format) -> str:
    gain = gain_of(one) or 0.0
    # A badge has room for few digits; what is near to 1 or to 0 needs one more to be told from it.
    shown = number(gain, 1 if gain >= 1.1 else 2)
    return f"{one.key['precision']} {shown}× · {_loss(collection, one)}"


def _loss(collection: Collection, one: Format) -> str:
    """Return how quality changes: ``−0.2 pts`` where points are lost."""
    found = one.quality
    shown = derived_number(collection, found, "change") if found else None
    if found is None or not isinstance(shown, Number):
        return NOT_JUDGED
    if found.is_undetectable:
        return "no detectable loss"
    if found.unit == "%":
        return f"{number(shown.value, 1 if abs(shown.value) >= 0.1 else 2, signed=True)} pts"
    text = number(shown.value, decimals([shown.sample], shown.most), signed=True)
    name = field_label(collection, "metric", found.metric)
    return f"{with_unit(text, clean(found.unit))} {name}"


def draw(found: Badge, renderer: Renderer) -> bytes:
    """Return the drawing of a badge, as SVG."""
    return renderer.badge(found, measure(found), LABEL_COLOUR).encode()


def tell(found: Badge) -> bytes:
    """Return what shields.io reads of a badge."""
    endpoint = Endpoint(label=found.label, message=found.message, color=found.colour)
    return msgspec.json.encode(endpoint) + b"\n"


def reference(found: Badge) -> BadgeReference:
    """Return where a badge is."""
    return BadgeReference(
        model=found.model,
        message=found.message,
        svg=badge_path(found.model, "svg"),
        endpoint=badge_path(found.model, "json"),
    )


_PADDING = 12
_NARROW = frozenset(" .,:;|!'ijlIt·")
_BROAD = frozenset("mwMW@%×")


def measure(found: Badge) -> Drawing:
    """Return the measures of a badge; text is stretched to them in whatever font a reader has."""
    label, message = text_width(found.label), text_width(found.message)
    return Drawing(left=label + _PADDING, right=message + _PADDING, label=label, message=message)


def text_width(text: str) -> int:
    """Return about how wide a text is in a sans-serif font of 11 pixels."""
    return round(sum(map(_character_width, text)))


def _character_width(character: str) -> float:
    if character in _NARROW:
        return 3.9
    if character in _BROAD:
        return 9.6
    wide = unicodedata.east_asian_width(character) in "WF"
    return 11.0 if wide else 7.6 if character.isupper() else 6.8


def markdown(found: Badge, site: Site) -> str:
    """Return the Markdown that shows a badge and leads to the model's page."""
    image = site.absolute(badge_path(found.model, "svg"))
    page = site.absolute(site.page("model", found.model) or site.home)
    # A metric of a result file's own may have any name.
    said = re.sub(r"([\\\[\]`<>&_*])", r"\\\1", f"{found.label}: {found.message}")
    return f"[![{said}]({image})]({page})"


def badge_part(collection: Collection, model: str, site: Site) -> Section | None:
    """Return the part of a model's page that offers its badge; ``None`` where it has none."""
    chosen = formats(collection, {"model": model})
    if not chosen:
        return None
    found = _badge(collection, model, chosen)
    return Section(
        id="badge",
        title="Badge",
        text=_told(site),
        facts=tuple(_facts(found, site)),
    )


def _told(site: Site) -> str:
    told = "For the README of this model; it follows every build of this site."
    return told if site.url else f"{told} Put the address of this site before the paths."


def _facts(found: Badge, site: Site) -> Iterable[Fact]:
    endpoint = site.absolute(badge_path(found.model, "json"))
    picture = Link("file", badge_path(found.model, "svg"))
    yield Fact(label="Badge", text=f"{found.label}: {found.message}", link=picture, picture=True)
    yield Fact(label="Markdown", text=markdown(found, site), code=True)
    yield Fact(label="Endpoint for shields.io", text=endpoint, code=True)
