"""Data sets: every way of storing one gives the same samples; broken ones say what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from benchfolio.results import BadInput, MissingEnvironment
from benchfolio.runner import datasets
from benchfolio.runner.datasets import Samples, Truth
from benchfolio.runner.suite import Build, Calibration, Dataset, Kind

IMAGES = np.arange(6 * 2 * 3, dtype=np.uint8).reshape(6, 2, 3)
LABELS = np.array([0, 1, 2, 0, 1, 2])


def dataset(kind: Kind, path: str, **options: Any) -> Dataset:  # noqa: ANN401
    """Return a data set of some kind, as a suite would describe it."""
    return msgspec.convert({"name": "Things", "kind": kind, "path": path, **options}, Dataset)


@pytest.fixture
def npz(tmp_path: Path) -> Path:
    """A folder with test.npz and calibration.npz."""
    np.savez(tmp_path / "test.npz", images=IMAGES, labels=LABELS)
    np.savez(tmp_path / "calibration.npz", pixels=IMAGES[:4] + 1, other=LABELS[:4])
    return tmp_path


def load(described: Dataset, folder: Path, **options: Any) -> Samples:  # noqa: ANN401
    """Load with a cache inside the folder."""
    return datasets.load(described, folder, folder / "cache", **options)


# ----------------------------------------------------------------------------------------- arrays


def test_npz_gives_fields_targets_and_split(npz: Path) -> None:
    """Arrays become fields by name or mapping, targets apart, limited to the first so many."""
    samples = load(dataset("npz", "test.npz", inputs="images", targets="labels", split="test"), npz)
    assert (len(samples), samples.fields, samples.split) == (6, ("images",), "test")
    assert samples.item(2)["images"].tolist() == IMAGES[2].tolist()
    assert np.asarray(samples.targets).tolist() == LABELS.tolist()
    renamed = load(dataset("npz", "test.npz", inputs={"x": "images"}, limit=2), npz)
    assert (len(renamed), renamed.fields, renamed.targets) == (2, ("x",), None)
    with pytest.raises(IndexError):
        renamed.item(2)


def test_calibration_samples_are_other_samples_of_the_same_fields(npz: Path) -> None:
    """The calibration subset has its own file, arrays and size; targets only where it has them."""
    described = dataset(
        "npz", "test.npz", inputs={"x": "images"}, targets="labels",
        calibration=Calibration(path="calibration.npz", inputs={"x": "pixels"}, samples=3),
    )  # fmt: skip
    samples = load(described, npz, subset="calibration")
    assert (len(samples), samples.split, samples.targets) == (3, "calibration", None)
    assert samples.item(0)["x"].tolist() == (IMAGES[0] + 1).tolist()


def test_without_calibration_samples_the_test_split_is_not_handed_out(npz: Path) -> None:
    """A quantiser never sees the test split by accident."""
    with pytest.raises(BadInput, match="no calibration samples"):
        load(dataset("npz", "test.npz"), npz, subset="calibration")


def test_the_hash_is_of_the_content_not_of_the_file(npz: Path) -> None:
    """Compression and file name do not change the hash; a value, a type, a target or order does."""

    def digest(**arrays: Any) -> str:  # noqa: ANN401
        np.savez_compressed(npz / "other.npz", **arrays)
        return load(dataset("npz", "other.npz", targets="labels"), npz).sha256

    whole = load(dataset("npz", "test.npz", targets="labels"), npz).sha256
    changed = IMAGES.copy()
    changed[5, 1, 2] += 1
    assert digest(images=IMAGES, labels=LABELS) == whole
    others = {
        digest(images=changed, labels=LABELS),
        digest(images=IMAGES.astype(np.int16), labels=LABELS),
        digest(images=IMAGES[::-1], labels=LABELS),
        digest(images=IMAGES, labels=LABELS[::-1]),
        digest(pixels=IMAGES, labels=LABELS),
        load(dataset("npz", "test.npz", targets="labels", limit=5), npz).sha256,
    }
    assert len(others) == 6
    assert whole not in others


def test_the_hash_is_the_same_for_ever(npz: Path) -> None:
    """Published hashes stay true: the canonical form does not change unnoticed."""
    assert load(dataset("npz", "test.npz", targets="labels"), npz).sha256.startswith(
        "09d53ace83cf2b4a"
    )


def test_content_with_another_hash_is_refused(npz: Path) -> None:
    """A suite that states the hash of its data is not run on other data."""
    good = load(dataset("npz", "test.npz"), npz).sha256
    assert len(load(dataset("npz", "test.npz", sha256=good), npz)) == 6
    with pytest.raises(BadInput, match=r"not what the suite was written for(.|\n)*expected"):
        load(dataset("npz", "test.npz", sha256="0" * 64), npz)


def test_some_samples_can_be_taken(npz: Path) -> None:
    """A choice of samples keeps fields and targets together, in the order asked for."""
    taken = load(dataset("npz", "test.npz", targets="labels"), npz).take([4, 0])
    assert taken.item(0)["images"].tolist() == IMAGES[4].tolist()
    assert np.asarray(taken.targets).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("arrays", "options", "message"),
    [
        ({"a": IMAGES}, {"inputs": "b"}, "no such array"),
        ({"a": IMAGES, "b": LABELS[:5]}, {"targets": "b"}, "arrays differ in length"),
        ({"a": np.array([{}, {}])}, {}, "not a readable npz file"),
        ({"a": IMAGES[:0]}, {}, "the data set has no samples"),
    ],
)
def test_broken_arrays_say_what_is_wrong(
    tmp_path: Path, arrays: dict[str, Any], options: dict[str, Any], message: str
) -> None:
    """Missing, uneven and empty arrays are refused, and pickled objects, which could run code."""
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(BadInput, match=message):
        load(dataset("npz", "a.npz", **options), tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"text"])
def test_a_file_that_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    """Anything else than an archive of arrays is bad input, not a traceback."""
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(BadInput, match="not a readable npz file"):
        load(dataset("npz", "a.npz"), tmp_path)


# ----------------------------------------------------------------------------------------- tables


def test_csv_and_jsonl_give_text_and_numbered_classes(tmp_path: Path) -> None:
    """Rows become text fields; class names are numbered by the suite's order, or sorted."""
    (tmp_path / "a.csv").write_text(
        'text,language\n"eins, zwei",de\none,en\n', encoding="utf-8-sig"
    )
    rows = [{"text": "eins, zwei", "language": "de"}, {"text": "one", "language": "en"}]
    (tmp_path / "a.jsonl").write_text("\n\n".join(map(json.dumps, rows)) + "\n")
    tables = [
        load(dataset("csv", "a.csv", inputs="text", targets="language"), tmp_path),
        load(dataset("jsonl", "a.jsonl", inputs="text", targets="language"), tmp_path),
    ]
    for samples in tables:
        assert str(samples.item(0)["text"]) == "eins, zwei"
        assert (np.asarray(samples.targets).tolist(), samples.classes) == ([0, 1], ("de", "en"))
    assert tables[0].sha256 == tables[1].sha256
    given = dataset("csv", "a.csv", inputs="text", targets="language", classes=["en", "de"])
    assert np.asarray(load(given, tmp_path).targets).tolist() == [1, 0]


