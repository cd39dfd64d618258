"""What the training scripts share: seeding, the training loop, export to ONNX, running the file."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

SUITE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SUITE))  # the scripts import data.py, which lies above this folder

Floats = npt.NDArray[np.float32]


def say(text: str) -> None:
    """Print a line at once, also into a pipe."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def start(seed: int, threads: int = 2) -> None:
    """Make a run repeatable: fixed seed, deterministic kernels, a fixed number of threads.

    The number of threads decides the order of additions, and with it the last bits of every weight.
    """
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(threads)


def pixels(images: npt.NDArray[np.uint8]) -> Tensor:
    """Images uint8 [N, 1, H, W] as floats from 0 to 1: all preprocessing of the image models."""
    return torch.from_numpy(images).float().div(255).contiguous(memory_format=torch.channels_last)


def short_floats() -> torch.autocast:
    """Compute convolutions in bfloat16 in this context: half the time where a CPU has it."""
    return torch.autocast("cpu", torch.bfloat16)


def train(
    model: nn.Module,
    losses: Iterable[Tensor],
    steps: int,
    rate: float,
    decay: float = 0.02,
) -> None:
    """Take `steps` steps of AdamW down `losses`; the one-cycle learning rate peaks at `rate`."""
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, steps, pct_start=0.15)
    began, recent = time.monotonic(), 0.0
    for step, loss in enumerate(losses, 1):
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        optimiser.step()
        schedule.step()
        recent += float(loss.detach()) / 100
        if step % 100 == 0:
            say(f"step {step}/{steps}  loss {recent:.4f}  {time.monotonic() - began:.0f} s")
            recent = 0.0
        if step == steps:
            return


def parameters(model: nn.Module) -> int:
    """How many trained numbers a model has."""
    return sum(value.numel() for value in model.parameters())


def export(
    model: nn.Module, sample: Tensor, name: str, source: str, outputs: Sequence[str]
) -> Path:
    """Write models/NAME.onnx, opset 17, with a free first dimension called `batch`."""
    path = SUITE / "models" / f"{name}.onnx"
    path.parent.mkdir(exist_ok=True)
    model.eval()
    warnings.simplefilter("ignore", torch.jit.TracerWarning)  # the sizes it warns of are constant
    torch.onnx.export(
        model.to(memory_format=torch.contiguous_format),
        (sample,),
        path,
        input_names=[source],
        output_names=list(outputs),
        opset_version=17,
        dynamic_axes={key: {0: "batch"} for key in (source, *outputs)},
        dynamo=False,  # the graph exporter writes source paths into the nodes and splits LayerNorm
    )
    _clean(path)
    say(f"{path.name}: {path.stat().st_size:,} bytes, {parameters(model):,} parameters")
    return path


def _clean(path: Path) -> None:
    """Take out of a model file what tells of the machine it was made on, and check it."""
    model = onnx.load(path)
    del model.metadata_props[:]
    model.doc_string = model.graph.doc_string = ""
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for value in model.graph.output:
        for size in value.type.tensor_type.shape.dim:
            if size.dim_param != "batch":  # a made-up name: let inference find the number
                size.Clear()
    model = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString(deterministic=True))


def predict(
    path: Path, values: npt.NDArray[np.generic], prepare: Callable[..., npt.NDArray[np.generic]]
) -> list[Floats]:
    """Run a model file over values [N, ...], prepared in batches of 50; gives each output whole."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    parts = [
        session.run(None, {name: prepare(values[first : first + 50])})
        for first in range(0, len(values), 50)
    ]
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


def scaled(images: npt.NDArray[np.generic]) -> Floats:
    """Images as float32 from 0 to 1, for a model file."""
    return images.astype(np.float32) / np.float32(255)
