"""A small stand-in for the host of workflows: runs their scripts with what GitHub gives them.

Actions of others are stood in for (checkout by git from a bare repository, artifacts by folders);
the scripts are run as they are, by bash, with a ``gh`` that keeps pull requests in a file. An
expression or an action that is not known here is an error, so nothing is passed over.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from ruamel.yaml import YAML

GH = Path(__file__).with_name("fake_gh.py")
IDENTITY = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "somebody"), ("EMAIL", "somebody@example.org"))
}
BENCHFOLIO = """\
#!/bin/sh
exec {python} -P -c 'from benchfolio.cli import main; main()' "$@"
"""
PYTHON = """\
#!/bin/sh
if [ "$1 $2" = "-m venv" ]; then
  mkdir -p "$3/bin"
  for name in pip python benchfolio; do ln -sf "{shims}/$name" "$3/bin/$name"; done
else
  exec {python} "$@"
fi
"""

Values = Mapping[str, Any]


def load(path: Path) -> dict[str, Any]:
    """Read a workflow or an action."""
    loaded: dict[str, Any] = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    return loaded


def scripts(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield all steps of a workflow or an action that are scripts."""
    jobs = document.get("jobs", {"": document.get("runs", {})})
    for job in jobs.values():
        yield from (step for step in job["steps"] if "run" in step)


class Done(msgspec.Struct):
    """What became of a job."""

    result: str = "success"
    outputs: dict[str, str] = msgspec.field(default_factory=dict)
    log: str = ""


