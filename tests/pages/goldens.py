"""Golden files; ``pytest --snapshot-update`` writes them anew."""

from __future__ import annotations

from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode


class Html(SingleFileSnapshotExtension):
    """One HTML file per snapshot, so that a change is read as HTML."""

    _write_mode = WriteMode.TEXT
    file_extension = "html"
