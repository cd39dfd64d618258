"""Workflows that users copy, and ours: valid, safe, and known to work by running their scripts."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from factory import result_file
from pages.building import small
from release.hosting import Done, Host, load, requests_of, scripts

from benchfolio.cli.init import command as init
from benchfolio.results import ResultFile, Scenario, Value, write

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates" / "workflows"
WORKFLOWS = (*sorted(TEMPLATES.glob("*.yml")), *sorted((ROOT / ".github/workflows").glob("*.yml")))
ACTION = ROOT / "action.yml"
ALL = (*WORKFLOWS, ACTION)

UNTRUSTED = re.compile(r"\$\{\{")
PINNED = re.compile(r"actions/[a-z-]+@v[0-9]+")


def name_of(path: Path) -> str:
    """Return a short name for a parameter."""
    return path.relative_to(ROOT).as_posix()


def tool(name: str) -> str:
    """Return a program that is installed with the tests, or elsewhere; without it, skip here."""
    found = shutil.which(
        name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    )
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"CI is set, but there is no {name}; install it")
        pytest.skip(f"there is no {name} on this machine")
    return found


def complaint(*words: str) -> str:
    """Run a program that looks for mistakes; return what it says where it found any."""
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
    return "" if done.returncode == 0 else done.stdout + done.stderr


# As they are written ----------------------------------------------------------------------


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_schema_is_kept(path: Path) -> None:
    """Each file is valid by the published schema of such files."""
    kind = "actions" if path == ACTION else "workflows"
    schema = f"vendor.github-{kind}"
    assert complaint(tool("check-jsonschema"), "--builtin-schema", schema, str(path)) == ""


def test_auditor_finds_nothing() -> None:
    """A static analysis for such files finds no injection, no excess of rights, no leak."""
    words = [
        tool("zizmor"),
        "--offline",
        "--no-progress",
        "--quiet",
        "--config",
        ".github/zizmor.yml",
    ]
    assert complaint(*words, *map(str, ALL)) == ""


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_scripts_are_sound(path: Path, tmp_path: Path) -> None:
    """Every script passes shellcheck: quoted, no unset word, no lost status."""
    for number, step in enumerate(scripts(load(path))):
        script = tmp_path / f"{number}.sh"
        script.write_text(f"#!/bin/bash\nset -euo pipefail\n{step['run']}", encoding="utf-8")
        assert complaint(tool("shellcheck"), str(script)) == ""


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_no_text_of_others_becomes_script(path: Path) -> None:
    """No expression stands in a script: what comes from outside comes as a variable."""
    for step in scripts(load(path)):
        assert not UNTRUSTED.search(step["run"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_rights_are_the_least(path: Path) -> None:
    """No right is given to a whole workflow but reading, every job ends in time, names its own."""
    workflow = load(path)
    assert workflow["permissions"] in ({}, {"contents": "read"})
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(workflow["on"])
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 720
        assert workflow["permissions"] or "permissions" in job
        for step in job["steps"]:
            assert "uses" not in step or PINNED.fullmatch(step["uses"]), step


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_who_may_write_runs_no_code_of_the_project(path: Path) -> None:
    """A job that may write runs neither Python nor anything that was installed."""
    for job in load(path)["jobs"].values():
        if "write" in job.get("permissions", {}).values():
            text = "\n".join(step.get("run", "") for step in job["steps"])
            assert not re.search(r"\b(pip|python3?|benchfolio (?!compare -->)|make|npm)\b", text), (
                text
            )


def test_pull_requests_never_reach_a_machine() -> None:
    """What measures on machines of one's own is started by hand alone."""
    for path in WORKFLOWS:
        workflow = load(path)
        own = [job for job in workflow["jobs"].values() if job["runs-on"] != "ubuntu-latest"]
        assert not own or set(workflow["on"]) == {"workflow_dispatch"}


def test_ours_is_what_users_get() -> None:
    """Our pages are published by the same workflow, but for how benchfolio gets there."""
    ours, theirs = load(ROOT / ".github/workflows/pages.yml"), load(TEMPLATES / "pages.yml")
    for workflow in (ours, theirs):
        for step in workflow["jobs"]["build"]["steps"]:
            if step.get("name") in ("Install", "Build"):
                del step["run"]
    assert ours == theirs


