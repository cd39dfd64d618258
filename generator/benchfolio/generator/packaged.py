"""Where the files are that come with benchfolio: templates, table definitions, starter project."""

from __future__ import annotations

from pathlib import Path


def template_folder() -> Path:
    """Return the folder of our templates: inside the installed package, else in the checkout."""
    package = Path(__file__).resolve().parent
    shipped = package / "templates"
    return shipped if shipped.is_dir() else package.parents[2] / "templates"
