"""The command line as a whole: help, lightness, exit codes, the starter project, the schema."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from results.example import EXAMPLE

from benchfolio import results as contract
from benchfolio.cli.main import COMMANDS, help_text

STARTER = Path(__file__).resolve().parent.parent.parent / "templates" / "starter"
HEAVY = ("numpy", "pandas", "sphinx", "jinja2", "openvino", "onnxruntime", "nncf", "onnx", "scipy")


def benchfolio(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, as a user would."""
    return subprocess.run(
        [sys.executable, "-c", "from benchfolio.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=120,
        check=False,
    )


def modules_after(statement: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter holds after a statement."""
    code = f"import sys\n{statement}\nprint(*sorted({{m.partition('.')[0] for m in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    """Each listed command can be imported and explains itself."""
    done = benchfolio(name, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage:")


def test_listing_commands_loads_nothing_heavy() -> None:
    """``benchfolio --help`` imports neither an engine nor pandas nor Sphinx."""
    loaded = modules_after(
        "from benchfolio.cli import cli\n"
        "cli.main(['--help'], standalone_mode=False)"
    )  # fmt: skip
    assert not loaded & set(HEAVY)


def test_help_is_there_before_anything_is_loaded() -> None:
    """``benchfolio --help`` imports not even click and msgspec, and says what click would."""
    loaded = modules_after(
        "from benchfolio.cli import main\n"
        "sys.argv = ['benchfolio', '--help']\n"
        "try: main()\n"
        "except SystemExit as end: assert end.code == 0"
    )
    assert not loaded & {*HEAVY, "click", "rich", "msgspec", "typing"}
    done = subprocess.run(
        [sys.executable, "-c", "from benchfolio.cli import cli; cli()", "--help"],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "80"},
        check=True,
    )
    assert help_text("-c") + "\n" == done.stdout


def test_help_is_wrapped_where_a_terminal_is_narrow() -> None:
    """On fewer than 80 columns click itself answers, and breaks long lines."""
    done = subprocess.run(
        [sys.executable, "-c", "from benchfolio.cli import main; main()", "-h"],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "50"},
        check=True,
    )
    assert max(map(len, done.stdout.splitlines())) <= 50
    assert "Commands:" in done.stdout


def test_the_contract_is_light() -> None:
    """The contract brings msgspec and nothing heavier, and that when it is first used."""
    assert not modules_after("import benchfolio.results") & {"msgspec", "typing"}
    loaded = modules_after("from benchfolio.results import read, validate, ResultFile")
    assert "msgspec" in loaded
    assert not loaded & {*HEAVY, "click", "rich"}


def test_every_name_of_the_contract_is_there() -> None:
    """Each public name can be imported, in any order, and a wrong one is an error as anywhere."""
    for name in contract.__all__:
        assert getattr(contract, name) is not None
    assert set(contract.__all__) <= set(dir(contract))
    assert callable(contract.schema)
    with pytest.raises(ImportError, match="no_such_name"):
        exec("from benchfolio.results import no_such_name")


def test_measuring_needs_no_pandas_and_no_sphinx() -> None:
    """The modules behind ``run`` and ``verify`` load without pandas, Sphinx and Jinja."""
    loaded = modules_after(
        "import benchfolio.cli.run, benchfolio.cli.verify, benchfolio.cli.platform"
    )
    assert not loaded & {"pandas", "sphinx", "jinja2", "docutils"}


def test_publishing_needs_no_engine() -> None:
    """The modules behind ``benchfolio build`` and ``check`` load without an engine."""
    loaded = modules_after(
        "import benchfolio.cli.build, benchfolio.cli.check, benchfolio.cli.export, "
        "benchfolio.sphinxext"
    )
    assert not loaded & {"openvino", "onnxruntime", "nncf", "onnx"}


def test_wrong_usage_exits_with_2() -> None:
    """An unknown command is wrong usage."""
    done = benchfolio("mesure")
    assert done.returncode == 2
    assert "mesure" in done.stderr


def test_bad_input_exits_with_3(tmp_path: Path) -> None:
    """A broken result file is named with the place and the remedy, exit code 3."""
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "a.json").write_text(EXAMPLE.replace('"unit": "%"', '"unit": 5'))
    done = benchfolio("check", str(tmp_path))
    assert done.returncode == 3
    assert "a.json" in done.stdout + done.stderr
    assert "remedy" in done.stdout + done.stderr


def test_a_missing_package_says_what_to_install(tmp_path: Path) -> None:
    """Without Sphinx ``benchfolio build`` names the extra to install, exit code 4."""
    arguments = ["benchfolio", "build", str(STARTER), "--out", str(tmp_path / "site")]
    code = (
        "import sys\nsys.modules['sphinx'] = None\n"
        f"from benchfolio.cli import main\nsys.argv = {arguments}\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 4, done.stdout + done.stderr
    assert "pip install 'benchfolio[site]'" in done.stderr


def test_schema_is_json(tmp_path: Path) -> None:
    """``benchfolio schema --out`` writes a JSON Schema that names the format."""
    done = benchfolio("schema", "--out", str(tmp_path / "schema.json"))
    assert done.returncode == 0
    written = json.loads((tmp_path / "schema.json").read_text())
    assert written["$schema"].startswith("https://json-schema.org/")
    assert "ResultFile" in written["$defs"]


def test_init_touches_nothing_that_is_there(tmp_path: Path) -> None:
    """``benchfolio init`` into a folder with a suite refuses and leaves it as it was."""
    (tmp_path / "suite.yaml").write_text("mine")
    done = benchfolio("init", str(tmp_path))
    assert done.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["suite.yaml"]
    assert (tmp_path / "suite.yaml").read_text() == "mine"


def test_starter_measures_and_builds(tmp_path: Path) -> None:
    """The starter project runs its suite and builds its site as it is."""
    project = tmp_path / "project"
    assert benchfolio("init", str(project)).returncode == 0
    built = benchfolio("build", "--out", "build/empty", cwd=project)
    assert built.returncode == 0, built.stderr
    ran = benchfolio(
        "run", "suite.yaml", "--release", "1.0", "--platform", "here", "--cache", "build/cache",
        "--only", "*latency*", cwd=project,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert benchfolio("check", "results", cwd=project).returncode == 0
    built = benchfolio("build", "--strict", "--out", "build/site", cwd=project)
    assert built.returncode == 0, built.stderr
    page = (project / "build/site/benchfolio/models/digits-mlp.html").read_text()
    assert "Digits perceptron" in page
    assert str(tmp_path) not in page
