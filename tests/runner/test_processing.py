"""Pre- and post-processing: small pure functions, and how they meet models and batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from benchfolio.results import BadInput, Port
from benchfolio.runner import processing
from benchfolio.runner.datasets import Samples
from benchfolio.runner.processing import Detections
from benchfolio.runner.suite import Input, Model, Step

IMAGE = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)  # height 2, width 3, RGB


def step(name: str, value: Any, array: Any) -> Any:  # noqa: ANN401
    """Apply one step by its name in suites."""
    return processing.apply(Step(name=name, value=value), np.asarray(array))


def model(**options: Any) -> Model:  # noqa: ANN401
    """Return a model as a suite would describe it."""
    return msgspec.convert({"name": "Net", "path": "net.onnx", **options}, Model)


def samples(count: int = 3) -> Samples:
    """Return samples with an image and a text, different in each."""
    return Samples(
        fields=("image", "text"),
        count=count,
        item=lambda index: {"image": IMAGE + np.uint8(index), "text": np.asarray(f"no {index}")},
    )


# ------------------------------------------------------------------------------------------ steps


def test_scale_mean_and_std_work_in_float32_per_channel() -> None:
    """One number, or one per channel, applies to the channel axis, first or last, in float32."""
    assert step("scale", 0.5, IMAGE).dtype == np.float32
    assert step("mean", 300, IMAGE).min() == -300
    last = step("std", [1, 2, 4], step("mean", [1, 2, 3], IMAGE))
    assert last[0, 0].tolist() == [-1, -0.5, -0.25]
    first = step("mean", [1, 2, 3], np.zeros((3, 4, 4)))
    assert first[:, 0, 0].tolist() == [-1, -2, -3]


@pytest.mark.parametrize("shape", [(3, 4, 3), (4, 4, 4), (3,), (3, 3)])
def test_channels_that_cannot_be_told_are_refused(shape: tuple[int, ...]) -> None:
    """Three values for an array with no single axis of three are a mistake, not a guess."""
    with pytest.raises(ValueError, match="step mean: 3 values do not tell the channels"):
        step("mean", [1, 2, 3], np.zeros(shape))


def test_layout_exchanges_axes_by_letter() -> None:
    """Letters name axes; a batch axis on both sides is not there yet; wrong letters are refused."""
    assert step("layout", "HWC->CHW", IMAGE)[2].tolist() == IMAGE[:, :, 2].tolist()
    assert step("layout", "NHWC->NCHW", IMAGE).shape == (3, 2, 3)
    for order in ("HWC->CHX", "HW->WH", "HHC->HCH"):
        with pytest.raises(ValueError, match="does not reorder"):
            step("layout", order, IMAGE)


@given(arrays.arrays(np.uint8, (2, 3, 4)))
def test_layout_there_and_back_is_nothing(array: Any) -> None:  # noqa: ANN401
    """Exchanging axes and exchanging them back gives the same values."""
    there = step("layout", "HWC->CHW", array)
    assert np.array_equal(step("layout", "CHW->HWC", there), array)


def test_resize_is_that_of_pillow_in_either_layout() -> None:
    """Resizing equals Pillow's bilinear filter up to its own rounding, whatever the layout."""
    image = np.random.default_rng(1).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    resized = step("resize", [8, 12], image)
    pillow = np.asarray(Image.fromarray(image).resize((12, 8), Image.Resampling.BILINEAR))
    assert resized.dtype == np.uint8
    assert np.abs(resized.astype(int) - pillow).max() <= 1
    turned = step("resize", [8, 12], image.transpose(2, 0, 1))
    assert np.array_equal(turned.transpose(1, 2, 0), resized)
    assert step("resize", [8, 12], image[:, :, 0]).shape == (8, 12)
    with pytest.raises(ValueError, match="not that of an image"):
        step("resize", [8, 12], np.zeros(5))


def test_other_steps_do_what_their_names_say() -> None:
    """Cast, reshape, expand, reverse, pad and numbers are the functions of NumPy."""
    assert step("cast", "int32", [1.7, -1.7]).tolist() == [1, -1]
    assert step("reshape", [3, -1], IMAGE).shape == (3, 6)
    assert step("expand", 0, IMAGE).shape == (1, 2, 3, 3)
    assert step("reverse", -1, IMAGE)[0, 0].tolist() == [2, 1, 0]
    assert step("pad", 4, [[1, 2]]).tolist() == [[1, 2, 0, 0]]
    assert step("pad", 1, [[1, 2]]).tolist() == [[1]]
    assert step("numbers", "float32", "1, 2.5;-3").tolist() == [1, 2.5, -3]


