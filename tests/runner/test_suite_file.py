"""Suite files: good ones become types, bad ones give every mistake with its line."""

from __future__ import annotations

import os
import re
from importlib import metadata
from pathlib import Path

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchfolio.documents import Node, parse
from benchfolio.results import BadInput, MissingEnvironment, Precision
from benchfolio.runner import location, suite_file
from benchfolio.runner.suite import Input, PackageFile, Step, Suite

ROOT = Path(__file__).parents[2]

MINIMAL = """\
suite: small
datasets:
  digits:
    name: Digits
    kind: npz
    path: test.npz
    inputs: images
    targets: labels
models:
  net:
    name: Net
    task: image-classification
    path: net.onnx
    dataset: digits
    inputs:
      image: {from: images, steps: [scale: 0.5, cast: float32]}
    postprocess: argmax
    metrics: [accuracy@top1]
variants:
  fp32: {precision: FP32}
runtimes:
  openvino: {devices: [CPU]}
acceptance:
  image-classification: {metric: accuracy@top1, max_drop: 1}
"""


def load(text: str) -> Suite:
    """Load a suite from text, named ``s.yaml`` in errors."""
    return suite_file.from_tree(parse(text, "s.yaml", suite_file.FORM), "s.yaml")


def problems(text: str) -> list[str]:
    """Return what is wrong with a text, ``LINE:COLUMN what → remedy`` each."""
    with pytest.raises(BadInput) as caught:
        load(text)
    return [
        f"{problem.where.removeprefix('s.yaml:')} {problem.what} → {problem.remedy}"
        for problem in caught.value.problems
    ]


def changed(old: str, new: str) -> str:
    """Return the minimal suite with one place changed."""
    assert MINIMAL.count(old) == 1
    return MINIMAL.replace(old, new)


# ----------------------------------------------------------------------------------- good suites


def test_short_spellings_are_written_out() -> None:
    """A step, a post-processing and an input may be written in one word or pair."""
    model = load(changed("{from: images, steps: [scale: 0.5, cast: float32]}", "images")).models[
        "net"
    ]
    assert model.inputs == {"image": Input(source="images")}
    assert model.postprocess == Step(name="argmax")
    model = load(MINIMAL).models["net"]
    assert model.inputs["image"].steps == (
        Step(name="scale", value=0.5),
        Step(name="cast", value="float32"),
    )


def test_one_word_stands_for_a_list_of_it() -> None:
    """Where a list of words is wanted, a single word is a list of one."""
    suite = load(changed("[accuracy@top1]", "accuracy@top1").replace("[CPU]", "CPU"))
    assert suite.models["net"].metrics == ("accuracy@top1",)
    assert suite.runtimes["openvino"].devices == ("CPU",)


def test_anchors_and_merge_keys_are_followed() -> None:
    """Aliases and `<<` give what they stand for, and keys beside `<<` win."""
    text = changed(
        "  fp32: {precision: FP32}", "  a: &a {precision: FP32, label: A}\n  b: {<<: *a, label: B}"
    )
    variants = load(text).variants
    assert (variants["b"].precision, variants["b"].label) == (Precision.FP32, "B")


@pytest.mark.parametrize("folder", ["suite", "suite/bring-your-own"])
def test_the_suites_of_this_repository_load(folder: str) -> None:
    """The bundled suite and the one for other people's models are valid, their cards are there."""
    suite = suite_file.load_suite(ROOT / folder / "suite.yaml")
    assert len(suite.models) == 4
    for model in suite.models.values():
        assert model.card is None or (ROOT / folder / model.card).is_file()


# ------------------------------------------------------------------------------------ bad suites


