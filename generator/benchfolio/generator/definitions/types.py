"""What a definition says, as types."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from benchfolio.results import Scenario

Texts = str | int | list[str | int]


class Not(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A filter turned round."""

    unwanted: Texts = msgspec.field(name="not")


class ValueSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One value column.

    Attributes:
        metric: Metric id, or ``quality``: the quality metric of the row or of the model's task.
        field: A field of the cell, instead of a metric.
        derive: What to compute from the metric.
        of: Whose value: the cell's own, that of the baseline it is compared with, or that of the
            teacher of a distillation.
        scenario: Where the metric or field is taken from, when not from where it is measured.
        label: Lower header; made from the metric when left out.
        group: Upper header.
        decimals: Overrules the choice by uncertainty.
        once: Stands before the columns that are spread, and is the same for all of them.
        optional: A field that is shown only where it varies.
    """

    metric: str | None = None
    field: str | None = None
    derive: Literal["change", "relative-change", "drop", "gain", "verdict", "coverage"] | None = (
        None
    )
    of: Literal["candidate", "baseline", "teacher"] = "candidate"
    scenario: Scenario | None = None
    label: str = ""
    group: str = ""
    decimals: Annotated[int, Meta(ge=0, le=6)] | None = None
    once: bool = False
    optional: bool = False

    @property
    def id(self) -> str:
        """Name of the column, made from what it shows."""
        base = None if self.of == "candidate" else self.of
        return "-".join(part for part in (base, self.derive, self.metric, self.field) if part)


class Definition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table.

    Attributes:
        about: ``results`` (rows are made from measured cells), or what is listed.
        origin: ``measured`` (imported figures among them), ``transcribed`` from publications, or
            ``any``: the two are never mixed unless a definition asks for it.
        releases: ``newest`` of each platform, ``all``, or a list.
        filter: Accepted values by field, or ``{not: …}``.
        rows: Fields that make a row, in order.
        last: Those of rows that stand behind the values.
        columns: Fields spread over the upper header.
        optional: Those of rows and columns that are shown only where they vary.
        values: What is shown for each row and column.
        least: Rows with a value in fewer of the columns are left out.
        apart: By how much one column may differ from the median of the others before a last
            column names it.
        candidate: What formulas call the candidate; its precision when left out.
        baseline: What formulas call the baseline.
        only_filled: Without a row it has no page of its own.
        sort: Row fields or ids of values, ``-`` before one turns it round; the rows' own order
            when left out.
    """

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$(?!\n)")]
    title: Annotated[str, Meta(min_length=1)]
    description: str = ""
    about: Literal["results", "models", "platforms", "datasets", "losses", "publications"] = (
        "results"
    )
    origin: Literal["measured", "transcribed", "any"] = "measured"
    releases: str | list[str] = "newest"
    filter: dict[str, Texts | Not] = {}
    rows: Annotated[list[str], Meta(min_length=1)]
    optional: list[str] = []
    last: list[str] = []
    columns: list[str] = []
    values: Annotated[list[ValueSpec], Meta(min_length=1)]
    least: Annotated[int, Meta(ge=1, le=99)] = 1
    apart: Annotated[float, Meta(gt=0)] | None = None
    candidate: str = ""
    baseline: str = "FP32"
    only_filled: bool = False
    sort: list[str] = []
    notes: list[str] = []
