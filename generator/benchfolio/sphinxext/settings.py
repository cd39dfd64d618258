"""Configuration values: what a project may set in ``conf.py``; paths are relative to that file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from sphinx.application import Sphinx


class Setting(msgspec.Struct, frozen=True):
    """One configuration value."""

    name: str
    default: str | bool | int | tuple[str, ...]
    types: tuple[type, ...]
    description: str


NAMES = (str, list, tuple)

SETTINGS: Sequence[Setting] = (
    Setting("benchfolio_results", "results", (str,), "Folder of result files."),
    Setting(
        "benchfolio_release",
        "",
        (str,),
        "Show only this release; when empty, the newest of each platform.",
    ),
    Setting(
        "benchfolio_templates",
        (),
        NAMES,
        "Folders of templates that override ours; each may hold table definitions in tables/.",
    ),
    Setting("benchfolio_tables", (), NAMES, "Further folders of table definitions."),
    Setting("benchfolio_pages", True, (bool,), "Write pages for models, platforms and tables."),
    Setting(
        "benchfolio_folder",
        "benchfolio",
        (str,),
        "Where their sources are written, below the source folder.",
    ),
    Setting(
        "benchfolio_api",
        True,
        (bool,),
        "Write files for programs beside the pages: JSON and Parquet of everything, feed, badges.",
    ),
    Setting(
        "benchfolio_site_url",
        "",
        (str,),
        "Address that the site will have, for feed and badges; html_baseurl when empty.",
    ),
    Setting(
        "benchfolio_strict_policy",
        False,
        (bool,),
        "Move inline scripts and styles of the theme into files: the policy default-src 'self'.",
    ),
    Setting(
        "benchfolio_versions",
        "",
        NAMES,
        "Versions of this site: their names, (name, url) …, newest first, or the address of the "
        "list that benchfolio versions writes, ../versions.js.",
    ),
    Setting("benchfolio_version", "", (str,), "Which of them this is; release when empty."),
    Setting("benchfolio_strict", False, (bool,), "A bad result file ends the build."),
    Setting(
        "benchfolio_plain_rows",
        60,
        (int,),
        "Rows of a table that formats other than HTML show.",
    ),
)


def add_settings(app: Sphinx) -> None:
    """Register all configuration values; a changed one is a reason to read everything again."""
    for setting in SETTINGS:
        app.add_config_value(
            setting.name, setting.default, "env", setting.types, setting.description
        )