@pytest.mark.parametrize(
    ("old", "new", "expected", "remedy"),
    [
        (
            "path: net.onnx",
            "pth: net.onnx",
            "13:5 models.net.pth: unknown key",
            "did you mean path?",
        ),
        ("    name: Net\n", "", "10:3 models.net: `name` is missing", "add the key"),
        (
            "dataset: digits",
            "dataset: digit",
            "14:14 models.net.dataset: no such data set",
            "did you mean digits?",
        ),
        (
            "[accuracy@top1]",
            "[acuracy@top1]",
            "18:15 models.net.metrics[0]: no such quality metric",
            "did you mean accuracy@top1?",
        ),
        (
            "[accuracy@top1]",
            "[map@50]",
            "18:15 models.net.metrics[0]: map@50 does not understand these predictions",
            "set `postprocess` of the model",
        ),
        (
            "scale: 0.5",
            "scael: 0.5",
            "16:37 models.net.inputs.image.steps[0]: no such step",
            "did you mean scale?",
        ),
        (
            "scale: 0.5",
            "scale: big",
            "16:37 models.net.inputs.image.steps[0]: the argument of scale does not fit",
            "correct `{scale: …}`",
        ),
        (
            "from: images",
            "from: image",
            "16:21 models.net.inputs.image.from: no such field",
            "did you mean images?",
        ),
        (
            "postprocess: argmax",
            "postprocess: armax",
            "17:18 models.net.postprocess: no such post-processing",
            "did you mean argmax?",
        ),
        (
            "precision: FP32",
            "precision: FP31",
            "20:21 variants.fp32.precision: not a value that fits",
            "correct the value",
        ),
        ("fp32:", "fp/32:", "20:3 variants.fp/32: not a value that fits", "correct the value"),
        (
            "{precision: FP32}",
            "{precision: FP32, runtimes: [openvino, ort]}",
            "20:48 variants.fp32.runtimes[1]: no such runtime",
            "correct it, or remove it",
        ),
        (
            "{precision: FP32}",
            "{precision: FP32, models: [ned]}",
            "20:36 variants.fp32.models[0]: no such model",
            "did you mean net?",
        ),
        (
            "path: net.onnx",
            "path: ../net.onnx",
            "13:11 models.net.path: leads out of the folder it is relative to",
            "move the file beside the suite, or write its absolute path",
        ),
        (
            "{from: images",
            "{from: images, constant: 1",
            "16:7 models.net.inputs.image: does not say where it comes from",
            "name one",
        ),
        (
            "  image-classification:",
            "  image-clasification:",
            "24:3 acceptance.image-clasification: no such task of a model",
            "did you mean image-classification?",
        ),
        (
            "    dataset: digits\n",
            "",
            "15:7 models.net.inputs.image: comes from a field, but the model has no data set",
            "give the model a `dataset`, or the input `random` or `constant`",
        ),
        (
            "variants:\n  fp32: {precision: FP32}\n",
            "variants: {}\n",
            "19:1 variants: is empty",
            "describe one",
        ),
        ("scale: 0.5", "scale: .nan", "16:44 not a finite number", "correct the line"),
    ],
)
def test_a_mistake_is_reported_with_its_place_and_remedy(
    old: str, new: str, expected: str, remedy: str
) -> None:
    """Each kind of mistake gives line, column, the path in the suite, and what to do."""
    assert f"{expected} → {remedy}" in problems(changed(old, new))


def test_all_mistakes_of_a_file_are_reported_at_once_in_order() -> None:
    """Mistakes in types and in references come together, in the order of lines."""
    text = changed("kind: npz", "kind: nzp").replace("[scale: 0.5", "[scal: 0.5")
    text = text.replace("precision: FP32", "precision: 32").replace("[CPU]", "{CPU: 1}")
    text += "limits: {cell_seconds: -1, memory_mib: much}\nwhat: 1\n"
    lines = [int(each.split(":")[0]) for each in problems(text)]
    assert lines == [5, 16, 20, 22, 25, 25, 26]


def test_a_broken_part_can_still_be_referred_to() -> None:
    """A mistake in a data set or model does not make what refers to it or its task wrong too."""
    assert len(problems(changed("kind: npz", "kind: nzp"))) == 1
    assert len(problems(changed("path: net.onnx", "path: 1"))) == 1