@given(st.text(max_size=40), st.integers(1, 30))
def test_utf8_bytes_can_be_read_back(text: str, length: int) -> None:
    """Ids are the bytes plus one, so that 0 is only padding, cut at the length."""
    ids = step("utf8-bytes", length, np.asarray(text, object))
    assert (ids.dtype, ids.shape) == (np.int64, (length,))
    assert bytes(int(each) - 1 for each in ids if each) == text.encode()[:length]


def test_an_argument_of_the_wrong_type_is_refused() -> None:
    """A step checks its argument's type, also when it is applied without a suite file."""
    for name, value in {"scale": "a", "resize": [1], "cast": "object", "layout": "HWC"}.items():
        with pytest.raises(ValueError, match=f"step {name}"):
            step(name, value, IMAGE)


# ------------------------------------------------------------------------------------------ feeds


def feeds(
    described: Model, indices: int | Sequence[int] = 0, *, ports: Sequence[Port] = ()
) -> dict[str, Any]:
    """Return feeds for a model from the samples, or generated where it has no data set."""
    data = samples() if described.dataset else None
    return processing.preprocess(described, data, indices, ports)


def test_samples_become_a_batch() -> None:
    """Steps see one sample each; the batch axis is put in front, also of one sample."""
    net = model(
        dataset="d", inputs={"x": {"from": "image", "steps": [{"name": "scale", "value": 2}]}}
    )
    one = feeds(net, 1)["x"]
    assert one.shape == (1, 2, 3, 3)
    assert one[0].tolist() == ((IMAGE + 1) * 2.0).tolist()
    assert feeds(net, [2, 0])["x"][1].tolist() == (IMAGE * 2.0).tolist()


def test_without_a_batch_axis_samples_pass_as_they_are() -> None:
    """`batch: false` feeds one sample as the steps leave it, and refuses two."""
    net = model(dataset="d", batch=False, inputs={"x": {"from": "image"}})
    assert feeds(net, [1])["x"].tolist() == (IMAGE + 1).tolist()
    with pytest.raises(BadInput, match="one by one"):
        feeds(net, [0, 1])


def test_constants_take_the_place_of_the_batch_where_the_suite_says() -> None:
    """The word `batch` in a shape is the batch size; a constant without shape is a scalar."""
    net = model(
        inputs={
            "state": {"constant": 0, "shape": [2, "batch", 4], "dtype": "float32"},
            "rate": {"constant": 16000, "dtype": "int64"},
            "pair": {"constant": [1, 2], "dtype": "int32"},
        }
    )
    found = feeds(net, [0, 1, 2])
    assert (found["state"].shape, found["state"].dtype) == ((2, 3, 4), np.float32)
    assert (found["rate"].shape, found["rate"].dtype, int(found["rate"])) == ((), np.int64, 16000)
    assert found["pair"].tolist() == [1, 2]


def test_inputs_nobody_describes_are_generated_repeatably_and_never_zero() -> None:
    """Without a data set values come from the sample's index, in the model's shape and type."""
    ports = (
        Port(name="x", dtype="float32", shape=("N", 3, "W")),
        Port(name="n", dtype="int64", shape=("N", 4)),
    )
    net = model(shape={"x": ["?", 3, 5]})
    found = feeds(net, [0, 1], ports=ports)
    assert (found["x"].shape, found["x"].dtype) == ((2, 3, 5), np.float32)
    assert set(found["n"].ravel().tolist()) <= {0, 1}
    assert found["x"].all()
    assert not np.array_equal(found["x"][0], found["x"][1])
    assert np.array_equal(feeds(net, 1, ports=ports)["x"][0], found["x"][1])
    with pytest.raises(BadInput, match=r"size of an axis is open(.|\n)*"):
        feeds(model(), 0, ports=ports)


@given(st.floats(-5, 5), st.floats(0.1, 5), st.integers(1, 4))
def test_generated_values_keep_their_range(low: float, width: float, batch: int) -> None:
    """Uniform values lie in [low, high) and the batch goes where the shape says."""
    net = model(
        inputs={"x": {"random": "uniform", "low": low, "high": low + width, "shape": [2, "batch"]}}
    )
    found = feeds(net, range(batch))["x"].astype(np.float64)
    assert found.shape == (2, batch)
    assert (found >= low - 1e-6).all()
    assert (found <= low + width + 1e-6).all()