def test_integer_targets_are_taken_as_they_are(tmp_path: Path) -> None:
    """A column of integers is the classes themselves; a JSON list becomes an array."""
    (tmp_path / "a.jsonl").write_text('{"x": [1, 2.5], "y": 7}\n{"x": [3, 4], "y": 0}\n')
    samples = load(dataset("jsonl", "a.jsonl", targets="y"), tmp_path)
    assert np.asarray(samples.targets).tolist() == [7, 0]
    assert samples.item(0)["x"].tolist() == [1, 2.5]


def test_lists_of_texts_are_references(tmp_path: Path) -> None:
    """A column of lists of texts is kept as it is, a text alone as a list of one, and is hashed."""
    (tmp_path / "a.jsonl").write_text('{"x": "q", "y": ["a", "b"]}\n{"x": "r", "y": "3"}\n')
    (tmp_path / "b.jsonl").write_text('{"x": "q", "y": ["a", "c"]}\n{"x": "r", "y": "3"}\n')
    one, other = (load(dataset("jsonl", f"{name}.jsonl", targets="y"), tmp_path) for name in "ab")
    assert (list(one.targets or ()), one.classes) == ([("a", "b"), ("3",)], ())
    assert list(one.take([1]).targets or ()) == [("3",)]
    assert one.sha256 != other.sha256