def test_a_batch_for_a_model_without_batch_axis_is_refused() -> None:
    """Timed batches and `batch: false` contradict each other."""
    text = changed("    path: net.onnx", "    path: net.onnx\n    batch: false")
    found = problems(text + "scenarios: {latency: {batch: 4}}\n")
    what = "latency in batches, for a model without a batch axis"
    remedy = "give the model `scenarios` of its own with batch 1"
    assert found == [f"14:12 models.net.batch: {what} → {remedy}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("suite: a\nmodels:\n  x: 1\n  x: 2\n", "4:3 the key 'x' is given twice"),
        ("suite: !!python/object/apply:os.system ['true']\n", "1:8 a YAML tag"),
        ("suite: !mine x\n", "1:8 a YAML tag"),
        ("suite: a\n  b: [\n", "2:4 not valid YAML"),
        ("suite: [a\n", "2:1 not valid YAML"),
        ("- a\n", "1:1 not a mapping"),
        ("", "1:1 not a mapping"),
        ("a: &a [*a]\n", "1:4 an alias that contains itself"),
        ("? [a, b]\n: 1\n", "1:3 a key that is not text"),
        ("a: " + "[" * 200 + "]" * 200, "1:27 nested too deeply"),
        ("a: " + "{a: " * 5000 + "}" * 5000, "1:96 nested too deeply"),
        ("a: \x00", "1:1 not valid YAML"),
    ],
)  # fmt: skip
def test_broken_yaml_is_refused_with_its_place(text: str, expected: str) -> None:
    """Whatever YAML can do to a reader ends in one clear sentence with a line."""
    assert any(found.startswith(expected) for found in problems(text)), problems(text)