def test_types_are_converted_only_within_their_kind() -> None:
    """float64 becomes the model's float32 and uint8 its int64, but no float becomes an integer."""
    net = model(dataset="d", inputs={"x": {"from": "image"}})
    port = Port(name="x", dtype="int64", shape=("N", 2, 3, 3))
    assert feeds(net, 0, ports=(port,))["x"].dtype == np.int64
    floats = model(
        dataset="d", inputs={"x": {"from": "image", "steps": [{"name": "scale", "value": 1}]}}
    )
    with pytest.raises(BadInput, match="add a `cast`"):
        feeds(floats, 0, ports=(port,))


def test_an_input_with_data_but_no_description_takes_its_namesake() -> None:
    """A field of the input's own name feeds it; where there is none the suite must say."""
    port = Port(name="image", dtype="uint8", shape=("N", 2, 3, 3))
    assert feeds(model(dataset="d"), 0, ports=(port,))["image"].shape == (1, 2, 3, 3)
    other = Port(name="x", dtype="uint8", shape=("N", 2, 3, 3))
    with pytest.raises(
        BadInput, match=r"does not say where this input comes from(.|\n)*image, text"
    ):
        feeds(model(dataset="d"), 0, ports=(other,))


def test_an_input_the_model_does_not_have_is_named() -> None:
    """A misspelt input is refused with the inputs that there are, before an engine sees it."""
    port = Port(name="image", dtype="uint8", shape=("N", 2, 3, 3))
    net = model(dataset="d", inputs={"imagee": {"from": "image"}})
    with pytest.raises(BadInput, match=r"no such input(.|\n)*one of image(.|\n)*imagee"):
        feeds(net, 0, ports=(port,))


def test_a_sample_that_does_not_fit_is_named() -> None:
    """An error of a step says model, input, sample and step."""
    steps = [{"name": "resize", "value": [2, 2]}]
    net = model(dataset="d", inputs={"x": {"from": "text", "steps": steps}})
    with pytest.raises(BadInput, match=r"model Net, input x, sample 2(.|\n)*step resize"):
        feeds(net, 2)
    with pytest.raises(BadInput, match="model Net, input x"):
        feeds(model(dataset="d", inputs={"x": {"from": "absent"}}))


# ----------------------------------------------------------------------------------- predictions


def predict(described: Model, **outputs: Any) -> list[Any]:  # noqa: ANN401
    """Post-process outputs given by name."""
    return processing.postprocess(described, {k: np.asarray(v) for k, v in outputs.items()})


def test_classes_are_ranked_and_the_first_of_equals_wins() -> None:
    """`argmax` gives one class per sample, `top` so many in order, `threshold` 0 or 1."""
    logits = [[0.0, 2.0, 2.0], [5.0, 1.0, 3.0]]
    assert [int(each) for each in predict(model(postprocess={"name": "argmax"}), y=logits)] == [
        1,
        0,
    ]
    ranked = predict(model(postprocess={"name": "top", "value": 2}), y=logits)
    assert [each.tolist() for each in ranked] == [[1, 2], [0, 2]]
    limit = model(postprocess={"name": "threshold", "value": 0.5})
    assert [int(each) for each in predict(limit, y=[[0.4], [0.6]])] == [0, 1]


def test_without_a_batch_axis_all_outputs_are_one_sample() -> None:
    """`batch: false` gives one prediction of everything."""
    net = model(batch=False, postprocess={"name": "argmax"})
    assert [int(each) for each in predict(net, y=[0.0, 1.0, 5.0])] == [2]


def test_masks_come_from_the_class_axis_with_and_without_batch() -> None:
    """The axis is counted in the model's own output."""
    scores = np.zeros((2, 3, 4, 5))
    scores[1, 2] = 1
    options = {"name": "segmentation", "value": {"axis": 1}}
    first, second = predict(model(postprocess=options), y=scores)
    assert (first.shape, int(first.max()), int(second.min())) == ((4, 5), 0, 2)
    (mask,) = predict(model(batch=False, postprocess=options), y=scores[1:])
    assert mask.tolist() == second.tolist()


def test_the_output_must_be_named_where_there_are_several() -> None:
    """Several outputs need `output`; a name that is none is said so."""
    argmax = {"name": "argmax"}
    with pytest.raises(BadInput, match=r"several outputs \(a, b\)"):
        predict(model(postprocess=argmax), a=[[1.0]], b=[[2.0]])
    with pytest.raises(BadInput, match="no output 'c' among a"):
        predict(model(postprocess=argmax, output="c"), a=[[1.0]])
    assert predict(model(postprocess=argmax, output="b"), a=[[0.0]], b=[[0.0, 2.0]])[0] == 1


