"""What types cannot say of a suite: references that resolve, steps that exist, metrics that fit."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from benchfolio.documents import Node, Trail
from benchfolio.results import METRICS, Kind
from benchfolio.runner.location import escapes
from benchfolio.runner.processing import POSTPROCESSES, STEPS, Stage, argument
from benchfolio.runner.quality import QUALITIES
from benchfolio.runner.suite import Dataset, Input, Location, Model, Scenarios, Step, Suite

Finding = tuple[Trail, str, str, str, str]
"""Trail of the value, what is wrong, expected, got, remedy."""


def check(suite: Suite, root: Node) -> Iterator[Finding]:
    """Yield what is wrong with a suite beyond its types.

    Args:
        suite: The parts that could be typed.
        root: The whole file, so that a reference to a part that could not be typed still resolves.
    """
    ids = {name: _keys(root, name) for name in ("datasets", "models", "variants", "runtimes")}
    for name in ("models", "variants", "runtimes"):
        if name in (root.value if isinstance(root.value, dict) else {}) and not ids[name]:
            yield (name,), "is empty", "at least one", "none", "describe one"
    for id_, dataset in suite.datasets.items():
        yield from _dataset(dataset, ("datasets", id_))
    for id_, model in suite.models.items():
        yield from _model(id_, model, suite, ids["datasets"])
    seconds = suite.limits.cell_seconds
    yield from _durations(suite.scenarios, ("scenarios",), seconds)
    for id_, model in suite.models.items():
        own = model.scenarios or Scenarios()
        yield from _durations(own, ("models", id_, "scenarios"), seconds)
    tasks = {model.task for model in suite.models.values()} | _raw_tasks(root)
    for id_, variant in suite.variants.items():
        at = ("variants", id_)
        yield from _all_known(variant.models, ids["models"], (*at, "models"), "model")
        yield from _all_known(variant.tasks, tasks, (*at, "tasks"), "task of a model")
        yield from _all_known(variant.runtimes, ids["runtimes"], (*at, "runtimes"), "runtime")
    for task, limit in suite.acceptance.items():
        yield from _all_known([task], tasks, ("acceptance", task), "task of a model", single=True)
        yield from _metric(limit.metric, ("acceptance", task, "metric"), METRICS)


def _durations(scenarios: Scenarios, at: Trail, limit: float) -> Iterator[Finding]:
    """Yield the tests of LoadGen that the limit of a cell would cut off."""
    for name in ("single-stream", "multi-stream", "offline", "server"):
        how = getattr(scenarios, name.replace("-", "_"))
        if how is not None and how.seconds >= limit:
            rule = "" if how.min_duration_ms else ", as MLPerf's rules have 600 s a test"
            yield (
                (*at, name, "min_duration_ms"),
                "takes longer than limits.cell_seconds allow",
                f"less than {limit:g} s, the warm-up and all tests of a search included",
                f"{how.seconds:g} s{rule}",
                "raise limits.cell_seconds, or give a shorter min_duration_ms, which is recorded",
            )


def _keys(root: Node, name: str) -> set[str]:
    part = root.value.get(name) if isinstance(root.value, dict) else None
    return set(part.value) if part is not None and isinstance(part.value, dict) else set()


def _raw_tasks(root: Node) -> set[str]:
    """Return the tasks of all models, those that could not be typed included."""
    models = root.value.get("models") if isinstance(root.value, dict) else None
    each = models.value.values() if models and isinstance(models.value, dict) else ()
    found = (model.value.get("task") for model in each if isinstance(model.value, dict))
    return {str(task.value) for task in found if task is not None}


def _all_known(
    names: Iterable[str] | None,
    known: Iterable[str],
    trail: Trail,
    kind: str,
    *,
    single: bool = False,
) -> Iterator[Finding]:
    for index, name in enumerate(names or ()):
        if name not in known:
            at = trail if single else (*trail, index)
            yield at, f"no such {kind}", _list(known), name, did_you_mean(name, known)


def _list(known: Iterable[str]) -> str:
    return ", ".join(sorted(known)) or "(there is none)"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the remedy for a word that is not known."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {close[0]}?" if close else "correct it, or remove it"


# ---------------------------------------------------------------------------------------- data sets


def _dataset(dataset: Dataset, at: Trail) -> Iterator[Finding]:
    yield from _location(dataset.path, (*at, "path"), is_built=dataset.build is not None)
    for name in ("images", "labels"):
        yield from _location(getattr(dataset, name), (*at, name))
    if dataset.calibration is not None:
        yield from _location(dataset.calibration.path, (*at, "calibration", "path"))
        for name in ("images", "labels"):
            yield from _location(getattr(dataset.calibration, name), (*at, "calibration", name))
    if dataset.build is not None:
        yield from _location(dataset.build.script, (*at, "build", "script"))
    if dataset.kind not in ("coco", "image-folder"):
        for name in ("images", "labels", "mode"):
            if getattr(dataset, name) is not None:
                what = f"means nothing for the kind {dataset.kind}"
                yield (*at, name), what, "a key for image-folder or coco", name, "remove it"


def _location(location: Location | None, at: Trail, *, is_built: bool = False) -> Iterator[Finding]:
    if location is None:
        return
    if escapes(location):
        yield (
            at,
            "leads out of the folder it is relative to",
            "a path inside the suite's folder, or an absolute one on purpose",
            str(location),
            "move the file beside the suite, or write its absolute path",
        )
    if is_built and not isinstance(location, str):
        yield at, "built, and in a package", "one of the two", "both", "remove one"


# ------------------------------------------------------------------------------------------- models


def _model(id_: str, model: Model, suite: Suite, dataset_ids: set[str]) -> Iterator[Finding]:
    at = ("models", id_)
    yield from _location(model.path, (*at, "path"))
    yield from _location(model.card, (*at, "card"))
    if model.dataset is not None:
        yield from _all_known(
            [model.dataset], dataset_ids, (*at, "dataset"), "data set", single=True
        )
    dataset = suite.datasets.get(model.dataset or "")
    for name, wanted in model.inputs.items():
        yield from _input(wanted, (*at, "inputs", name), model, dataset)
    yield from _step(model.postprocess, (*at, "postprocess"), POSTPROCESSES, "post-processing")
    if model.postprocess.name == "answer":
        yield from _answer(model.postprocess, (*at, "postprocess"), dataset)
    for index, metric in enumerate(model.metrics):
        yield from _model_metric(model, metric, (*at, "metrics", index))
    if not model.batch:
        yield from _unbatched(id_, model, suite)


def _input(wanted: Input, at: Trail, model: Model, dataset: Dataset | None) -> Iterator[Finding]:
    given = {
        "from": wanted.source is not None,
        "constant": wanted.constant is not None,
        "random": wanted.random is not None,
    }
    if sum(given.values()) != 1:
        got = " and ".join(name for name, is_given in given.items() if is_given) or "none"
        yield (
            at,
            "does not say where it comes from",
            "one of from, constant, random",
            got,
            "name one",
        )
    if wanted.source is not None and model.dataset is None:
        got = f"from: {wanted.source}"
        remedy = "give the model a `dataset`, or the input `random` or `constant`"
        yield at, "comes from a field, but the model has no data set", "a data set", got, remedy
    fields = _fields(dataset)
    if wanted.source is not None and fields and wanted.source not in fields:
        yield from _all_known([wanted.source], fields, (*at, "from"), "field", single=True)
    for index, step in enumerate(wanted.steps):
        yield from _step(step, (*at, "steps", index), STEPS, "step")
    if wanted.steps and wanted.source is None:
        yield (*at, "steps"), "steps without a field", "`from: FIELD`", "steps alone", "remove them"


def _answer(step: Step, at: Trail, dataset: Dataset | None) -> Iterator[Finding]:
    """Check that the fields an answer is taken from are there, where the suite alone tells."""
    options = step.value if isinstance(step.value, Mapping) else {}
    if dataset is None:
        remedy = "give the model a `dataset` with a field of text"
        yield at, "an answer without a text to take it from", "`dataset: ID`", "none", remedy
        return
    fields = _fields(dataset)
    for key in ("text", "offsets"):
        name = options.get(key)
        if isinstance(name, str) and fields and name not in fields:
            yield from _all_known([name], fields, (*at, "answer", key), "field", single=True)


def _fields(dataset: Dataset | None) -> list[str]:
    """Return the fields of a data set where the suite alone tells; empty where its files do."""
    if dataset is None:
        return []
    if dataset.kind in ("coco", "image-folder"):
        return ["image"]
    if dataset.inputs is None:
        return []
    return [dataset.inputs] if isinstance(dataset.inputs, str) else list(dataset.inputs)


def _step(step: Step, at: Trail, registry: Mapping[str, Stage], kind: str) -> Iterator[Finding]:
    stage = registry.get(step.name)
    if stage is None:
        yield at, f"no such {kind}", _list(registry), step.name, did_you_mean(step.name, registry)
        return
    try:
        argument(stage, step)
    except msgspec.ValidationError as error:
        expected = str(error).removeprefix("Expected ").replace("`", "")
        got = "nothing" if step.value is None else repr(step.value)
        what = f"the argument of {step.name} does not fit"
        yield at, what, expected, got, f"correct `{{{step.name}: …}}`"


def _metric(metric: str, at: Trail, registry: Iterable[str]) -> Iterator[Finding]:
    known = [id_ for id_ in registry if METRICS[id_].kind is Kind.QUALITY]
    yield from _all_known([metric], known, at, "quality metric", single=True)


def _model_metric(model: Model, metric: str, at: Trail) -> Iterator[Finding]:
    yield from _metric(metric, at, QUALITIES)
    if model.dataset is None:
        yield (
            at,
            "a metric without a data set",
            "`dataset: ID`",
            metric,
            "give the model a data set",
        )
    entry = QUALITIES.get(metric)
    if entry is not None and model.postprocess.name not in entry.postprocesses:
        yield (
            at,
            f"{metric} does not understand these predictions",
            f"postprocess {' or '.join(sorted(entry.postprocesses))}",
            model.postprocess.name,
            "set `postprocess` of the model",
        )


def _unbatched(id_: str, model: Model, suite: Suite) -> Iterator[Finding]:
    """Refuse timed batches for a model without a batch axis."""
    for name, settings in suite.scenarios_of(id_).items():
        if settings.batch != 1:
            place = ("models", id_, "scenarios", name.value, "batch")
            trail = place if model.scenarios else ("models", id_, "batch")
            yield (
                trail,
                f"{name.value} in batches, for a model without a batch axis",
                "batch 1",
                f"batch {settings.batch}",
                "give the model `scenarios` of its own with batch 1",
            )