@pytest.mark.parametrize("wrong", ["[]", "[3]", "null", "7"])
def test_lists_of_anything_else_are_no_references(tmp_path: Path, wrong: str) -> None:
    """Where a column is of references, a row that has none is refused with its line."""
    (tmp_path / "a.jsonl").write_text(f'{{"x": "q", "y": ["a"]}}\n{{"x": "r", "y": {wrong}}}\n')
    with pytest.raises(BadInput, match=r"a\.jsonl:2: not references to compare with"):
        load(dataset("jsonl", "a.jsonl", targets="y"), tmp_path)


def test_text_is_kept_to_the_last_character(tmp_path: Path) -> None:
    """A text that ends in a zero character, which NumPy's own strings drop, is kept whole."""
    (tmp_path / "a.jsonl").write_text('{"x": "a\\u0000"}\n{"x": {"no": "field"}}\n')
    samples = load(dataset("jsonl", "a.jsonl"), tmp_path)
    assert str(samples.item(0)["x"]) == "a\0"
    with pytest.raises(BadInput, match=r":2: neither text nor numbers"):
        samples.item(1)


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        ("csv", "text,y\na\n", r"a\.csv:2(.|\n)*a row with more or fewer cells|a row with"),
        ("csv", "tekst,y\na,1\n", r":2: no such column"),
        ("csv", "text,y\na,b\n", "a target that is no class"),
        ("csv", b"text,y\n\xff,1\n", "not readable as CSV"),
        ("jsonl", '{"text": "a", "y": 0}\n{"text": \n', r":2: not readable as JSON lines"),
        ("jsonl", '{"text": "a", "y": 0}\n{"text": "b"}\n', r":2: no such column"),
        ("jsonl", "[1]\n", r":1: not readable as JSON lines"),
    ],
)
def test_a_broken_row_is_named_by_its_line(
    tmp_path: Path, kind: Kind, content: str | bytes, message: str
) -> None:
    """Uneven rows, missing columns, wrong encodings and unknown classes say file and line."""
    data = content if isinstance(content, bytes) else content.encode()
    (tmp_path / f"a.{kind}").write_bytes(data)
    with pytest.raises(BadInput, match=message):
        load(dataset(kind, f"a.{kind}", inputs="text", targets="y", classes=["0", "1"]), tmp_path)


# ----------------------------------------------------------------------------------------- images


@pytest.fixture
def picture() -> Callable[[Path, int], None]:
    """A function that writes a grey picture of one value, 4 wide and 2 high."""

    def write(path: Path, value: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((2, 4), value, np.uint8)).save(path)

    return write