def test_outputs_that_are_not_numbers_are_no_predictions() -> None:
    """NaN is refused instead of becoming a class."""
    with pytest.raises(BadInput, match="NaN"):
        predict(model(postprocess={"name": "argmax"}), y=[[np.nan, 1.0]])


def detect(boxes: Any, scores: Any, **options: Any) -> Detections:  # noqa: ANN401
    """Detect in one image."""
    value = {"boxes": "boxes", "scores": "scores", **options}
    net = model(postprocess={"name": "detections", "value": value})
    (found,) = predict(net, boxes=[boxes], scores=[scores])
    assert isinstance(found, Detections)
    return found


BOXES = [[0, 0, 10, 10], [1, 0, 11, 10], [20, 20, 30, 30]]
SCORES = [[0.9, 0.0], [0.8, 0.6], [0.01, 0.3]]


def test_overlapping_boxes_of_one_class_are_suppressed() -> None:
    """The best of overlapping boxes stays, class by class; weak ones go; the best come first."""
    found = detect(BOXES, SCORES)
    assert found.scores.tolist() == [0.9, 0.6, 0.3]
    assert found.labels.tolist() == [0, 1, 1]
    assert found.boxes.tolist() == [BOXES[0], BOXES[1], BOXES[2]]
    assert detect(BOXES, SCORES, iou_threshold=0.9).scores.tolist() == [0.9, 0.8, 0.6, 0.3]
    assert detect(BOXES, SCORES, max_detections=1).scores.tolist() == [0.9]
    assert detect(BOXES, SCORES, score_threshold=0.95).boxes.shape == (0, 4)


def test_box_formats_and_a_class_output_are_understood() -> None:
    """Centre and size, corner and size, and a class apart from one score, are the same boxes."""
    centred = detect([[5, 5, 10, 10]], [[0.9]], format="cxcywh")
    sized = detect([[0, 0, 10, 10]], [[0.9]], format="xywh")
    assert centred.boxes.tolist() == sized.boxes.tolist() == [[0, 0, 10, 10]]
    relative = detect([[0, 0, 0.5, 1]], [[0.9]], size=[10, 20])
    assert relative.boxes.tolist() == [[0, 0, 10, 10]]
    value = {"boxes": "b", "scores": "s", "labels": "c"}
    net = model(postprocess={"name": "detections", "value": value})
    (found,) = predict(net, b=[BOXES], s=[[0.9, 0.8, 0.7]], c=[[3, 3, 4]])
    assert found.labels.tolist() == [3, 4]


@given(
    arrays.arrays(np.float64, (8, 4), elements=st.integers(0, 20).map(float)),
    arrays.arrays(np.float64, (8, 2), elements=st.integers(0, 10).map(lambda each: each / 10)),
    st.sampled_from([0.0, 0.3, 0.5, 1.0]),
)
def test_what_is_kept_never_overlaps_too_much(boxes: Any, scores: Any, limit: float) -> None:  # noqa: ANN401
    """No two boxes of a class that are kept overlap by more than the limit, and scores descend."""
    boxes[:, 2:] += boxes[:, :2]
    found = detect(boxes, scores, iou_threshold=limit)
    assert (np.diff(found.scores) <= 0).all()
    for i, box in enumerate(found.boxes):
        for j in range(i):
            if found.labels[i] == found.labels[j]:
                assert _iou(box, found.boxes[j]) <= limit + 1e-12


