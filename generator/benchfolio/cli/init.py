"""``benchfolio init``: a starter project that measures and builds as it is, with workflows."""

from __future__ import annotations

from pathlib import Path

import click

from benchfolio.cli import options
from benchfolio.generator.packaged import template_folder
from benchfolio.results import Problem, WrongUsage, write_bytes

RENAMED = {"gitignore": ".gitignore"}
"""Names that a packaged folder could not carry without taking effect there."""


WORKFLOWS = Path(".github", "workflows")
"""Where GitHub looks for workflows."""


@click.command(name="init")
@click.argument("folder", type=options.FOLDER)
@click.option("--workflows", is_flag=True, help="Only the workflows, into a project that is there.")
def command(folder: Path, workflows: bool) -> None:
    """Write a commented starter project into FOLDER: suite, model, data, conf.py, site, workflows.

    Files that are there already are never touched.
    """
    files = workflow_files() if workflows else {**project_files(), **workflow_files()}
    present = sorted(name for name in files if (folder / name).exists())
    if present:
        raise WrongUsage(
            Problem(
                where=str(folder),
                what="already holds files of a starter project; nothing was written",
                expected="a new or empty folder",
                got=", ".join(present),
                remedy="name another folder, or move these away",
            )
        )
    for name, path in sorted(files.items()):
        write_bytes(path.read_bytes(), folder / name)
    click.echo(f"wrote {len(files)} files into {folder}\n\nnext:")
    click.echo("\n".join(_next_for_workflows() if workflows else _next_for_project(folder)))


def _next_for_project(folder: Path) -> list[str]:
    return [
        f"  cd {folder}",
        '  benchfolio run suite.yaml --release 1.0 --platform my-machine --label "My machine"',
        "  benchfolio build --out build/site",
    ]


def _next_for_workflows() -> list[str]:
    return [
        "  name your machines in .github/workflows/refresh.yml",
        "  in the settings of the repository: Pages, Source, GitHub Actions",
    ]


def project_files() -> dict[str, Path]:
    """Return the files of the starter project by where they go."""
    source = starter_folder()
    return {target_name(path.relative_to(source)): path for path in starter_files(source)}


def workflow_files() -> dict[str, Path]:
    """Return the workflows by where they go."""
    source = template_folder() / "workflows"
    return {(WORKFLOWS / path.name).as_posix(): path for path in sorted(source.glob("*.yml"))}


def starter_folder() -> Path:
    """Return the starter project: in the installed package, else in the checkout.

    Raises:
        WrongUsage: Neither is there.
    """
    folder = template_folder() / "starter"
    if folder.is_dir():
        return folder
    raise WrongUsage(
        Problem(
            where="benchfolio",
            what="was installed without its starter project",
            expected="templates/starter beside the package",
            remedy="reinstall with: pip install --force-reinstall benchfolio",
        )
    )


def starter_files(source: Path) -> list[Path]:
    """Return the files of the starter project, sorted."""
    return sorted(
        path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    )


def target_name(relative: Path) -> str:
    """Return where a file of the starter goes, with forward slashes."""
    return relative.with_name(RENAMED.get(relative.name, relative.name)).as_posix()
