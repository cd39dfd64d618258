"""Remarks and summaries on platform pages: true of that page's figures, and overridable."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from factory import published_collection, result_file

from benchfolio.generator.collection import Collection
from benchfolio.generator.merge import merge
from benchfolio.generator.pages import pages, system_summary
from benchfolio.generator.pages.calm import calm_section
from benchfolio.generator.remarks import remarks
from benchfolio.generator.together import Together
from benchfolio.results import BadInput, Calm, Origin, System, Verdict

PUBLISHED = published_collection()


def of_platform(collection: Collection, platform: str, *templates: Path) -> str:
    """Return the remarks on everything of one platform."""
    cells = collection.select({"platform": [platform]})
    return remarks(collection, cells, collection.platforms[platform], templates)


def measured(system: System, origin: Origin) -> Collection:
    """Return one file of another system or origin."""
    file = result_file()
    platform = msgspec.structs.replace(file.platform, system=system)
    return merge([("a.json", msgspec.structs.replace(file, platform=platform, origin=origin))])


def test_transcribed_figures_are_disclaimed_with_their_date() -> None:
    """The page names the publication, the day of its tests, and who did not measure."""
    text = of_platform(PUBLISHED, "xeon-8380")
    assert "“Validated Models”, tested 2022-09-24" in text
    assert "not measured by benchfolio" in text
    assert "As of 2022-09-24." in text


@pytest.mark.parametrize(
    ("system", "origin", "told"),
    [
        (System(hypervisor="KVM"), Origin(kind="measured"), "shared or virtual machine (KVM)"),
        (System(container="docker"), Origin(kind="measured"), "shared or virtual machine (docker)"),
        (System(), Origin(kind="imported", tool="other 1.2"), "reports of other 1.2"),
    ],
)
def test_a_remark_is_made_where_it_is_true(system: System, origin: Origin, told: str) -> None:
    """Virtual machines and imported reports are disclaimed, and only they."""
    assert told in of_platform(measured(system, origin), "lab-xeon")
    plain = of_platform(measured(System(), Origin(kind="measured")), "lab-xeon")
    assert told not in plain
    assert "transcribed" not in plain


def test_a_project_can_word_its_own_remarks(tmp_path: Path) -> None:
    """A template of the same name in a project's folder replaces ours."""
    (tmp_path / "remarks.txt.jinja").write_text("Ours, as of {{ as_of }}.", encoding="utf-8")
    assert of_platform(PUBLISHED, "xeon-8380", tmp_path) == "Ours, as of 2022-09-24."
    found = pages(PUBLISHED, templates=[tmp_path])
    page = next(page for page in found if page.id == "xeon-8380")
    assert any(section.text == "Ours, as of 2022-09-24." for section in page.sections)


def test_a_wrong_template_is_told(tmp_path: Path) -> None:
    """An undefined name is an error that says what to do."""
    (tmp_path / "remarks.txt.jinja").write_text("{{ as_off }}", encoding="utf-8")
    with pytest.raises(BadInput, match="as_off"):
        of_platform(PUBLISHED, "xeon-8380", tmp_path)


def test_the_summary_says_what_is_not_stated() -> None:
    """What a publication leaves out is named; versions and load come from its cells."""
    text = system_summary(PUBLISHED, "xeon-8380")
    assert text.startswith("Tested on 2022-09-24: Intel Xeon Platinum 8380.")
    assert "Not stated: instruction sets, cores, memory and operating system." in text
    assert "TensorFlow 2.11.0" in text
    assert text.endswith("Load: 1s4c8ins1bs.")
    assert "test date" in system_summary(PUBLISHED, "aws-c6a.2xlarge")


@pytest.mark.parametrize(
    ("floor", "told", "factor"),
    [(0.135, "within 13.5 % of 1", "13.5"), (8.166, "up to 9.2 times as fast", "a factor of 9.2")],
)
def test_a_noise_floor_of_several_times_is_no_per_cent(
    floor: float, told: str, factor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below 100 % it is a distance from 1; beyond, how many times as fast FP32 was as itself."""
    monkeypatch.setattr(Together, "noise_floor", lambda *_: floor)
    collection = measured(System(), Origin(kind="measured"))
    assert told in of_platform(collection, "lab-xeon")
    assert factor in calm_section(collection, "lab-xeon").text


def test_reasons_that_differ_in_figures_are_one() -> None:
    """The most common reason is first, with its highest figure; each stands once."""
    busy = [Verdict(calm=Calm.NOISY, reasons=(f"others used {share} %",)) for share in (83, 92, 86)]
    steal = Verdict(calm=Calm.NOISY, reasons=("the hypervisor took 3 %",))
    file = result_file()
    cells = [
        msgspec.structs.replace(cell, verdict=verdict)
        for cell, verdict in zip(file.cells[:4], [steal, *busy], strict=True)
    ]
    collection = merge([("a.json", msgspec.structs.replace(file, cells=tuple(cells)))])
    text = calm_section(collection, "lab-xeon").text
    assert text.endswith("Reasons: others used 92 %; the hypervisor took 3 %.")
