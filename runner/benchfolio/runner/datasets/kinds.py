"""One reader per way of storing a data set; each gives samples, decoding images when asked for.

A reader takes the data set, the folder its other paths are relative to, its located path, and
whether the targets it names must be there. A new kind is one function and one entry in ``KINDS``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from benchfolio.runner.datasets.arrays import read_npz
from benchfolio.runner.datasets.coco import read_coco
from benchfolio.runner.datasets.images import read_image_folder
from benchfolio.runner.datasets.samples import Samples
from benchfolio.runner.datasets.tables import read_csv, read_jsonl
from benchfolio.runner.suite import Dataset

Reader = Callable[[Dataset, Path, Path, bool], Samples]

KINDS: Mapping[str, Reader] = MappingProxyType(
    {
        "npz": read_npz,
        "csv": read_csv,
        "jsonl": read_jsonl,
        "image-folder": read_image_folder,
        "coco": read_coco,
    }
)
"""Readers by ``Dataset.kind``."""