def test_class_folders_come_in_turn(tmp_path: Path, picture: Callable[[Path, int], None]) -> None:
    """Sub-folders are classes; the first N samples are of all classes, whatever N."""
    for name, values in {"cat": (1, 2), "dog": (3, 4)}.items():
        for value in values:
            picture(tmp_path / "set" / name / f"{value}.png", value)
    (tmp_path / "set" / "cat" / "notes.txt").write_text("no image")
    samples = load(dataset("image-folder", "set", limit=3), tmp_path)
    assert [int(samples.item(i)["image"][0, 0, 0]) for i in range(3)] == [1, 3, 2]
    assert (np.asarray(samples.targets).tolist(), samples.classes) == ([0, 1, 0], ("cat", "dog"))
    with pytest.raises(BadInput, match="a folder that is no class"):
        load(dataset("image-folder", "set", classes=["cat"]), tmp_path)


def test_images_have_the_mode_and_layout_asked_for(
    tmp_path: Path, picture: Callable[[Path, int], None]
) -> None:
    """An image is uint8 with its channel axis where the suite wants it, grey or in colour."""
    picture(tmp_path / "set" / "a.png", 9)
    shapes = {
        (layout, mode): load(dataset("image-folder", "set", layout=layout, mode=mode), tmp_path)
        .item(0)["image"]
        .shape
        for layout in ("HWC", "CHW")
        for mode in (None, "RGB")
    }
    assert shapes == {
        ("HWC", None): (2, 4, 1),
        ("HWC", "RGB"): (2, 4, 3),
        ("CHW", None): (1, 2, 4),
        ("CHW", "RGB"): (3, 2, 4),
    }


def test_a_labels_file_gives_files_and_classes(
    tmp_path: Path, picture: Callable[[Path, int], None]
) -> None:
    """A flat folder takes its classes from a CSV, which cannot lead out of the folder."""
    picture(tmp_path / "set" / "a.png", 1)
    picture(tmp_path / "set" / "b.png", 2)
    (tmp_path / "labels.csv").write_text("file,class\nb.png,x\na.png,y\n")
    described = dataset("image-folder", "set", labels="labels.csv", targets="class")
    samples = load(described, tmp_path)
    assert [int(samples.item(i)["image"].max()) for i in range(2)] == [2, 1]
    assert np.asarray(samples.targets).tolist() == [0, 1]
    calibrated = msgspec.structs.replace(described, calibration=Calibration(path="set"))
    assert load(calibrated, tmp_path, subset="calibration").targets is None
    (tmp_path / "labels.csv").write_text("file,class\n../labels.csv,x\n")
    with pytest.raises(BadInput, match="no such image"):
        load(described, tmp_path)


def test_an_unreadable_image_costs_only_its_own_sample(
    tmp_path: Path, picture: Callable[[Path, int], None]
) -> None:
    """Images are decoded when asked for, and a broken one is named."""
    picture(tmp_path / "set" / "a.png", 1)
    (tmp_path / "set" / "b.png").write_bytes(b"broken")
    samples = load(dataset("image-folder", "set"), tmp_path)
    assert samples.item(0)["image"].max() == 1
    with pytest.raises(BadInput, match=r"not a readable image(.|\n)*b\.png"):
        samples.item(1)


PICTURE = {"id": 7, "file_name": "a.png", "width": 4, "height": 2}
ANNOTATION = {"id": 1, "image_id": 7, "category_id": 90, "bbox": [1, 0, 2, 1]}


def coco(**changes: object) -> dict[str, object]:
    """Return a small COCO annotation file."""
    return {
        "images": [PICTURE, PICTURE | {"id": 3, "file_name": "b.png"}],
        "categories": [{"id": 90, "name": "dog"}, {"id": 5, "name": "cat"}],
        "annotations": [ANNOTATION,
                        {"id": 2, "image_id": 7, "category_id": 5, "bbox": [0, 0, 4, 2],
                         "area": 6.5, "iscrowd": 1}],
        **changes,
    }  # fmt: skip


