"""Both engines behind their one protocol, on tiny models and for real."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from runner import models

from benchfolio.results import BadInput, MissingEnvironment, Precision, WrongUsage
from benchfolio.runner import engines
from benchfolio.runner.engines import openvino as openvino_engine
from benchfolio.runner.engines.base import Config, Engine, Feeds, Scalar, Unsupported
from benchfolio.runner.inspecting import load_feeds, read_ir, read_onnx, save_feeds

NAMES = ("openvino", "onnxruntime")


@pytest.fixture(scope="module", params=NAMES)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Return one engine after the other."""
    return engines.find(str(request.param))


@pytest.fixture(scope="module")
def conv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small convolutional model."""
    return models.conv_net(tmp_path_factory.mktemp("models") / "conv.onnx")


@pytest.fixture(scope="module")
def feeds() -> list[Feeds]:
    """Return four samples for it."""
    return [{"image": image[None]} for image in models.images(4)]


def _numpy_tail(path: Path, feed: Feeds) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Compute the network with NumPy, as the judge of both engines."""
    import onnx
    from onnx.reference import ReferenceEvaluator

    (output,) = ReferenceEvaluator(onnx.load(path)).run(None, dict(feed))
    return np.asarray(output, np.float32)


def test_infer_equals_reference(engine: Engine, conv: Path, feeds: list[Feeds]) -> None:
    """An engine's FP32 outputs are those of ONNX's reference implementation."""
    session = engine.load(conv, Config(device="CPU", shapes={"image": (1, 1, 8, 8)}))
    for feed in feeds:
        (output,) = session.infer(feed).values()
        np.testing.assert_allclose(output, _numpy_tail(conv, feed), rtol=1e-4, atol=1e-5)


def test_outputs_are_copies(engine: Engine, conv: Path, feeds: list[Feeds]) -> None:
    """Outputs of one inference are not overwritten by the next, and inputs are left alone."""
    session = engine.load(conv, Config(device="CPU"))
    before = feeds[0]["image"].copy()
    first = session.infer(feeds[0])["logits"]
    kept = first.copy()
    session.infer(feeds[1])
    np.testing.assert_array_equal(first, kept)
    np.testing.assert_array_equal(feeds[0]["image"], before)


def test_open_shapes(engine: Engine, conv: Path) -> None:
    """Without static shapes any batch is taken."""
    session = engine.load(conv, Config(device="CPU"))
    for batch in (1, 3):
        assert session.infer({"image": models.images(batch)})["logits"].shape == (batch, 10)


def test_two_inputs_without_batch(engine: Engine, tmp_path: Path) -> None:
    """A model with two inputs and no batch axis runs."""
    path = models.two_inputs(tmp_path / "two.onnx")
    session = engine.load(path, Config(device="CPU"))
    feed = {"a": np.ones(6, np.float32), "b": np.zeros(6, np.float32)}
    np.testing.assert_array_equal(session.infer(feed)["sum"], np.ones(6, np.float32))


def test_integer_input(engine: Engine, tmp_path: Path) -> None:
    """A model of token ids runs, at a length that was open."""
    path = models.matmul_net(tmp_path / "matmul.onnx")
    session = engine.load(path, Config(device="CPU"))
    assert session.infer({"tokens": np.ones((2, 5), np.int64)})["logits"].shape == (2, 4)


def test_stream(engine: Engine, conv: Path, feeds: list[Feeds]) -> None:
    """A stream completes requests for as long as it is told, noting each completion in order."""
    config = Config(device="CPU", purpose="throughput", cores=2, requests=2)
    session = engine.load(conv, config)
    stream = session.stream(feeds, 0.1)
    assert stream.completed == sorted(stream.completed)
    assert len([at for at in stream.completed if at < stream.stopped]) > 2
    assert stream.completed[-1] >= stream.stopped >= stream.started + 0.1
    assert session.settings()["requests"] == 2


