"""Hashes of files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path


def digest_of(paths: Sequence[Path]) -> tuple[str, int]:
    """Return the SHA-256 over the bytes of files in this order, and their size together.

    Of one file it is what ``sha256sum`` prints; of several what it prints of their concatenation.
    """
    digest = hashlib.sha256()
    size = 0
    for path in paths:
        with path.open("rb") as stream:
            while part := stream.read(1 << 20):
                digest.update(part)
                size += len(part)
    return digest.hexdigest(), size
