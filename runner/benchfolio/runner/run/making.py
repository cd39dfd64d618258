"""Artefacts: the original, one from the cache, or a new one."""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from benchfolio.results import Recipe, State
from benchfolio.runner import artefacts, quantisers
from benchfolio.runner.artefacts import Kept
from benchfolio.runner.jobs import Inspected, Prepare, Prepared, Refused, Subject
from benchfolio.runner.plan import Planned
from benchfolio.runner.run.means import Means

_PREPARE_SECONDS = MappingProxyType({"accuracy-control": 20.0, "dynamic-ptq": 2.0})
_OTHER_PREPARE_SECONDS = 4.0


def prepare_seconds(planned: Planned) -> float:
    """Return about how long making the artefact takes; an original is there."""
    if planned.variant.quantiser is None:
        return 0.0
    return _PREPARE_SECONDS.get(planned.variant.method, _OTHER_PREPARE_SECONDS)


class Maker:
    """Makes artefacts.

    Args:
        means: What the run works with.
        seconds: How long making one may take.
    """

    def __init__(self, means: Means, seconds: float) -> None:
        self._means = means
        self._seconds = seconds

    def artefact(
        self, subject: Subject, found: Inspected, planned: Planned, recipe: Recipe
    ) -> Kept | Refused:
        """Return the artefact: the original, one from the cache, or a new one."""
        variant, cell = planned.variant, planned.cell
        if variant.quantiser is None:
            return Kept(
                path=found.files[0],
                format=found.format,
                sha256=found.sha256,
                bytes=found.bytes,
                opset=found.opset,
            )
        calibrates = quantisers.find(variant.quantiser).calibrates(variant.method)
        name = artefacts.key(
            {
                "model": found.sha256,
                "quantiser": variant.quantiser,
                "versions": quantisers.versions(variant.quantiser),
                "precision": variant.precision,
                "method": variant.method,
                "options": recipe.options,
                "calibration": found.calibration.sha256 if found.calibration else None,
                "subject": _what_changes_an_artefact(subject),
            }
        )
        kept = artefacts.find(self._means.cache, name)
        if kept is not None:
            return kept
        self._means.observer.doing(f"{cell.model}: making {variant.label or cell.recipe}")
        if calibrates and found.calibration is None:
            return Refused(
                state=State.SKIPPED,
                reason="the suite names no calibration samples, which this method needs",
            )
        return self._make(subject, planned, recipe, name)

    def _make(
        self, subject: Subject, planned: Planned, recipe: Recipe, name: str
    ) -> Kept | Refused:
        assert planned.variant.quantiser is not None
        with artefacts.place(self._means.cache) as folder:
            reply = self._means.do(
                Prepare(
                    subject=subject,
                    quantiser=planned.variant.quantiser,
                    precision=planned.variant.precision,
                    method=planned.variant.method,
                    options=dict(recipe.options),
                    out=str(folder),
                ),
                self._seconds,
            )
            if isinstance(reply, Prepared):
                return artefacts.keep(self._means.cache, name, folder, reply)
        assert isinstance(reply, Refused)
        return msgspec.structs.replace(reply, reason=f"quantising: {reply.reason}")


def _what_changes_an_artefact(subject: Subject) -> dict[str, object]:
    """Return what, beside model, recipe and samples, the calibration depends on."""
    model = subject.model
    wanted = {name: getattr(model, name) for name in ("inputs", "shape", "batch", "metrics")}
    wanted["postprocess"] = model.postprocess
    wanted["output"] = model.output
    return {name: msgspec.to_builtins(value) for name, value in wanted.items()}
