"""Reading and validating result files against a bare decode of the same bytes."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
from bench.sides import Outcome, ratio
from results.example import EXAMPLE

from benchfolio.results import ResultFile, encode, read, result_paths

FILES = 10_000
ROUNDS = 5


def write_files(folder: Path) -> int:
    """Write many small result files; return their bytes together."""
    total = 0
    raw = msgspec.json.decode(EXAMPLE.encode())
    for index in range(FILES):
        raw["platform"]["id"] = f"machine-{index:05}"
        data = encode(msgspec.convert(raw, ResultFile))
        path = folder / f"r{index % 10}" / f"machine-{index:05}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        total += len(data)
    return total


def bench() -> list[Outcome]:
    """Compare reading a folder of result files with decoding the same bytes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        total = write_files(folder)
        paths = result_paths(folder)
        decoder = msgspec.json.Decoder(ResultFile)

        def ours() -> None:
            for path in paths:
                read(path)

        def bare() -> None:
            for path in paths:
                decoder.decode(path.read_bytes())

        value = ratio(ours, bare, ROUNDS)
    peer = f"bare msgspec decode, {FILES} files, {total / 1e6:.1f} MB"
    return [Outcome("read and validate result files", value, "×", 3.0, peer)]
