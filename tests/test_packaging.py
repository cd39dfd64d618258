"""What is shipped: the wheel in clean environments, not the checkout."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command and return what it printed; show that when it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout."""
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "uv", "build", "--quiet", "--wheel", "--out-dir", out, cwd=ROOT)
    (built,) = out.glob("*.whl")
    return built


def environment(folder: Path, wheel: Path, extras: str) -> Path:
    """Make an environment with the wheel and its extras; return its ``bin``."""
    run(sys.executable, "-m", "uv", "venv", "--quiet", "--python", sys.executable, folder, cwd=ROOT)
    run(
        sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", folder / "bin/python",
        "-c", ROOT / "requirements.lock", f"benchfolio[{extras}] @ {wheel.as_uri()}", cwd=ROOT,
    )  # fmt: skip
    return folder / "bin"


def test_wheel_carries_what_it_needs(wheel: Path) -> None:
    """The wheel holds both halves, their type markers, the templates and the starter project."""
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "benchfolio/__init__.py" not in names
    for package in ("results", "documents", "runner", "generator", "sphinxext", "cli"):
        assert f"benchfolio/{package}/__init__.py" in names
        assert f"benchfolio/{package}/py.typed" in names
    assert "benchfolio/generator/templates/README.md" in names
    assert "benchfolio/generator/templates/starter/suite.yaml" in names
    assert any(name.startswith("benchfolio/generator/templates/tables/") for name in names)
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests")]


def test_site_without_an_engine(wheel: Path, tmp_path: Path) -> None:
    """In an environment with the site extra alone, the committed results become a site."""
    bin_ = environment(tmp_path / "env", wheel, "site")
    run(bin_ / "benchfolio", "init", "project", cwd=tmp_path)
    project = tmp_path / "project"
    run(
        bin_ / "benchfolio", "build", "--strict", "--results", ROOT / "results",
        "--out", "out", cwd=project,
    )  # fmt: skip
    assert list((project / "out/benchfolio/models").glob("*.html"))
    missing = subprocess.run(
        [bin_ / "benchfolio", "run", "suite.yaml", "--release", "1", "--platform", "p"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert missing.returncode == 4
    assert "pip install 'benchfolio[" in missing.stderr


def test_measuring_without_a_site(wheel: Path, tmp_path: Path) -> None:
    """In an environment with one engine and no docs build, the starter suite is measured."""
    bin_ = environment(tmp_path / "env", wheel, "onnxruntime")
    run(bin_ / "benchfolio", "init", "project", cwd=tmp_path)
    project = tmp_path / "project"
    run(
        bin_ / "benchfolio", "run", "suite.yaml", "--release", "1", "--platform", "p",
        "--cache", "cache", cwd=project,
    )  # fmt: skip
    written = json.loads((project / "results/1/p.json").read_text())
    states = {(cell["runtime"], cell["state"]) for cell in written["cells"]}
    assert ("onnxruntime", "ok") in states
    assert ("openvino", "ok") not in states
    assert "openvino" in {runtime for runtime, _ in states}