def test_comments_are_written_alike() -> None:
    """Both workflows find the same comment, so a pull request has one of them."""
    steps = [
        next(step for step in scripts(load(TEMPLATES / name)) if step["name"] == "Comment")
        for name in ("refresh.yml", "review.yml")
    ]
    assert steps[0]["run"] == steps[1]["run"]


def test_init_writes_them(tmp_path: Path) -> None:
    """A new project has the workflows; a project that is there gets them alone, never twice."""
    assert CliRunner().invoke(init, [str(tmp_path / "new")]).exit_code == 0
    for path in sorted(TEMPLATES.glob("*.yml")):
        assert (tmp_path / "new/.github/workflows" / path.name).read_bytes() == path.read_bytes()
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "suite.yaml").write_text("mine")
    arguments = [str(tmp_path / "old"), "--workflows"]
    assert CliRunner().invoke(init, arguments).exit_code == 0
    assert {path.name for path in (tmp_path / "old").iterdir()} == {".github", "suite.yaml"}
    assert "nothing was written" in str(CliRunner().invoke(init, arguments).exception)


# As they run ------------------------------------------------------------------------------

MACHINES = ("lab-xeon", "arm-board")


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """Return an empty repository with everything that the scripts call."""
    for name in ("git", "jq", "tar"):
        tool(name)
    return Host(tmp_path / "host")


def project(folder: Path, *releases: str) -> Path:
    """Write a starter project with small results of two machines."""
    CliRunner().invoke(init, [str(folder)], catch_exceptions=False)
    for release in releases:
        add_results(folder / "results", release)
    return folder


def add_results(
    folder: Path, release: str, change: Callable[[ResultFile], ResultFile] = lambda file: file
) -> None:
    """Write the results of a release."""
    for machine in MACHINES:
        file = change(small(result_file(machine, release)))
        write(file, folder / release / f"{machine}.json")


def logs(done: dict[str, Done]) -> str:
    """Return what all jobs said."""
    return "\n".join(f"# {name}: {job.result}\n{job.log}" for name, job in done.items())


def test_pages_keep_every_version(host: Host, tmp_path: Path) -> None:
    """Each release is published into a folder of its own, and those before it stay as they were."""
    source = project(tmp_path / "project", "2026.1")
    host.push(source)
    done = host.run(TEMPLATES / "pages.yml")
    assert {job.result for job in done.values()} == {"success"}, logs(done)
    first = (host.pages / "2026.1/index.html").read_bytes()
    assert '<base href="/repo/">' in (host.pages / "404.html").read_text()

    add_results(source / "results", "2026.2")
    host.push(source)
    done = host.run(TEMPLATES / "pages.yml")
    assert {job.result for job in done.values()} == {"success"}, logs(done)
    assert (host.pages / "2026.1/index.html").read_bytes() == first
    assert 'url=2026.2/index.html"' in (host.pages / "index.html").read_text()
    assert not (host.pages / ".git").exists()
    assert host.git("log", "--format=%s", "gh-pages") == "Version 2026.2\nVersion 2026.1"

    done = host.run(TEMPLATES / "pages.yml")  # the same again: nothing to keep
    assert {job.result for job in done.values()} == {"success"}, logs(done)
    assert host.git("rev-list", "--count", "gh-pages") == "2"

    done = host.run(TEMPLATES / "pages.yml", inputs={"version": "1.9", "latest": False})
    assert {job.result for job in done.values()} == {"success"}, logs(done)
    assert 'url=2026.2/index.html"' in (host.pages / "index.html").read_text()
    assert (host.pages / "1.9/index.html").is_file()


@pytest.mark.parametrize("version", ["../up", "$(touch /tmp/x)", "-x", "a b", "'"])
def test_a_version_that_is_none_ends_there(host: Host, tmp_path: Path, version: str) -> None:
    """Whatever stands in the field of the version, it is data: refused, nothing published."""
    host.push(project(tmp_path / "project", "2026.1"))
    done = host.run(TEMPLATES / "pages.yml", inputs={"version": version})
    assert done["build"].result == "failure"
    assert done["deploy"].result == done["keep"].result == "skipped"
    assert not host.pages.exists()


def measuring(host: Host, folder: Path, *, failing: str = "") -> None:
    """Let ``benchfolio run`` bring result files that are there, as a machine would."""
    real = host.shims / "benchfolio"
    real.rename(host.shims / "benchfolio.real")
    host.shim(
        "benchfolio",
        '#!/bin/bash\nset -euo pipefail\nif [[ $1 != run ]]; then exec benchfolio.real "$@"; fi\n'
        '[[ "$2 $3 $5 $7 $8" == "suite.yaml --release --platform --out measured" ]]\n'
        f'if [[ $6 == "{failing}" ]]; then exit 4; fi\n'
        f'mkdir -p "measured/$4"; cp "{folder}/$4/$6.json" "measured/$4/"\n',
    )