def test_coco_gives_boxes_with_class_indices(
    tmp_path: Path, picture: Callable[[Path, int], None]
) -> None:
    """Category ids become indices by id, or by the names the suite gives; images keep order."""
    for name in ("a.png", "b.png"):
        picture(tmp_path / "images" / name, 1)
    (tmp_path / "a.json").write_text(json.dumps(coco()))
    samples = load(dataset("coco", "a.json", images="images"), tmp_path)
    first, second = samples.targets or ()
    assert isinstance(first, Truth)
    assert first.boxes.tolist() == [[1, 0, 3, 1], [0, 0, 4, 2]]
    assert (first.labels.tolist(), first.crowd.tolist()) == ([1, 0], [False, True])
    assert (first.areas.tolist(), first.size) == ([2, 6.5], (2, 4))
    assert isinstance(second, Truth)
    assert second.boxes.shape == (0, 4)
    assert samples.classes == ("cat", "dog")
    named = dataset("coco", "a.json", images="images", classes=["dog", "cat"])
    (renamed, _) = load(named, tmp_path).targets or ()
    assert isinstance(renamed, Truth)
    assert renamed.labels.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"annotations": [ANNOTATION | {"image_id": 1}]}, "an annotation of nothing"),
        ({"images": [PICTURE | {"file_name": "../a.png"}], "annotations": []}, "no such image"),
        ({"annotations": [ANNOTATION | {"bbox": [0, 0, 1]}]}, "not a COCO annotation file"),
        ({"images": "none"}, "not a COCO annotation file"),
    ],
)
def test_broken_annotations_say_what_is_wrong(
    tmp_path: Path, picture: Callable[[Path, int], None], changes: dict[str, object], message: str
) -> None:
    """Annotations of nothing, images elsewhere and wrong types are bad input."""
    for name in ("a.png", "b.png"):
        picture(tmp_path / name, 1)
    (tmp_path / "a.json").write_text(json.dumps(coco(**changes)))
    with pytest.raises(BadInput, match=message):
        load(dataset("coco", "a.json"), tmp_path)


# ------------------------------------------------------------------------------------------ built

SCRIPT = """
import numpy as np
from helper import VALUE
def make(out):
    np.savez(out / "test.npz", x=np.full((3, 2), VALUE))
def fail(out):
    raise RuntimeError("no luck")
def lacks(out):
    import no_such_module.part
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A folder with a build script and a neighbour that it imports."""
    (tmp_path / "make.py").write_text(SCRIPT)
    (tmp_path / "helper.py").write_text("VALUE = 5\n")
    return tmp_path


def test_a_data_set_is_built_once(script: Path) -> None:
    """The function runs in the suite's folder, and again only when the script changes."""
    described = dataset("npz", "test.npz", build=Build(script="make.py", function="make"))
    assert load(described, script).item(0)["x"].tolist() == [5, 5]
    (script / "helper.py").unlink()  # running again would fail
    assert len(load(described, script)) == 3
    (script / "make.py").write_text(SCRIPT + "# changed\n")
    with pytest.raises(MissingEnvironment, match="helper"):
        load(described, script)
    assert [
        each.name for each in (script / "cache" / "datasets").iterdir() if "making" in each.name
    ] == []


@pytest.mark.parametrize(
    ("build", "kind", "message"),
    [
        (Build(script="make.py", function="fail"), BadInput, "RuntimeError: no luck"),
        (Build(script="make.py", function="absent"), BadInput, "no attribute 'absent'"),
        (Build(script="absent.py", function="make"), BadInput, "no such file"),
        (
            Build(script="make.py", function="lacks"),
            MissingEnvironment,
            "pip install no_such_module",
        ),
        (
            Build(script="make.py", function="make", packages=("no-such-distribution",)),
            MissingEnvironment,
            "pip install no-such-distribution",
        ),
    ],
)
def test_a_build_that_fails_says_why(
    script: Path, build: Build, kind: type[Exception], message: str
) -> None:
    """A function that fails, is missing, or lacks a package is reported with its own words."""
    with pytest.raises(kind, match=message):
        load(dataset("npz", "test.npz", build=build), script)
