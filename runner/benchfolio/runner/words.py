"""Other programs' words, made fit to be published: short, and without paths of this machine."""

from __future__ import annotations

import getpass
import re
import socket
from contextlib import suppress
from pathlib import Path

MAX_LENGTH = 1200

_POSIX = re.compile(r"(?<![\w.~/:])(/[^\s/:'\"<>|,;()\[\]{}]+)+/?")
_WINDOWS = re.compile(
    r"(?<!\w)[A-Za-z]:\\(?:[^\s\\:'\"<>|,;()\[\]{}]+\\)*([^\s\\:'\"<>|,;()\[\]{}]*)"
)
_SOURCE = re.compile(r"\.(?:py|pyx|c|cc|cpp|cxx|h|hpp|so|dll|onnx|xml|bin|npz|ya?ml|json)$")


def scrub(text: str, *, limit: int = MAX_LENGTH) -> str:
    """Return a text without absolute paths, user and host name, of at most ``limit`` characters.

    Of a path the last part stays, so that ``/a/b/model.onnx`` is read as ``model.onnx``. Names of
    layers that look like paths (``/encoder/layer.0/MatMul``) stay whole.
    """
    text = _POSIX.sub(lambda match: _last_part(match.group()), text)
    text = _WINDOWS.sub(lambda match: match.group(1) or "…", text)
    for private in _private_names():
        text = re.sub(rf"(?<!\w){re.escape(private)}(?!\w)", "…", text)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    text = "\n".join(line for line in lines if line)
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def of_exception(error: BaseException) -> str:
    """Return what an exception says, scrubbed; its type where it says nothing."""
    return scrub(str(error)) or type(error).__name__


def _last_part(path: str) -> str:
    parts = [part for part in path.split("/") if part]
    if len(parts) < 2 and not _SOURCE.search(path):
        return path
    # Layers of a network are named like paths; a path begins in a folder that is there.
    if _SOURCE.search(path) or Path("/", parts[0]).exists():
        return parts[-1]
    return path


def _private_names() -> list[str]:
    names = [socket.gethostname()]
    with suppress(OSError, KeyError, ImportError):  # no entry for this user, no environment
        names.append(getpass.getuser())
    return [name for name in names if len(name) > 3 and name not in {"root", "localhost"}]