def test_stream_raises_what_went_wrong(engine: Engine, conv: Path) -> None:
    """A request that cannot be run ends the stream with the engine's error, not with a hang."""
    config = Config(device="CPU", purpose="throughput", cores=2, shapes={"image": (1, 1, 8, 8)})
    session = engine.load(conv, config)
    with pytest.raises(Exception, match=r"(?i)shape|dimension|invalid|channel"):
        session.stream([{"image": np.zeros((1, 2, 8, 8), np.float32)}], 0.1)


def test_executed(engine: Engine, conv: Path, feeds: list[Feeds]) -> None:
    """An FP32 model is reported to run in FP32, by layers and by time."""
    shares = engine.load(conv, Config(device="CPU")).executed(feeds)
    assert shares["FP32"].layers >= 3
    assert shares["FP32"].time == pytest.approx(1.0, abs=0.2)


def test_settings_are_real(conv: Path) -> None:
    """Streams, threads and precision are reported as the engines hold them."""
    openvino = engines.find("openvino").load(conv, Config(device="CPU"))
    assert openvino.settings()["num_streams"] == 1
    assert openvino.settings()["inference_precision_hint"] == "f32"
    many = Config(device="CPU", purpose="throughput", streams=2, cores=2)
    assert engines.find("openvino").load(conv, many).settings()["num_streams"] == 2
    options: dict[str, Scalar] = {"graph_optimization_level": "ORT_DISABLE_ALL"}
    ort = engines.find("onnxruntime").load(conv, Config(device="CPU", cores=2, options=options))
    assert ort.settings()["graph_optimization_level"] == "ORT_DISABLE_ALL"
    assert ort.settings()["intra_op_num_threads"] == 2


def test_absent_device(engine: Engine, conv: Path) -> None:
    """A device that is not there is unsupported, with the devices that are."""
    with pytest.raises(Unsupported, match="CPU"):
        engine.load(conv, Config(device="CUDAExecutionProvider"))


def test_remote_provider_is_no_device() -> None:
    """An execution provider that would call a remote service is not offered."""
    listed = [device.id for device in engines.find("onnxruntime").devices()]
    assert "CPUExecutionProvider" in listed
    assert "AzureExecutionProvider" not in listed


def test_precision_beyond_device(conv: Path) -> None:
    """A precision that a device does not compute in is unsupported, in the engine's words."""
    openvino = engines.find("openvino")
    (cpu,) = [device for device in openvino.devices() if device.id == "CPU"]
    for precision in (Precision.FP16, Precision.BF16):
        config = Config(device="CPU", precision=precision)
        if precision.value in cpu.capabilities:
            openvino.load(conv, config)
        else:
            with pytest.raises(Unsupported, match=r"OPTIMIZATION_CAPABILITIES|took"):
                openvino.load(conv, config)


def test_silent_fallback_is_unsupported(conv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a plugin quietly takes another precision than asked for, the cell is unsupported."""
    engine = openvino_engine.OpenVino()
    (cpu,) = [device for device in engine.devices() if device.id == "CPU"]
    if "FP16" in cpu.capabilities:
        pytest.skip("this processor computes in FP16")
    monkeypatch.setattr(engine, "_require", lambda _: None)
    with pytest.raises(Unsupported, match="asked for INFERENCE_PRECISION_HINT f16 and took"):
        engine.load(conv, Config(device="CPU", precision=Precision.FP16))


def test_ort_has_no_precision_hint(conv: Path) -> None:
    """ONNX Runtime does not pretend to run an FP32 file in BF16."""
    with pytest.raises(Unsupported, match="BF16"):
        engines.find("onnxruntime").load(conv, Config(device="CPU", precision=Precision.BF16))


def test_invalid_model_is_unsupported(engine: Engine, tmp_path: Path) -> None:
    """What an engine refuses to load is unsupported with its words, and without our folders."""
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"\x08\x08garbage")
    with pytest.raises(Unsupported) as caught:
        engine.load(path, Config(device="CPU"))
    assert str(tmp_path) not in str(caught.value)
    assert str(caught.value)


def test_unknown_engine() -> None:
    """A runtime that does not exist is wrong usage, and the known ones are named."""
    with pytest.raises(WrongUsage, match="openvino, onnxruntime"):
        engines.find("tensorflow")


def test_missing_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that is not installed says how to install it."""
    import sys

    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingEnvironment, match=r"pip install 'benchfolio\[onnxruntime\]'"):
        engines.find("onnxruntime")


