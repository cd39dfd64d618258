"""Files of the output that are no pages."""

from __future__ import annotations

from pathlib import Path


def write_if_different(path: Path, data: bytes) -> None:
    """Write a file unless it holds exactly this already: what is unchanged keeps its time."""
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