def github() -> dict[str, Any]:
    """Return what GitHub knows of a run by hand."""
    return {"event": {"repository": {"default_branch": "main"}}}


def slower(file: ResultFile) -> ResultFile:
    """Return a file in which everything takes three times as long."""
    timed = (Scenario.LATENCY, Scenario.THROUGHPUT)
    cells = tuple(
        msgspec.structs.replace(
            cell, values={name: thrice(one) for name, one in cell.values.items()}
        )
        if cell.scenario in timed
        else cell
        for cell in file.cells
    )
    return msgspec.structs.replace(file, cells=cells)


def thrice(value: Value) -> Value:
    """Return a time, or a rate, of something three times as slow, with its interval."""
    factor = 3.0 if value.unit == "ms" else 1 / 3
    known = value.interval
    interval = known and msgspec.structs.replace(
        known, low=known.low * factor, high=known.high * factor
    )
    return msgspec.structs.replace(value, value=value.value * factor, interval=interval)


def test_refresh_brings_everything_into_one_request(host: Host, tmp_path: Path) -> None:
    """Results of all machines come in one pull request with one comment, however often it runs."""
    host.push(project(tmp_path / "project", "2026.1"))
    add_results(tmp_path / "measured", "2026.2")
    measuring(host, tmp_path / "measured")
    for _ in range(2):
        done = host.run(TEMPLATES / "refresh.yml", inputs={"release": "2026.2"}, github=github())
        assert {job.result for job in done.values()} == {"success"}, logs(done)
        files = host.git("ls-tree", "-r", "--name-only", "results/2026.2", "results/2026.2/")
        assert files.split() == [f"results/2026.2/{name}.json" for name in sorted(MACHINES)]
        found = requests_of(host)
        assert [one["title"] for one in found["requests"]] == ["Results of 2026.2"]
        (comment,) = found["comments"]
        assert comment["issue"] == found["requests"][0]["number"]
        assert comment["body"].startswith("<!-- benchfolio compare -->\n")
        assert "### Release 2026.2 against 2026.1: fine" in comment["body"]
        assert "| complete | " in comment["body"]
    assert host.git("rev-list", "--count", "results/2026.2") == "2"
    report = host.artifacts / "report"
    assert json.loads((report / "compare.json").read_text())
    assert "<testsuite" in (report / "compare.xml").read_text()


def test_refresh_proposes_the_first_release(host: Host, tmp_path: Path) -> None:
    """A release with none before it is proposed too; a baseline that is not there fails last."""
    host.push(project(tmp_path / "project"))
    add_results(tmp_path / "measured", "2026.2")
    measuring(host, tmp_path / "measured")
    for baseline, status, word in (
        ("", "0", "the first release: nothing to compare with"),
        ("2020.1", "1", "there are no results of 2020.1"),
    ):
        inputs = {"release": "2026.2", "baseline": baseline}
        done = host.run(TEMPLATES / "refresh.yml", inputs=inputs, github=github())
        assert done["collect"].outputs["status"] == status, logs(done)
        (comment,) = requests_of(host)["comments"]
        assert word in comment["body"]


def test_refresh_says_what_got_worse_and_fails_last(host: Host, tmp_path: Path) -> None:
    """A release that is not fine is proposed and commented on all the same; then the run fails."""
    host.push(project(tmp_path / "project", "2026.1"))
    add_results(tmp_path / "measured", "2026.2", slower)
    measuring(host, tmp_path / "measured")
    done = host.run(TEMPLATES / "refresh.yml", inputs={"release": "2026.2"}, github=github())
    assert [done[name].result for name in ("collect", "propose")] == ["success", "failure"], logs(
        done
    )
    assert done["collect"].outputs["status"] == "1"
    assert len(requests_of(host)["requests"]) == len(requests_of(host)["comments"]) == 1