class Host:
    """A repository, its runners, its artifacts and its pages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.origin = folder / "origin.git"
        self.artifacts = folder / "artifacts"
        self.pages = folder / "pages"
        self.store = folder / "gh.json"
        self.shims = folder / "shims"
        self.summary = folder / "summary.md"
        folder.mkdir(parents=True)
        subprocess.run(["git", "init", "--quiet", "--bare", "-b", "main", self.origin], check=True)
        self._write_shims()

    def _write_shims(self) -> None:
        self.shims.mkdir()
        texts = {
            "benchfolio": BENCHFOLIO,
            "pip": "#!/bin/sh\n",
            "python": PYTHON,
            "python3": PYTHON,
            "gh": f'#!/bin/sh\nexec {{python}} {GH} "$@"\n',
        }
        for name, text in texts.items():
            self.shim(name, text.format(python=sys.executable, shims=self.shims))

    def shim(self, name: str, text: str) -> None:
        """Put a program before all others."""
        path = self.shims / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def git(self, *words: str) -> str:
        """Ask the repository."""
        done = subprocess.run(
            ["git", "-C", str(self.origin), *words], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def push(self, source: Path, branch: str = "main") -> None:
        """Commit the content of a folder on a branch."""
        tree = ["git", f"--git-dir={self.origin}", f"--work-tree={source}"]
        environment = {**os.environ, **IDENTITY, "GIT_INDEX_FILE": str(self.folder / "index")}
        add = [*tree, "add", "--all", "--force", "."]
        subprocess.run(add, cwd=source, env=environment, check=True)
        files = self._made(environment, "write-tree")
        known = self.git("for-each-ref", f"refs/heads/{branch}", "--format=%(objectname)")
        parents = ["-p", known] if known else []
        commit = self._made(environment, "commit-tree", files, *parents, "-m", "change")
        self.git("update-ref", f"refs/heads/{branch}", commit)

    def _made(self, environment: dict[str, str], *words: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(self.origin), *words],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.strip()

    def run(
        self,
        path: Path,
        *,
        inputs: Values | None = None,
        github: Values | None = None,
        ref: str = "main",
    ) -> dict[str, Done]:
        """Run all jobs of a workflow; return what became of each (of a matrix: of the last)."""
        document = load(path)
        shutil.rmtree(self.artifacts, ignore_errors=True)
        done: dict[str, Done] = {}
        for name, job in document["jobs"].items():
            strategy = job.get("strategy", {}).get("matrix", {}).get("include", [{}])
            for matrix in strategy:
                context = {
                    "inputs": inputs or {},
                    "github": {"token": "t", "repository": "owner/repo", **(github or {})},
                    "matrix": matrix,
                    "needs": {
                        need: {"result": done[need].result, "outputs": done[need].outputs}
                        for need in _listed(job.get("needs"))
                    },
                }
                current = Job(self, context, ref, document).run(job)
                if name in done and done[name].result == "failure":
                    current.result = "failure"
                done[name] = current
        return done


def _listed(one: object) -> list[str]:
    return [one] if isinstance(one, str) else list(one or [])  # type: ignore[call-overload]


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


class Job:
    """One job in a workspace of its own."""

    def __init__(self, host: Host, context: dict[str, Any], ref: str, document: Values) -> None:
        self.host, self.ref, self.document = host, ref, document
        self.context = {**context, "steps": {}}
        number = len(list(host.folder.glob("job-*")))
        self.home = host.folder / f"job-{number}"
        self.workspace = self.home / "work"
        self.workspace.mkdir(parents=True)
        self.failed = any(need["result"] != "success" for need in self.context["needs"].values())
        self.done = Done()

    def run(self, job: Values) -> Done:
        """Run the steps that are to be run."""
        if not self.wanted(job.get("if", "")):
            return Done(result="skipped")
        self.failed = False
        self.environment = {**self.document.get("env", {}), **job.get("env", {})}
        for step in job["steps"]:
            if self.wanted(step.get("if", "")) and not self.step(step):
                self.failed = True
        self.done.result = "failure" if self.failed else "success"
        self.done.outputs = {
            key: self.filled(value) for key, value in job.get("outputs", {}).items()
        }
        return self.done

    def wanted(self, condition: str) -> bool:
        """Tell whether a job or a step is run; without a word on it, only if all went well."""
        condition = re.sub(r"^\$\{\{(.*)\}\}$", r"\1", condition.strip())
        if not re.search(r"\b(cancelled|always|failure)\(\)", condition) and self.failed:
            return False
        return not condition.strip() or bool(self.value(condition))

    def value(self, expression: str) -> Any:  # noqa: ANN401
        """Work out an expression of a workflow."""
        parts = re.split(r"('(?:[^']|'')*')", expression)
        text = "".join(part if number % 2 else self._python(part)
                       for number, part in enumerate(parts))  # fmt: skip
        return eval(text.strip(), {"look": self._look})

    @staticmethod
    def _python(text: str) -> str:
        text = text.replace("cancelled()", " False ").replace("&&", " and ").replace("||", " or ")
        text = re.sub(r"!(?!=)", " not ", text)
        return re.sub(r"[a-z]+(?:\.[A-Za-z_-]+)+", lambda match: f"look({match[0]!r})", text)

    def _look(self, name: str) -> Any:  # noqa: ANN401
        first, *rest = name.split(".")
        found = self.context[first]  # an unknown context is an error; an unset value is not
        for part in rest:
            found = found.get(part, "") if isinstance(found, Mapping) else ""
        return found

    def filled(self, text: object) -> str:
        """Fill the expressions in a text in."""

        def put(match: re.Match[str]) -> str:
            return _text(self.value(match[1]))

        return re.sub(r"\$\{\{(.*?)\}\}", put, _text(text))

    def step(self, step: Values) -> bool:
        """Run a step; tell whether it went well."""
        if "run" in step:
            return self._script(step)
        action = step["uses"].partition("@")[0].replace("actions/", "").replace("-", "_")
        with_ = {key: self.filled(value) for key, value in step.get("with", {}).items()}
        try:
            outputs = getattr(self, f"_{action}")(
                **{key.replace("-", "_"): value for key, value in with_.items()}
            )
        except FileNotFoundError as error:
            self.done.log += f"## {step['uses']}\n{error}\n"
            return False
        self.context["steps"][step.get("id", "")] = {"outputs": outputs or {}}
        return True

    def _script(self, step: Values) -> bool:
        assert "${{" not in step["run"]
        given = {**self.environment, **step.get("env", {})}
        output = self.home / "output"
        output.write_text("")
        script = self.home / "script.sh"
        script.write_text(step["run"], encoding="utf-8")
        environment = {
            **{key: os.environ[key] for key in ("PATH", "LANG", "PYTHONPATH") if key in os.environ},
            **{key: self.filled(value) for key, value in given.items()},
            "HOME": str(self.home),
            "RUNNER_TEMP": str(self.home),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.host.summary),
            "GITHUB_REPOSITORY": self.context["github"]["repository"],
            "GITHUB_WORKSPACE": str(self.workspace),
            "FAKE_GH_STORE": str(self.host.store),
            "FAKE_GH_ORIGIN": str(self.host.origin),
        }
        environment["PATH"] = f"{self.host.shims}:{environment['PATH']}"
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-euo", "pipefail", str(script)],
            cwd=self.workspace, env=environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        self.done.log += f"## {step.get('name')}\n{done.stdout}{done.stderr}"
        lines = output.read_text(encoding="utf-8").splitlines()
        outputs = dict(line.split("=", 1) for line in lines)
        self.context["steps"][step.get("id", "")] = {"outputs": outputs}
        return done.returncode == 0

    # What actions of others do -------------------------------------------------------------

    def _checkout(self, ref: str = "", path: str = ".", persist_credentials: str = "") -> None:
        assert persist_credentials in ("", "false")
        target = self.workspace / path
        target.mkdir(exist_ok=True)
        url = self.host.origin.as_uri()
        for words in (
            ["init", "--quiet"],
            ["remote", "add", "origin", url],
            ["fetch", "--quiet", "--depth=1", "origin", ref or self.ref],
            ["checkout", "--quiet", "--detach", "FETCH_HEAD"],
        ):
            subprocess.run(["git", "-C", str(target), *words], check=True)

    def _setup_python(self, python_version: str) -> None:
        assert python_version

    def _upload_artifact(self, name: str, path: str, if_no_files_found: str = "warn") -> None:
        source = self.workspace / path
        if not source.is_dir() and if_no_files_found != "error":
            return
        shutil.copytree(source, self.host.artifacts / name)

    def _download_artifact(self, path: str, name: str = "", pattern: str = "") -> None:
        target = self.workspace / path
        if name:
            shutil.copytree(self.host.artifacts / name, target, dirs_exist_ok=True)
        for found in sorted(self.host.artifacts.glob(pattern)) if pattern else ():
            shutil.copytree(found, target / found.name)

    def _configure_pages(self) -> dict[str, str]:
        return {"base_path": "/repo"}

    def _upload_pages_artifact(self, path: str) -> None:
        folder = self.host.artifacts / "github-pages"
        folder.mkdir(parents=True)
        subprocess.run(
            ["tar", "--dereference", "--hard-dereference", "--directory", path, "-cf",
             str(folder / "artifact.tar"), "--exclude=.git", "--exclude=.github", "."],
            cwd=self.workspace, check=True,
        )  # fmt: skip

    def _deploy_pages(self) -> dict[str, str]:
        shutil.rmtree(self.host.pages, ignore_errors=True)
        with tarfile.open(self.host.artifacts / "github-pages" / "artifact.tar") as archive:
            archive.extractall(self.host.pages, filter="data")
        return {"page_url": "https://owner.github.io/repo/"}


def requests_of(host: Host) -> dict[str, Any]:
    """Return what ``gh`` has made: pull requests and comments."""
    found: dict[str, Any] = json.loads(host.store.read_text(encoding="utf-8"))
    return found
