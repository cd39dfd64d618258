"""Quantisers on tiny models, each in a process of its own as in a run."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np
import pytest
from runner import models

from benchfolio.results import BadInput, Precision, State
from benchfolio.runner import artefacts, engines, process, quantisers
from benchfolio.runner.engines.base import Config, Feeds, Scalar
from benchfolio.runner.jobs import Prepare, Prepared, Refused, Reply, Subject
from benchfolio.runner.suite import Calibration, Dataset, Input, Model, Step

INT8 = Precision.INT8


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two models and calibration data."""
    path = tmp_path_factory.mktemp("suite")
    models.conv_net(path / "conv.onnx")
    models.matmul_net(path / "matmul.onnx")
    images = models.images(16)
    tokens = np.random.default_rng(0).integers(0, 64, (16, 6))
    labels = np.arange(16) % 10
    np.savez(path / "images.npz", image=images, labels=labels)
    np.savez(path / "tokens.npz", tokens=tokens, labels=labels)
    return path


def subject(folder: Path, name: str) -> Subject:
    """Return one of the two models with its data."""
    kind = "image" if name == "conv" else "tokens"
    data = f"{kind}s.npz" if kind == "image" else "tokens.npz"
    return Subject(
        model=Model(
            name=name,
            path=f"{name}.onnx",
            dataset="d",
            inputs={kind: Input(source=kind)},
            postprocess=Step(name="argmax"),
            metrics=("accuracy@top1",),
        ),
        dataset=Dataset(
            name="d",
            kind="npz",
            path=data,
            inputs=kind,
            targets="labels",
            calibration=Calibration(path=data),
        ),
        folder=str(folder),
        cache=str(folder),
        outputs=("logits",),
    )


def make(
    folder: Path,
    out: Path,
    *,
    name: str = "conv",
    quantiser: str = "nncf",
    method: str = "ptq",
    precision: Precision = INT8,
    options: Mapping[str, Scalar] | None = None,
) -> Reply:
    """Quantise in a child process."""
    out.mkdir(parents=True, exist_ok=True)
    resolved = quantisers.find(quantiser).options(precision, method, options or {})
    job = Prepare(
        subject=subject(folder, name),
        quantiser=quantiser,
        precision=precision,
        method=method,
        options=resolved,
        out=str(out),
    )
    return process.execute(job, seconds=120)


def made(reply: Reply) -> Prepared:
    """Return the reply, which must be an artefact."""
    assert isinstance(reply, Prepared), reply
    return reply


def error(folder: Path, path: Path, engine: str, name: str = "conv") -> float:
    """Return the largest difference from the original's outputs, relative to their range."""
    feed: Feeds = (
        {"image": models.images(4)}
        if name == "conv"
        else {"tokens": np.arange(24, dtype=np.int64).reshape(4, 6)}
    )
    config = Config(device="CPU", outputs=("logits",))
    reference = engines.find(engine).load(folder / f"{name}.onnx", config).infer(feed)["logits"]
    other = engines.find(engine).load(path, config).infer(feed)["logits"]
    return float(np.abs(reference - other).max() / np.ptp(reference))


def test_nncf_int8_runs_in_int8(folder: Path, tmp_path: Path) -> None:
    """NNCF's INT8 is an IR close to the original, whose convolutions OpenVINO runs in INT8."""
    found = made(make(folder, tmp_path, options={"subset_size": 8}))
    assert (found.format, found.files) == ("ir", ("model.xml", "model.bin"))
    assert 0 < error(folder, tmp_path / "model.xml", "openvino") < 0.1
    config = Config(device="CPU", shapes={"image": (1, 1, 8, 8)})
    session = engines.find("openvino").load(tmp_path / "model.xml", config)
    assert session.executed([{"image": models.images(1)}])["INT8"].layers >= 2


def test_artefacts_hold_no_path(folder: Path, tmp_path: Path) -> None:
    """Nothing in an artefact names a folder of this machine."""
    made(make(folder, tmp_path / "ir"))
    made(make(folder, tmp_path / "onnx", quantiser="onnxruntime"))
    for file in (*(tmp_path / "ir").iterdir(), *(tmp_path / "onnx").iterdir()):
        data = file.read_bytes()
        assert str(tmp_path).encode() not in data
        assert str(folder).encode() not in data


