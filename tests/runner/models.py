"""Tiny ONNX models for tests: deterministic weights, a few kilobytes each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

FloatArray = npt.NDArray[np.float32]


def _weights(name: str, *shape: int) -> onnx.TensorProto:
    seed = sum(map(ord, name)) + sum(shape)
    values = np.random.default_rng(seed).normal(0, 0.3, shape).astype(np.float32)
    return numpy_helper.from_array(values, name)


def _save(
    path: Path,
    nodes: list[onnx.NodeProto],
    inputs: list[onnx.ValueInfoProto],
    outputs: list[onnx.ValueInfoProto],
    weights: list[onnx.TensorProto],
    opset: int = 17,
) -> Path:
    graph = helper.make_graph(nodes, "net", inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
    return path


def conv_net(path: Path, *, classes: int = 10, batch: int | str = "batch") -> Path:
    """Write two convolutions, pooling and a linear layer: image ``batch×1×8×8`` → logits."""
    nodes = [
        helper.make_node("Conv", ["image", "w1", "b1"], ["c1"], "conv1", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c1"], ["r1"], "relu1"),
        helper.make_node("Conv", ["r1", "w2", "b2"], ["c2"], "conv2", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c2"], ["r2"], "relu2"),
        helper.make_node("GlobalAveragePool", ["r2"], ["g"], "pool"),
        helper.make_node("Flatten", ["g"], ["f"], "flatten"),
        helper.make_node("Gemm", ["f", "w3", "b3"], ["logits"], "fc"),
    ]
    weights = [
        _weights("w1", 16, 1, 3, 3),
        _weights("b1", 16),
        _weights("w2", 32, 16, 3, 3),
        _weights("b2", 32),
        _weights("w3", 32, classes),
        _weights("b3", classes),
    ]
    return _save(
        path,
        nodes,
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [batch, 1, 8, 8])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [batch, classes])],
        weights,
    )


def matmul_net(path: Path, *, width: int = 128, classes: int = 4) -> Path:
    """Write an embedding, two matrix products and a mean: tokens ``batch×length`` → logits."""
    nodes = [
        helper.make_node("Gather", ["table", "tokens"], ["e"], "embed"),
        helper.make_node("MatMul", ["e", "w1"], ["m1"], "matmul1"),
        helper.make_node("Relu", ["m1"], ["r1"], "relu1"),
        helper.make_node("MatMul", ["r1", "w2"], ["m2"], "matmul2"),
        helper.make_node("ReduceMean", ["m2"], ["logits"], "mean", axes=[1], keepdims=0),
    ]
    weights = [
        _weights("table", 64, width),
        _weights("w1", width, width),
        _weights("w2", width, classes),
    ]
    return _save(
        path,
        nodes,
        [helper.make_tensor_value_info("tokens", TensorProto.INT64, ["batch", "length"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", classes])],
        weights,
    )


def two_inputs(path: Path) -> Path:
    """Write ``a + b·scale`` of two inputs without a batch dimension."""
    nodes = [
        helper.make_node("Mul", ["b", "scale"], ["scaled"], "mul"),
        helper.make_node("Add", ["a", "scaled"], ["sum"], "add"),
    ]
    return _save(
        path,
        nodes,
        [
            helper.make_tensor_value_info("a", TensorProto.FLOAT, [6]),
            helper.make_tensor_value_info("b", TensorProto.FLOAT, [6]),
        ],
        [helper.make_tensor_value_info("sum", TensorProto.FLOAT, [6])],
        [_weights("scale", 6)],
    )


def endless(path: Path) -> Path:
    """Write a loop that runs practically for ever: a hang that is the model's own."""
    body = helper.make_graph(
        [
            helper.make_node("Add", ["x", "one"], ["y"]),
            helper.make_node("Identity", ["go"], ["go_on"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 8, 8]),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, 8, 8]),
        ],
    )
    nodes = [helper.make_node("Loop", ["trips", "true", "image"], ["looped"], "loop", body=body)]
    weights = [
        numpy_helper.from_array(np.array(2**60, np.int64), "trips"),
        numpy_helper.from_array(np.array(True), "true"),
        numpy_helper.from_array(np.array(1, np.float32), "one"),
    ]
    return _save(
        path,
        nodes,
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 1, 8, 8])],
        [helper.make_tensor_value_info("looped", TensorProto.FLOAT, [1, 1, 8, 8])],
        weights,
    )


def hungry(path: Path, *, mebibytes: int = 2048) -> Path:
    """Write a model whose activations need this much memory."""
    size = mebibytes * 2**20 // (4 * 64)
    nodes = [
        helper.make_node("Expand", ["image", "shape"], ["big"], "expand"),
        helper.make_node("Exp", ["big"], ["exp"], "exp"),
        helper.make_node("ReduceMean", ["exp"], ["mean"], "mean", keepdims=1),
    ]
    weights = [numpy_helper.from_array(np.array([size, 1, 8, 8], np.int64), "shape")]
    return _save(
        path,
        nodes,
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 1, 8, 8])],
        [helper.make_tensor_value_info("mean", TensorProto.FLOAT, [1, 1, 1, 1])],
        weights,
    )


def images(count: int, *, seed: int = 0) -> FloatArray:
    """Return ``count×1×8×8`` images in 0–1."""
    return np.random.default_rng(seed).random((count, 1, 8, 8), dtype=np.float32)


def renamed(path: Path) -> Path:
    """Write a model whose outputs an optimiser may know by the names of what they are copies of."""
    nodes = [
        helper.make_node("Relu", ["image"], ["/net/Relu_output_0"], "/net/Relu"),
        helper.make_node("Identity", ["/net/Relu_output_0"], ["scores"], "/net/Identity"),
        helper.make_node("Neg", ["image"], ["a_negative"], "/net/Neg"),
        helper.make_node("Identity", ["a_negative"], ["boxes"], "/net/Identity_1"),
    ]
    return _save(
        path,
        nodes,
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 1, 8, 8])],
        [
            helper.make_tensor_value_info("boxes", TensorProto.FLOAT, ["n", 1, 8, 8]),
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", 1, 8, 8]),
        ],
        [],
    )


def answering(path: Path, *, start: str = "<", end: str = ">") -> Path:
    """Write a model that finds the bytes ``start`` and ``end``: tokens → a score of each."""
    tables = {"starts": start, "ends": end}
    nodes = [
        helper.make_node("Gather", [table, "tokens"], [f"{table[:-1]}_logits"], table)
        for table in tables
    ]
    weights = []
    for name, wanted in tables.items():
        scores = np.linspace(0, 0.1, 257, dtype=np.float32)  # token 0 is padding
        scores[ord(wanted) + 1] = 8
        weights.append(numpy_helper.from_array(scores, name))
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", "length"])
        for name in ("start_logits", "end_logits")
    ]
    tokens = helper.make_tensor_value_info("tokens", TensorProto.INT64, ["batch", "length"])
    return _save(path, nodes, [tokens], outputs, weights)