def _iou(one: Any, other: Any) -> float:  # noqa: ANN401
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    both = max(width, 0) * max(height, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return float(both / (sum(areas) - both)) if sum(areas) > both else 0.0


# --------------------------------------------------------------------------------------- answers


def answer(
    text: str,
    start: Sequence[float],
    end: Sequence[float],
    *,
    offsets: Any = None,  # noqa: ANN401
    max_tokens: int = 30,
) -> str:
    """Return the answer from a text and scores of its tokens."""
    fields: dict[str, Any] = {"context": np.array(text, object)}
    value: dict[str, Any] = {"start": "s", "end": "e", "text": "context", "max_tokens": max_tokens}
    if offsets is not None:
        fields["spans"] = np.array(offsets).reshape(-1, 2)
        value["offsets"] = "spans"
    data = Samples(fields=tuple(fields), count=1, item=lambda _: fields)
    net = model(postprocess={"name": "answer", "value": value})
    outputs = {"s": np.array([start]), "e": np.array([end])}
    (found,) = processing.postprocess(net, outputs, data, [0])
    assert isinstance(found, str)
    return found


def test_an_answer_is_the_span_of_the_best_start_and_end() -> None:
    """Offsets give the characters of each token; tokens without any, and those beyond, are out."""
    offsets = [[0, 0], [0, 3], [4, 9], [10, 16], [-1, -1]]
    text = "the Queen's answer"
    assert answer(text, [9, 0, 5, 0, 9], [9, 0, 0, 5, 9], offsets=offsets) == "Queen's answ"
    assert answer(text, [9, 0, 5, 0, 9, 9], [9, 5, 4, 0, 9, 9], offsets=offsets) == "Queen"
    assert answer(text, [0, 0, 0, 0, 0], [0, 0, 0, 0, 0], offsets=offsets) == "the"
    assert answer(text, [1, 1], [1, 1], offsets=[[0, 0], [0, 0]]) == ""
    assert answer(text, [-np.inf] * 5, [0] * 5, offsets=offsets) == ""


def test_an_answer_is_never_longer_than_it_may_be() -> None:
    """The best pair within the limit is taken, however good a longer one is."""
    start, end = [5, 0, 3, 0], [0, 0, 4, 5]
    assert answer("abcd", start, end) == "abcd"
    assert answer("abcd", start, end, max_tokens=3) == "abc"
    assert answer("abcd", start, end, max_tokens=1) == "c"


def test_without_offsets_tokens_are_bytes_of_the_text() -> None:
    """The bytes of `utf8-bytes` are the tokens: an answer never ends within a character."""
    text = "in Zürich, 日本"
    size = len(text.encode())
    start, end = np.zeros(size + 5), np.zeros(size + 5)
    start[3], end[5] = 1, 1  # "Z", and the second byte of "ü"
    assert answer(text, start.tolist(), end.tolist()) == "Zü"
    end[size - 1] = 2  # the last byte of the text; what follows is padding
    end[size:] = 9
    assert answer(text, start.tolist(), end.tolist()) == "Zürich, 日本"
    assert answer("", [1, 1], [1, 1]) == ""


@given(
    st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=1, max_size=12),
    st.integers(1, 14),
)
def test_an_answer_is_the_best_of_all_pairs(scores: list[tuple[int, int]], limit: int) -> None:
    """The answer is that of trying every first and last token in turn."""
    start, end = ([float(each[k]) for each in scores] for k in (0, 1))
    text = "abcdefghijkl"[: len(scores)]
    pairs = [(i, j) for i in range(len(text)) for j in range(i, min(i + limit, len(text)))]
    first, last = max(pairs, key=lambda pair: start[pair[0]] + end[pair[1]])
    assert answer(text, start, end, max_tokens=limit) == text[first : last + 1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"text": "title"}, "no field 'title' among context, number"),
        ({"text": "number"}, "the field 'number' is not text"),
        ({"offsets": "number"}, r"offsets \[T, 2\] are wanted"),
        ({"offsets": "beyond"}, "offsets beyond the 3 characters"),
        ({"end": "longer"}, "2 scores of the start, but 3 of the end"),
        ({"end": "none"}, "no output 'none'"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(options: dict[str, str], message: str) -> None:
    """Fields and outputs that are not there, or are something else, are named."""
    fields = {
        "context": np.array("abc", object),
        "number": np.array(3),
        "beyond": np.array([[0, 2], [2, 4]]),
    }
    data = Samples(fields=tuple(fields)[:2], count=1, item=lambda _: fields)
    value = {"start": "s", "end": "e", "text": "context", **options}
    net = model(postprocess={"name": "answer", "value": value})
    outputs = {"s": np.zeros((1, 2)), "e": np.zeros((1, 2)), "longer": np.zeros((1, 3))}
    with pytest.raises(BadInput, match=message):
        processing.postprocess(net, outputs, data, [0])
    with pytest.raises(BadInput, match=r"no samples to|no output|scores of the start"):
        processing.postprocess(net, outputs)


def test_a_batch_that_was_filled_up_gives_no_more_predictions_than_samples() -> None:
    """Outputs beyond the samples that were asked for are left out; samples are opened if needed."""
    opened: list[int] = []

    def item(index: int) -> dict[str, Any]:
        opened.append(index)
        return {}

    data = Samples(fields=(), count=9, item=item)
    net = model(postprocess={"name": "argmax"})
    outputs = {"y": np.eye(3)}
    assert processing.postprocess(net, outputs, data, [7, 8]) == [0, 1]
    assert not opened


def test_an_input_is_a_value_of_the_suite() -> None:
    """The YAML word `from` is the field `source`."""
    assert msgspec.convert({"from": "a"}, Input) == Input(source="a")
