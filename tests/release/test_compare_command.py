"""``benchfolio compare``: what may be named, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from factory import RELEASES
from release.made import many_models
from release.test_policy import written

from benchfolio.cli.compare import command
from benchfolio.results import BadInput, WrongUsage, write

OLD, NOW = RELEASES


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A folder with two releases of two platforms; on one of them a model is a fifth slower."""
    folder = tmp_path / "results"
    for platform, factor in (("lab-xeon", 0.8), ("desk-core", 1.0)):
        for release in RELEASES:
            speed = factor if release == NOW else 1.0
            file = many_models(
                12,
                lambda number, speed=speed: speed if number == 3 else 1.0,  # type: ignore[misc]
                release=release,
                platform=platform,
                noise=0.005,
            )
            write(file, folder / release / f"{platform}.json")
    return folder


def compare(*arguments: str | Path) -> Result:
    """Run the command; our own errors come through."""
    return CliRunner().invoke(command, [str(each) for each in arguments], catch_exceptions=False)


def test_a_loss_is_status_1(results: Path) -> None:
    """A loss beyond the default limit is not fine, and named."""
    done = compare(OLD, NOW, "--results", results)
    assert done.exit_code == 1
    assert "model-003" in done.output
    assert "not fine" in done.output


def test_no_loss_is_status_0(results: Path) -> None:
    """On the other platform nothing changed, which is fine."""
    done = compare(OLD, NOW, "--results", results, "--platform", "desk-core")
    assert done.exit_code == 0
    assert "12 no difference" in done.output


def test_a_policy_may_allow_it(results: Path, tmp_path: Path) -> None:
    """A policy with another limit changes the outcome, and --today decides of its exceptions."""
    policy = written(
        tmp_path,
        "performance: {limits: [{max_loss: 5}]}\n"
        "exceptions: [{where: {model: model-003}, reason: known, until: 2026-12-31}]\n",
    )
    arguments = (OLD, NOW, "--results", results, "--policy", policy, "--today")
    assert compare(*arguments, "2026-12-31").exit_code == 0
    assert compare(*arguments, "2027-01-01").exit_code == 1


@pytest.mark.parametrize("kind", ["files", "folders", "mixed"])
def test_paths_serve_as_well_as_releases(results: Path, kind: str) -> None:
    """Files, folders, and a release against a file give the same loss."""
    named: dict[str, tuple[str | Path, str | Path]] = {
        "files": (results / OLD / "lab-xeon.json", results / NOW / "lab-xeon.json"),
        "folders": (results / OLD, results / NOW),
        "mixed": (OLD, results / NOW / "lab-xeon.json"),
    }
    done = compare(*named[kind], "--results", results, "--platform", "lab-xeon", "--format", "json")
    report = json.loads(done.output)
    assert (report["base"], report["candidate"]) == (OLD, NOW)
    assert report["counts"]["worse"] == 1


def test_two_files_of_one_release_are_told_apart(results: Path, tmp_path: Path) -> None:
    """Two runs of the same release can be compared; a run with itself is no different."""
    again = tmp_path / "again.json"
    again.write_bytes((results / NOW / "desk-core.json").read_bytes())
    done = compare(results / NOW / "desk-core.json", again)
    assert done.exit_code == 0
    assert f"{NOW} (candidate) against {NOW} (base)" in done.output
    assert compare(again, again).exit_code == 0


def test_out_writes_and_its_name_says_how(results: Path, tmp_path: Path) -> None:
    """The format follows from the name of --out; the terminal gets one line."""
    for name, start in (("a.md", "###"), ("a.json", "{"), ("a.xml", "<?xml"), ("a.txt", NOW)):
        path = tmp_path / name
        done = compare(OLD, NOW, "--results", results, "--out", path)
        assert path.read_text(encoding="utf-8").startswith(start)
        assert len(done.output.splitlines()) == 1


def test_only_lists_what_is_asked_for(results: Path) -> None:
    """--only better lists no loss, and the status is that of all."""
    done = compare(OLD, NOW, "--results", results, "--only", "better")
    assert done.exit_code == 1
    assert "model-003" not in done.output


def test_the_schema_can_be_printed() -> None:
    """--schema needs no release."""
    assert "JudgedCell" in json.loads(compare("--schema").output)["$defs"]


def test_what_is_not_there_is_wrong_usage(results: Path, tmp_path: Path) -> None:
    """An unknown release, platform, or a folder of several releases is said to be that."""
    for arguments, told in (
        (("2020.1", NOW), OLD),
        ((OLD, NOW, "--platform", "nobody"), "lab-xeon"),
        ((results, NOW), "several releases"),
        ((tmp_path / "nothing.json", NOW), "neither a release"),
    ):
        with pytest.raises(WrongUsage) as error:
            compare(*arguments, "--results", results)
        assert told in str(error.value)
    assert compare(OLD).exit_code == 2


def test_nothing_to_compare_is_no_success(tmp_path: Path) -> None:
    """Two releases without a measured cell are wrong usage: a gate that sees nothing is open."""
    for release in RELEASES:
        file = many_models(1, release=release)
        write(msgspec.structs.replace(file, cells=()), tmp_path / release / "lab-xeon.json")
    with pytest.raises(WrongUsage, match="neither holds"):
        compare(OLD, NOW, "--results", tmp_path)


def test_broken_input_is_bad_input(results: Path, tmp_path: Path) -> None:
    """A broken policy or a broken file of either release is never passed over."""
    with pytest.raises(BadInput, match=r"policy\.yaml:1:1"):
        compare(OLD, NOW, "--results", results, "--policy", written(tmp_path, "what: 1\n"))
    (results / NOW / "broken.json").write_text("{", encoding="utf-8")
    with pytest.raises(BadInput, match="broken"):
        compare(OLD, NOW, "--results", results)
    with pytest.raises(BadInput, match="broken"):
        compare(OLD, results / NOW / "broken.json", "--results", results)


def test_a_broken_file_elsewhere_is_told(results: Path) -> None:
    """A broken file of another release is reported, and does not stop the comparison."""
    (results / "2020.1").mkdir()
    (results / "2020.1" / "broken.json").write_text("{", encoding="utf-8")
    done = compare(OLD, NOW, "--results", results, "--platform", "desk-core")
    assert done.exit_code == 0
    assert "2020.1/broken.json" in done.stderr


def test_a_platform_that_was_not_measured_is_a_hole(results: Path) -> None:
    """A platform of the base without results in the candidate is gone, and not fine."""
    (results / NOW / "desk-core.json").unlink()
    done = compare(OLD, NOW, "--results", results, "--platform", "desk-core")
    assert done.exit_code == 1
    assert "this platform was not measured for" in done.output


def test_all_files_of_a_platform_count(results: Path) -> None:
    """What two files of one platform and release say of the same cell is told as a conflict."""
    file = many_models(12, lambda _: 1.1, release=NOW, platform="desk-core", noise=0.005)
    write(msgspec.structs.replace(file), results / NOW / "more" / "desk-core.json")
    done = compare(OLD, NOW, "--results", results, "--platform", "desk-core")
    assert "also in" in done.stderr