@pytest.mark.parametrize(
    ("quantiser", "method", "options"),
    [
        ("nncf", "ptq", {}),
        ("onnxruntime", "ptq", {"format": "qdq", "per_channel": True}),
        ("onnxruntime", "ptq", {"format": "qoperator"}),
    ],
)
def test_same_input_same_bytes(
    folder: Path, tmp_path: Path, quantiser: str, method: str, options: dict[str, Scalar]
) -> None:
    """The same model, samples and options give the same bytes, twice in a row."""
    digests = []
    for attempt in ("first", "second"):
        out = tmp_path / attempt
        found = made(make(folder, out, quantiser=quantiser, method=method, options=options))
        digests.append(
            [hashlib.sha256((out / file).read_bytes()).hexdigest() for file in found.files]
        )
    assert digests[0] == digests[1]


@pytest.mark.parametrize("precision", [Precision.FP8_E4M3, Precision.FP8_E5M2])
def test_nncf_fp8(folder: Path, tmp_path: Path, precision: Precision) -> None:
    """NNCF's FP8 runs on OpenVINO and is further from the original than nothing."""
    made(make(folder, tmp_path, precision=precision))
    assert 0 < error(folder, tmp_path / "model.xml", "openvino") < 0.5


def test_accuracy_control_validates_on_calibration_data(folder: Path, tmp_path: Path) -> None:
    """Accuracy control with a generous limit makes a model by validating calibration samples."""
    found = made(
        make(
            folder,
            tmp_path,
            method="accuracy-control",
            precision=Precision.MIXED,
            options={"max_drop": 50.0, "subset_size": 8},
        )
    )
    assert found.format == "ir"
    assert error(folder, tmp_path / "model.xml", "openvino") < 0.2


def test_weight_compression(folder: Path, tmp_path: Path) -> None:
    """INT4 weights make the file smaller, and the model still runs nearly as before."""
    options: dict[str, Scalar] = {"group_size": 64, "all_layers": True}
    made(
        make(
            folder,
            tmp_path,
            name="matmul",
            method="weight-only",
            precision=Precision.INT4,
            options=options,
        )
    )
    original = (folder / "matmul.onnx").stat().st_size
    assert (tmp_path / "model.bin").stat().st_size < original / 4
    assert error(folder, tmp_path / "model.xml", "openvino", "matmul") < 0.5


def test_refusal_in_the_tools_words(folder: Path, tmp_path: Path) -> None:
    """What NNCF says it cannot do is unsupported, and says so in NNCF's words."""
    reply = make(
        folder,
        tmp_path,
        method="weight-only",
        precision=Precision.INT4,
        options={"group_size": 64, "all_layers": True},
    )
    assert isinstance(reply, Refused)
    assert reply.state is State.UNSUPPORTED
    assert "group size" in reply.reason


@pytest.mark.parametrize(
    ("form", "operator"), [("qdq", "QuantizeLinear"), ("qoperator", "QLinear")]
)
def test_onnxruntime_formats(folder: Path, tmp_path: Path, form: str, operator: str) -> None:
    """ONNX Runtime's static formats differ in their operators and are close to the original."""
    found = made(make(folder, tmp_path, quantiser="onnxruntime", options={"format": form}))
    assert found.format == f"onnx-{form}"
    assert found.opset is not None
    assert operator.encode() in (tmp_path / "model.onnx").read_bytes()
    assert 0 < error(folder, tmp_path / "model.onnx", "onnxruntime") < 0.1


def test_onnxruntime_dynamic(folder: Path, tmp_path: Path) -> None:
    """Dynamic quantisation needs no samples and runs its products in INT8."""
    made(make(folder, tmp_path, name="matmul", quantiser="onnxruntime", method="dynamic-ptq"))
    assert 0 < error(folder, tmp_path / "model.onnx", "onnxruntime", "matmul") < 0.2
    session = engines.find("onnxruntime").load(tmp_path / "model.onnx", Config(device="CPU"))
    tokens = np.ones((1, 6), np.int64)
    assert session.executed([{"tokens": tokens}] * 3)["INT8"].layers >= 1


def test_fp8_of_onnxruntime_does_not_load(folder: Path, tmp_path: Path) -> None:
    """ONNX Runtime makes an FP8 file of convolutions and then refuses to load it."""
    made(make(folder, tmp_path, quantiser="onnxruntime", precision=Precision.FP8_E4M3))
    with pytest.raises(engines.base.Unsupported, match="float8e4m3fn"):
        engines.find("onnxruntime").load(tmp_path / "model.onnx", Config(device="CPU"))


