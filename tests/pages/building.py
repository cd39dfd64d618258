"""Small Sphinx projects with the made-up results, and ways to build them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import msgspec
from factory import result_file
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from benchfolio.results import ResultFile, write

INDEX = """\
Project
=======

The gain is :benchfolio:`model=digits-resnet platform=lab-xeon precision=INT8 runtime=openvino
metric=throughput derive=gain`, see :bf:model:`digits-resnet`.

.. benchfolio-table:: validated-models
   :where: platform=lab-xeon
   :caption: Validated here

.. toctree::

   myst
   benchfolio/index
"""

MYST = """\
# In MyST

```{benchfolio-table} workloads
:columns: model, task
```
"""

CONF = """\
project = "Project"
extensions = ["benchfolio.sphinxext", "myst_parser"]
html_theme = "{theme}"
html_context = {{"default_mode": "auto"}}
exclude_patterns = ["_build", "again"]
"""


class Built(msgspec.Struct, frozen=True):
    """What a build left: the output, what it warned of, and the environment's documents."""

    out: Path
    warnings: str
    written: frozenset[str]


def make_project(folder: Path, *, theme: str = "alabaster", index: str = INDEX) -> Path:
    """Write a project with the results of two platforms, every name of the second one hostile."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "conf.py").write_text(CONF.format(theme=theme), encoding="utf-8")
    (folder / "index.rst").write_text(index, encoding="utf-8")
    (folder / "myst.md").write_text(MYST, encoding="utf-8")
    for platform in ("lab-xeon", "arm-board"):
        file = small(result_file(platform))
        write(file, folder / "results" / "2026.2" / f"{platform}.json")
    return folder


def small(file: ResultFile) -> ResultFile:
    """Return a file with two of its models, so that building stays quick."""
    kept = {"digits-resnet", "hostile"}
    return msgspec.structs.replace(
        file,
        models={name: model for name, model in file.models.items() if name in kept},
        artefacts={name: one for name, one in file.artefacts.items() if one.model in kept},
        cells=tuple(cell for cell in file.cells if cell.model in kept),
    )


def sphinx(
    project: Path,
    builder: str = "html",
    *,
    jobs: int = 1,
    overrides: Mapping[str, object] | None = None,
) -> Built:
    """Build a project in this process, going on from an earlier build of it."""
    out = project / "_build" / builder
    warnings = io.StringIO()
    before = _times(out)
    with patch_docutils(str(project)), docutils_namespace():
        app = Sphinx(
            project,
            project,
            out,
            project / "_build" / "doctrees",
            builder,
            confoverrides=dict(overrides or {}),
            status=None,
            warning=warnings,
            parallel=jobs,
        )
        app.build()
    after = _times(out)
    written = frozenset(name for name, time in after.items() if before.get(name) != time)
    return Built(out, warnings.getvalue(), written)


def _times(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file()
    }
