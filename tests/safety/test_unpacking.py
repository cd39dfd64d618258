"""What is unpacked: archives of arrays and images, broken, or made to fill the memory."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from runner.models import images
from safety.mutate import limited
from safety.mutations import cut, drop, flip, number, repeat, splice

from benchfolio.results import BadInput
from benchfolio.runner.datasets import load
from benchfolio.runner.suite import Dataset

KINDS = (flip, flip, cut, drop, repeat, splice, number)


def archive(*, compressed: bool) -> bytes:
    """Return an archive of images and labels."""
    out = io.BytesIO()
    save = np.savez_compressed if compressed else np.savez
    save(out, pixels=images(4), labels=np.arange(4))
    return out.getvalue()


@pytest.mark.parametrize("compressed", [False, True])
def test_broken_archives_are_read_or_refused(tmp_path: Path, compressed: bool) -> None:
    """Of hundreds of broken archives each is read or is bad input; nothing is unpacked."""
    whole = archive(compressed=compressed)
    dataset = Dataset(name="A", kind="npz", path="a.npz", inputs="pixels", targets="labels")
    refused = 0
    for count in range(400):
        rng = random.Random(f"npz {compressed} {count}")
        (tmp_path / "a.npz").write_bytes(rng.choice(KINDS)(rng, whole))
        try:
            with limited(10):
                load(dataset, tmp_path, tmp_path)
        except BadInput:
            refused += 1
    assert 50 < refused < 400
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_array_that_claims_to_be_endless_is_refused(tmp_path: Path) -> None:
    """A header that names more numbers than there is memory is bad input."""
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,), }"
    header += b" " * (63 - (10 + len(header)) % 64) + b"\n"
    array = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as book:
        book.writestr("pixels.npy", array)
        book.writestr("../../../../tmp/pwned.npy", array)
    with pytest.raises(BadInput, match="not a readable npz file"):
        load(Dataset(name="A", kind="npz", path="a.npz", inputs="pixels"), tmp_path, tmp_path)
    assert not Path("/tmp/pwned.npy").exists()


def png(width: int, height: int) -> bytes:
    """Return a few bytes that claim to be an image of this size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def test_image_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    """A small file that claims to be a picture of a thousand million pixels is not decoded."""
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(png(60_000, 60_000))
    dataset = Dataset(name="A", kind="image-folder", path="pictures")
    with limited(10), pytest.raises(BadInput, match="not a readable image"):
        load(dataset, tmp_path, tmp_path).item(0)
