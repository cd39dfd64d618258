"""npz: arrays whose first axis is the sample."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from benchfolio.results import BadInput
from benchfolio.runner.datasets.files import fields_of, limited, wrong
from benchfolio.runner.datasets.samples import Array, Samples
from benchfolio.runner.suite import Dataset


def read_npz(dataset: Dataset, _root: Path, path: Path, needs_targets: bool) -> Samples:
    """Read arrays whose first axis is the sample; without ``inputs`` all but the targets."""
    arrays = _arrays(dataset, path)
    chosen = fields_of(dataset.inputs) or {name: name for name in arrays if name != dataset.targets}
    fields = {field: _named(dataset, arrays, name) for field, name in chosen.items()}
    targets = None
    if dataset.targets is not None and (needs_targets or dataset.targets in arrays):
        targets = _named(dataset, arrays, dataset.targets)
    parts = {**fields, **({"targets": targets} if targets is not None else {})}
    lengths = {name: len(array) if array.ndim else 0 for name, array in parts.items()}
    if len(set(lengths.values())) != 1:
        raise BadInput(wrong(dataset, "arrays differ in length", "one length", str(lengths)))
    count = limited(dataset, next(iter(lengths.values())))
    return Samples(
        fields=tuple(fields),
        count=count,
        item=lambda index: {name: np.asarray(array[index]) for name, array in fields.items()},
        targets=None if targets is None else targets[:count],
        classes=dataset.classes or (),
        split=dataset.split,
    )


_BROKEN_ARCHIVE = (
    OSError,
    ValueError,
    EOFError,
    AttributeError,
    MemoryError,  # an array that claims to be larger than there is room for
    NotImplementedError,  # a compression that zipfile does not know
    RuntimeError,  # a password
    zipfile.BadZipFile,
    zlib.error,
)


def _arrays(dataset: Dataset, path: Path) -> dict[str, Array]:
    """Read all arrays; pickled objects, which could run code, are refused."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise ValueError("a single array (.npy), not an archive (.npz)")
            return {name: archive[name] for name in archive.files}
    except _BROKEN_ARCHIVE as error:
        raise BadInput(
            wrong(dataset, "not a readable npz file", "arrays without objects", str(error))
        ) from error


def _named(dataset: Dataset, arrays: Mapping[str, Array], name: str) -> Array:
    if name not in arrays:
        raise BadInput(wrong(dataset, "no such array", " or ".join(arrays), name))
    return arrays[name]