def test_aliases_that_multiply_are_stopped() -> None:
    """A few lines that would expand to millions of values are refused at once."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    (found,) = problems("\n".join(lines))
    assert "too many values once its aliases are followed" in found


def test_too_many_values_are_stopped_before_they_are_composed() -> None:
    """A long flat file ends early, with the line at which it was too much."""
    (found,) = problems("a:\n" + "- 1\n" * (suite_file.FORM.max_values + 9))
    assert "too many values" in found


def test_a_file_too_large_or_not_text_is_refused(tmp_path: Path) -> None:
    """Size and encoding are checked before anything is parsed; a missing file is no traceback."""
    path = tmp_path / "suite.yaml"
    path.write_bytes(b"a: " + b"x" * (suite_file.FORM.max_bytes + 1))
    with pytest.raises(BadInput, match="too large"):
        suite_file.load_suite(path, where="suite.yaml")
    path.write_bytes(b"suite: a\nb: \xff\n")
    with pytest.raises(BadInput, match=r"suite\.yaml:2:1: not UTF-8"):
        suite_file.load_suite(path, where="suite.yaml")
    with pytest.raises(BadInput, match="cannot be read"):
        suite_file.load_suite(tmp_path / "absent.yaml")


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
WORDS = st.sampled_from(
    ["suite", "models", "datasets", "variants", "inputs", "steps", "from", "scale", "name", "path",
     "FP32", "precision", "batch", "shape", "constant", "acceptance", "metric", "net"]
)  # fmt: skip
TREES = st.recursive(
    SCALARS | WORDS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=20,
)


def node(value: object) -> Node:
    """Return any plain value as a tree."""
    if isinstance(value, dict):
        nodes = {str(key): node(each) for key, each in value.items()}
        return Node(nodes, (1, 1), dict.fromkeys(nodes, (1, 1)))
    if isinstance(value, list):
        return Node([node(each) for each in value], (1, 1))
    assert value is None or isinstance(value, bool | int | float | str)
    return Node(value, (1, 1))


@given(
    st.dictionaries(
        st.sampled_from(["suite", "datasets", "models", "variants", "runtimes", "scenarios",
                         "acceptance", "limits", "description"]),
        TREES,
    )
)  # fmt: skip
def test_any_tree_is_a_suite_or_bad_input(tree: dict[str, object]) -> None:
    """No content whatever ends in anything but a suite or ``BadInput``."""
    try:
        suite_file.from_tree(node(tree), "s.yaml")
    except BadInput as error:
        assert all(re.match(r"s\.yaml:\d+:\d+$", each.where) for each in error.problems)  # noqa: PT017


@given(st.text(alphabet="ab:-[]{}&*!|>%@`'\"#,?\n \t\x00\ufeff1.~<", max_size=60))
def test_any_text_is_yaml_or_bad_input(text: str) -> None:
    """No text whatever ends in anything but a tree or ``BadInput``."""
    try:
        parse(text, "s.yaml", suite_file.FORM)
    except BadInput as error:
        assert error.problems  # noqa: PT017


# ------------------------------------------------------------------------------------- locations


def test_a_relative_path_is_found_in_the_folder_of_the_suite(tmp_path: Path) -> None:
    """Relative paths are of the suite's folder; what is missing is named in the suite's words."""
    (tmp_path / "net.onnx").touch()
    assert location.locate("net.onnx", tmp_path) == tmp_path / "net.onnx"
    with pytest.raises(BadInput, match=r"^sub/other\.onnx: no such file"):
        location.locate("sub/other.onnx", tmp_path)


def test_a_pipe_is_no_file_of_a_suite(tmp_path: Path) -> None:
    """What would be waited for when it is opened is refused before."""
    os.mkfifo(tmp_path / "data.npz")
    with pytest.raises(BadInput, match="a pipe, a socket or a device"):
        location.locate("data.npz", tmp_path)


def test_an_absolute_path_never_reaches_a_message_whole(tmp_path: Path) -> None:
    """Of an absolute path only the last part is said, so that results do not carry folders."""
    with pytest.raises(BadInput) as caught:
        location.locate(str(tmp_path / "absent.onnx"), tmp_path)
    assert str(tmp_path) not in str(caught.value)


def test_a_file_of_an_installed_package_is_found_without_importing_it(tmp_path: Path) -> None:
    """A file that a distribution carries is located by its metadata."""
    found = location.locate(PackageFile(package="msgspec", file="msgspec/__init__.py"), tmp_path)
    assert found.name == "__init__.py"
    assert found.is_file()


def test_a_package_that_is_missing_or_lacks_the_file_says_so(tmp_path: Path) -> None:
    """A missing package is a matter of the environment, a missing file of the suite."""
    with pytest.raises(MissingEnvironment, match="pip install no-such-distribution"):
        location.locate(PackageFile(package="no-such-distribution", file="a"), tmp_path)
    with pytest.raises(BadInput, match=r"does not carry this file(.|\n)*it carries"):
        location.locate(PackageFile(package="msgspec", file="msgspec/absent.py"), tmp_path)


@pytest.mark.parametrize(
    "model", ["magika", "ocr-recogniser", "voice-activity", "voice-activity-sequence"]
)
def test_models_of_other_people_are_found_in_their_packages(model: str) -> None:
    """Each model of the bring-your-own suite lies where the suite says, if its package is here."""
    suite = suite_file.load_suite(ROOT / "suite" / "bring-your-own" / "suite.yaml")
    path = suite.models[model].path
    assert isinstance(path, PackageFile)
    try:
        metadata.distribution(path.package)
    except metadata.PackageNotFoundError:
        pytest.skip(f"the package {path.package} is not installed")
    assert location.locate(path, ROOT).suffix == ".onnx"


def test_the_bundled_suite_names_the_inputs_and_outputs_its_models_have() -> None:
    """What the suite says of inputs, outputs and detections is in the ONNX files beside it."""
    suite = suite_file.load_suite(ROOT / "suite" / "suite.yaml")
    for model in suite.models.values():
        assert isinstance(model.path, str)
        graph = onnx.load(ROOT / "suite" / model.path).graph
        outputs = {each.name for each in graph.output}
        assert {each.name for each in graph.input} == set(model.inputs)
        options = model.postprocess.value or {}
        named = {model.output, options.get("boxes"), options.get("scores")} - {None}
        assert named <= outputs
        assert named