def test_onnx_is_described(conv: Path) -> None:
    """Ports, opset and number of weights of an ONNX file are read without an engine."""
    found = read_onnx(conv)
    (port,) = found.inputs
    assert (port.name, port.dtype, port.shape) == ("image", "float32", ("batch", 1, 8, 8))
    assert found.opset == 17
    assert found.parameters == 16 * 9 + 16 + 32 * 16 * 9 + 32 + 32 * 10 + 10
    assert found.bytes == conv.stat().st_size


def test_weights_in_constant_nodes_are_counted(tmp_path: Path) -> None:
    """Weights that an exporter wrote as constants, not as initialisers, are counted too."""
    weight = onnx.helper.make_node(
        "Constant", [], ["w"], value=onnx.numpy_helper.from_array(np.ones((3, 4), np.float32))
    )
    graph = onnx.helper.make_graph(
        [weight, onnx.helper.make_node("MatMul", ["x", "w"], ["y"])],
        "net",
        [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["n", 3])],
        [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["n", 4])],
    )
    onnx.save(onnx.helper.make_model(graph), tmp_path / "net.onnx")
    assert read_onnx(tmp_path / "net.onnx").parameters == 12


def test_no_onnx_is_bad_input(tmp_path: Path) -> None:
    """A file that is no ONNX model is bad input that names the file and not its folder."""
    path = tmp_path / "no.onnx"
    path.write_bytes(b"\xff\xff\xff")
    with pytest.raises(BadInput, match=r"no\.onnx") as caught:
        read_onnx(path)
    assert str(tmp_path) not in str(caught.value)


def test_ir_is_described_and_runs(conv: Path, tmp_path: Path, feeds: list[Feeds]) -> None:
    """An OpenVINO IR is read, hashed with its weights, and runs on OpenVINO alone."""
    import openvino

    model = openvino.Core().read_model(conv)
    openvino.save_model(model, tmp_path / "net.xml", compress_to_fp16=False)
    found = read_ir(tmp_path / "net.xml")
    assert found.inputs[0].name == "image"
    assert found.inputs[0].shape == ("?", 1, 8, 8)
    assert [Path(file).name for file in found.files] == ["net.xml", "net.bin"]
    session = engines.find("openvino").load(tmp_path / "net.xml", Config(device="CPU"))
    assert session.infer(feeds[0])["logits"].shape == (1, 10)
    with pytest.raises(Unsupported, match="reads ONNX files"):
        engines.find("onnxruntime").load(tmp_path / "net.xml", Config(device="CPU"))


def test_feeds_survive_the_file(tmp_path: Path) -> None:
    """Feeds come back from their file in order, with names that look like paths and scalars."""
    feeds: list[Feeds] = [
        {"a/b": np.array(index, np.int64), "x": np.full((2,), index, np.float32)}
        for index in range(12)
    ]
    save_feeds(tmp_path / "feeds.npz", feeds)
    back = load_feeds(tmp_path / "feeds.npz")
    assert [int(feed["a/b"]) for feed in back] == list(range(12))
    assert back[3]["a/b"].shape == ()
    assert back[3]["x"].dtype == np.float32


def test_outputs_have_the_names_of_the_file(engine: Engine, tmp_path: Path) -> None:
    """Outputs are known by the names that the model's file gives them, not by inner ones."""
    path = models.renamed(tmp_path / "renamed.onnx")
    names = tuple(port.name for port in read_onnx(path).outputs)
    assert names == ("boxes", "scores")
    session = engine.load(path, Config(device="CPU", outputs=names))
    outputs = session.infer({"image": -models.images(1)})
    assert set(outputs) == {"boxes", "scores"}
    assert outputs["scores"].max() == 0
    assert outputs["boxes"].max() > 0