def test_unknown_precision(folder: Path, tmp_path: Path) -> None:
    """A precision that a tool does not make is unsupported, with those it makes."""
    reply = make(folder, tmp_path, quantiser="onnxruntime", precision=Precision.FP8_E5M2)
    assert isinstance(reply, Refused)
    assert reply.state is State.UNSUPPORTED
    assert "INT8, FP8-E4M3" in reply.reason


@pytest.mark.parametrize("quantiser", ["nncf", "onnxruntime"])
def test_options_are_checked(quantiser: str) -> None:
    """An unknown option or value is bad input before anything runs; defaults are recorded."""
    tool = quantisers.find(quantiser)
    with pytest.raises(BadInput, match="no such option"):
        tool.options(INT8, "ptq", {"per_chanel": True})
    name = "preset" if quantiser == "nncf" else "format"
    with pytest.raises(BadInput, match="one of"):
        tool.options(INT8, "ptq", {name: "wrong"})
    assert tool.options(INT8, "ptq", {})


def test_no_socket(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither quantiser nor engine opens a socket or looks up a name: no telemetry."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "def hook(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo', 'socket.__new__'):\n"
        f"        open({str(tmp_path / 'tried')!r}, 'a').write(event)\n"
        "sys.addaudithook(hook)\n"
        f"open({str(tmp_path / 'hooked')!r}, 'a').write('x')\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.delenv("CI", raising=False)  # where their telemetry would be off by itself
    monkeypatch.setenv("HOME", str(tmp_path))
    made(make(folder, tmp_path / "a"))
    made(make(folder, tmp_path / "b", quantiser="onnxruntime"))
    assert (tmp_path / "hooked").exists()
    assert not (tmp_path / "tried").exists()
    assert not (tmp_path / "intel").exists()


def test_cache_finds_what_it_kept(tmp_path: Path) -> None:
    """An artefact is found again by its key, and its hash is that of its files in order."""
    kept = _keep(tmp_path, "k1", b"one", b"two")
    assert artefacts.find(tmp_path, "k1") == kept
    assert kept.sha256 == hashlib.sha256(b"onetwo").hexdigest()
    assert kept.bytes == 6
    assert artefacts.find(tmp_path, "k2") is None


def test_cache_distrusts_what_was_changed(tmp_path: Path) -> None:
    """An artefact whose bytes changed in the cache is not used, and can be made again."""
    kept = _keep(tmp_path, "k", b"one", b"two")
    Path(kept.path).write_bytes(b"bad")
    assert artefacts.find(tmp_path, "k") is None
    assert _keep(tmp_path, "k", b"one", b"two") == kept
    assert artefacts.find(tmp_path, "k") == kept


def test_unfinished_artefacts_leave_nothing(tmp_path: Path) -> None:
    """A folder that was not kept is gone."""
    with artefacts.place(tmp_path) as folder:
        (folder / "model.xml").write_bytes(b"half")
    assert list((tmp_path / "artefacts").iterdir()) == []


def test_key_depends_on_everything() -> None:
    """The key changes with any ingredient and not with their order."""
    first = artefacts.key({"model": "a", "options": {"x": 1, "y": 2}})
    assert first == artefacts.key({"options": {"y": 2, "x": 1}, "model": "a"})
    assert first != artefacts.key({"model": "a", "options": {"x": 1, "y": 3}})


def _keep(cache: Path, name: str, *parts: bytes) -> artefacts.Kept:
    files = tuple(f"file{index}" for index in range(len(parts)))
    with artefacts.place(cache) as folder:
        for file, part in zip(files, parts, strict=True):
            (folder / file).write_bytes(part)
        return artefacts.keep(cache, name, folder, Prepared(format="ir", files=files))


def test_jobs_survive_the_pipe(folder: Path) -> None:
    """A job is the same after its way through JSON."""
    job = Prepare(
        subject=subject(folder, "conv"),
        quantiser="nncf",
        precision=INT8,
        method="ptq",
        options={"a": None, "b": 1.5, "c": True},
        out="x",
    )
    assert msgspec.json.decode(msgspec.json.encode(job), type=Prepare) == job