def test_refresh_goes_on_without_a_machine(host: Host, tmp_path: Path) -> None:
    """A machine that fails costs its own results; its rerun adds them to the same request."""
    host.push(project(tmp_path / "project", "2026.1"))
    add_results(tmp_path / "measured", "2026.2")
    measuring(host, tmp_path / "measured", failing="arm-board")
    done = host.run(TEMPLATES / "refresh.yml", inputs={"release": "2026.2"}, github=github())
    assert (done["measure"].result, done["collect"].result) == ("failure", "success"), logs(done)
    listed = host.git("ls-tree", "-r", "--name-only", "results/2026.2", "results/2026.2/")
    assert listed == "results/2026.2/lab-xeon.json"
    assert "platform arm-board was last measured" in requests_of(host)["comments"][0]["body"]
    (host.shims / "benchfolio").unlink()
    measuring_again = host.shims / "benchfolio.real"
    measuring_again.rename(host.shims / "benchfolio")
    measuring(host, tmp_path / "measured", failing="lab-xeon")
    host.run(TEMPLATES / "refresh.yml", inputs={"release": "2026.2"}, github=github())
    listed = host.git("ls-tree", "-r", "--name-only", "results/2026.2", "results/2026.2/")
    assert len(listed.split()) == 2
    assert len(requests_of(host)["requests"]) == len(requests_of(host)["comments"]) == 1


def pull_request(head: str) -> dict[str, Any]:
    """Return what GitHub knows of a pull request from a repository."""
    request = {"number": 7, "base": {"sha": "main"}, "head": {"repo": {"full_name": head}}}
    return {"event": {"pull_request": request}}


@pytest.mark.parametrize("head", ["owner/repo", "stranger/repo"])
def test_review_comments_only_where_it_may(host: Host, tmp_path: Path, head: str) -> None:
    """Results that come in are compared for everybody; the comment is for our own branches."""
    source = project(tmp_path / "project", "2026.1")
    host.push(source)
    add_results(source / "results", "2026.2", slower)
    host.push(source, "theirs")
    done = host.run(TEMPLATES / "review.yml", github=pull_request(head), ref="theirs")
    assert done["compare"].result == "success", logs(done)
    assert done["gate"].result == "failure"
    assert "2026.2" in host.summary.read_text()
    assert (host.artifacts / "report" / "2026.2.xml").is_file()
    if head == "owner/repo":
        assert requests_of(host)["comments"][0]["issue"] == 7
    else:
        assert done["comment"].result == "skipped"
        assert not host.store.exists()


def test_review_holds_requests_to_the_old_policy(host: Host, tmp_path: Path) -> None:
    """A pull request cannot loosen the policy that it is held to."""
    source = project(tmp_path / "project", "2026.1")
    host.push(source)
    add_results(source / "results", "2026.1", slower)
    loose = "performance: {limits: [{max_loss: 99.9}]}\naccuracy: {limits: [{max_drop: 100}]}\n"
    (source / "policy.yaml").write_text(loose, encoding="utf-8")
    host.push(source, "theirs")
    done = host.run(TEMPLATES / "review.yml", github=pull_request("owner/repo"), ref="theirs")
    assert done["gate"].result == "failure", logs(done)


def test_action_runs_one_command(tmp_path: Path) -> None:
    """The action installs its own version and runs words, of which none is a shell's."""
    host = Host(tmp_path / "host")
    (tmp_path / "results").mkdir()
    asked = tmp_path / "asked"
    host.shim("pip", f'#!/bin/sh\necho "$@" >> {asked}\n')
    install, run = load(ACTION)["runs"]["steps"]
    environment = {
        "PATH": f"{host.shims}:{os.environ['PATH']}", "RUNNER_TEMP": str(tmp_path),
        "GITHUB_ACTION_PATH": "/action", "GITHUB_OUTPUT": str(tmp_path / "output"),
        "EXTRAS": "site", "VERSION": "",
    }  # fmt: skip
    for version, command, status in (
        ("", "schema --out 'a b.json'", 0),
        ("0.2", "check $(touch /tmp/evil) ; touch x", 2),
    ):
        environment |= {"VERSION": version, "COMMAND": command}
        for step in (install, run):
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-euo", "pipefail", "-c", step["run"]],
                env=environment, cwd=tmp_path, capture_output=True, text=True, check=False,
            )  # fmt: skip
        assert (done.returncode == 0) == (status == 0), done.stdout + done.stderr
    assert asked.read_text().splitlines() == ["install --quiet /action[site]",
                                              "install --quiet benchfolio[site]==0.2"]  # fmt: skip
    assert (tmp_path / "a b.json").is_file()
    assert not (tmp_path / "x").exists()
    assert (tmp_path / "output").read_text().splitlines()[0] == "status=0"
