"""Versions of a site side by side: what goes where, what is refused, what interruption leaves."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from benchfolio.cli.publish import command
from benchfolio.generator import exchanging
from benchfolio.generator.exchanging import exchange
from benchfolio.generator.versionlist import is_version_name
from benchfolio.release import replacing
from benchfolio.release.placing import Placed, normal_base_path, place
from benchfolio.results import BadInput, MissingEnvironment, WrongUsage

PAGES = ("index.html", "benchfolio/models/a.html")


def make_site(
    folder: Path, *pages: str, version: str | None = None, text: str = "", files: int = 0
) -> Path:
    """Write what looks like a built site: pages, a script, and leftovers of the build."""
    for name in (*PAGES, *pages):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        switcher = '<div class="bf-versions"></div>' if version else ""
        path.write_text(f"<p>{name} {version} {text}{switcher}", encoding="utf-8")
    for number in range(files):
        (folder / f"{number}.json").write_text(f"{number} {text}", encoding="utf-8")
    (folder / ".buildinfo").write_text("of the build", encoding="utf-8")
    if version is not None:
        known = json.dumps(sorted({*PAGES, *pages}))
        script = f'benchfolio.data("pages of {version}", {known});\n'
        (folder / "benchfolio-pages.js").write_text(script, encoding="utf-8")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder, by name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def digest(folder: Path) -> str:
    """Return one hash of a whole folder."""
    return hashlib.sha256(repr(sorted(contents(folder).items())).encode()).hexdigest()


def published(tmp_path: Path, *versions: str) -> Path:
    """Return a folder into which versions were placed one after the other, each the newest."""
    for version in versions:
        site = make_site(tmp_path / "sites" / version, f"only-{version}.html", version=version)
        place(site, tmp_path / "tree", version, latest=True)
    return tmp_path / "tree"


# What is there afterwards -----------------------------------------------------------------


def test_first_version_is_the_latest(tmp_path: Path) -> None:
    """The first version makes the folder: itself, ``latest/`` with the same files, the doors."""
    tree = published(tmp_path, "2026.10")
    there = contents(tree)
    assert {name for name in there if "/" not in name} == {
        ".nojekyll", "404.html", "404.js", "index.html",
        "versions.css", "versions.html", "versions.js", "versions.json",
    }  # fmt: skip
    site = contents(tmp_path / "sites" / "2026.10")
    del site[".buildinfo"]
    for folder in ("2026.10/", "latest/"):
        placed = {name.removeprefix(folder): data for name, data in there.items()
                  if name.startswith(folder)}  # fmt: skip
        assert placed == site


def test_root_leads_to_the_latest_without_javascript(tmp_path: Path) -> None:
    """The first page goes to the newest version by itself and by a link, relatively."""
    page = (published(tmp_path, "2026.9", "2026.10") / "index.html").read_text()
    assert '<meta http-equiv="refresh" content="0; url=2026.10/index.html">' in page
    assert '<a href="2026.10/index.html">' in page
    assert "<script" not in page
    assert "<style" not in page


def test_earlier_versions_learn_of_later_ones(tmp_path: Path) -> None:
    """The list beside all versions names the new one, and no file of an old one is touched."""
    tree = published(tmp_path, "2026.9")
    before = {path: path.stat().st_mtime_ns for path in (tree / "2026.9").rglob("*.html")}
    tree = published(tmp_path, "2026.10")
    assert {path: path.stat().st_mtime_ns for path in before} == before
    script = (tree / "versions.js").read_text()
    assert json.loads(script.partition(", ")[2].removesuffix(");\n")) == [
        {"name": "2026.10", "url": "2026.10/", "newest": True},
        {"name": "2026.9", "url": "2026.9/", "newest": False},
    ]
    assert json.loads((tree / "versions.json").read_text())["format"] == "benchfolio-versions-1"


def test_without_latest_the_newest_stays(tmp_path: Path) -> None:
    """A version of an older line is placed and listed, and ``latest/`` stays what it was."""
    tree = published(tmp_path, "2026.10")
    placed = place(make_site(tmp_path / "s", version="2026.9.1"), tree, "2026.9.1")
    assert placed.versions == ("2026.10", "2026.9.1")
    assert placed.latest == "2026.10"
    assert "2026.10" in (tree / "latest" / "index.html").read_text()


def test_a_page_that_is_gone_leads_to_versions_that_have_it(tmp_path: Path) -> None:
    """In ``latest/`` there is something at every address that any version has."""
    tree = published(tmp_path, "2026.9", "2026.10")
    page = (tree / "latest" / "only-2026.9.html").read_text()
    assert '<a href="../2026.9/only-2026.9.html">2026.9</a>' in page
    assert "2026.10" in page
    assert not (tree / "2026.10" / "only-2026.9.html").exists()
    assert "not in" not in page
    names = {path.relative_to(tree / "2026.9") for path in (tree / "2026.9").rglob("*.html")}
    assert all((tree / "latest" / name).is_file() for name in names)


def test_a_page_that_came_back_is_itself_again(tmp_path: Path) -> None:
    """A page in the newest version replaces the note that it is gone."""
    tree = published(tmp_path, "1", "2")
    place(make_site(tmp_path / "s", "only-1.html", version="3"), tree, "3", latest=True)
    assert (tree / "latest" / "only-1.html").read_text().startswith("<p>only-1.html 3 ")


def test_no_note_is_put_in_the_way_of_what_is_there(tmp_path: Path) -> None:
    """Where the newest version has something else at an address, that is left alone."""
    place(make_site(tmp_path / "1", "a/b.html", "c.html"), tmp_path / "tree", "1")
    site = make_site(tmp_path / "2")
    (site / "a").write_text("a file")
    (site / "c.html").mkdir()
    placed = place(site, tmp_path / "tree", "2", latest=True)
    assert placed.gone == ()
    assert (tmp_path / "tree" / "latest" / "a").read_text() == "a file"


def test_a_version_is_replaced_as_a_whole(tmp_path: Path) -> None:
    """Placing a version again leaves nothing of what it was, and others as they were."""
    tree = published(tmp_path, "1", "2")
    other = contents(tree / "1")
    place(make_site(tmp_path / "s", "new.html", version="2"), tree, "2", latest=True)
    assert set(contents(tree / "2")) == {*PAGES, "new.html", "benchfolio-pages.js"}
    assert contents(tree / "1") == other


def test_placing_the_same_again_writes_nothing(tmp_path: Path) -> None:
    """What did not change keeps its bytes and its time, wherever it is."""
    tree = published(tmp_path, "1", "2")
    before = {path: (path.stat().st_mtime_ns, path.read_bytes())
              for path in tree.rglob("*") if path.is_file()}  # fmt: skip
    place(tmp_path / "sites" / "2", tree, "2", latest=True)
    assert {path: (path.stat().st_mtime_ns, path.read_bytes())
            for path in tree.rglob("*") if path.is_file()} == before  # fmt: skip


def test_the_order_of_publishing_does_not_show(tmp_path: Path) -> None:
    """The same versions with the same newest give the same bytes, whichever came first."""
    one = published(tmp_path / "one", "1", "2", "10")
    other = published(tmp_path / "other", "2", "1", "10")
    assert contents(one) == contents(other)


def test_keep_removes_the_oldest(tmp_path: Path) -> None:
    """Of more versions than are kept the oldest go, but never the newest or the one placed."""
    tree = published(tmp_path, "1", "2", "3")
    placed = place(tmp_path / "sites" / "3", tree, "3", keep=2)
    assert (placed.versions, placed.removed) == (("3", "2"), ("1",))
    assert not (tree / "1").exists()
    assert not (tree / "latest" / "only-1.html").exists()
    placed = place(make_site(tmp_path / "s", version="0.9"), tree, "0.9", keep=1)
    assert (placed.versions, placed.latest) == (("3", "0.9"), "3")


def test_files_of_others_in_the_folder_stay(tmp_path: Path) -> None:
    """A name of one's own server, the repository and further files survive publishing."""
    tree = tmp_path / "tree"
    (tree / ".git" / "refs").mkdir(parents=True)
    (tree / ".git" / "HEAD").write_text("ref")
    (tree / "CNAME").write_text("models.example.org")
    published(tmp_path, "1")
    (tree / "robots.txt").write_text("User-agent: *")
    published(tmp_path, "2")
    assert (tree / ".git" / "HEAD").read_text() == "ref"
    assert (tree / ".git" / "refs").is_dir()
    assert (tree / "CNAME").is_file()
    assert (tree / "robots.txt").is_file()


def test_a_folder_listed_by_hand_can_be_gone_on_with(tmp_path: Path) -> None:
    """Versions that were put side by side by hand are listed with the published one."""
    tree = tmp_path / "tree"
    make_site(tree / "1", version="1")
    (tree / "versions.js").write_text("")
    placed = place(make_site(tmp_path / "s", version="2"), tree, "2", latest=True)
    assert placed.versions == ("2", "1")


def test_a_version_removed_by_hand_is_no_longer_listed(tmp_path: Path) -> None:
    """A folder that somebody took away disappears from the list with the next version."""
    tree = published(tmp_path, "1", "2")
    shutil.rmtree(tree / "1")
    assert place(tmp_path / "sites" / "2", tree, "2").versions == ("2",)


def test_everybody_may_read_what_is_published(tmp_path: Path) -> None:
    """A strict umask of whoever publishes does not lock readers out."""
    before = os.umask(0o077)
    try:
        tree = published(tmp_path, "1", "2")
    finally:
        os.umask(before)
    for path in (tree, *tree.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644), path


def test_base_path_is_in_the_page_for_nothing_and_is_remembered(tmp_path: Path) -> None:
    """Only 404.html knows where the server has the folder; it is said once."""
    tree = tmp_path / "tree"
    place(make_site(tmp_path / "1", version="1"), tree, "1", base_path="/repo")
    place(make_site(tmp_path / "2", version="2"), tree, "2", latest=True)
    knowing = {name for name, data in contents(tree).items() if b"/repo/" in data}
    assert knowing == {"404.html", "versions.json"}
    assert '<base href="/repo/">' in (tree / "404.html").read_text()


# What is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["..", ".", "", "a/b", "/etc", "../x", "latest", "LATEST", ".git", "-x", "a\\b", "index.html",
     "x.html", "versions.js", "1.", "a b", "a\n", "é", "x" * 200],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    """A version that is no plain folder, or takes a name of ours, is wrong usage."""
    site = make_site(tmp_path / "s")
    with pytest.raises(WrongUsage, match="name of a version"):
        place(site, tmp_path / "tree", name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["s"]


@given(st.text(max_size=12))
def test_accepted_names_are_one_step_down(name: str) -> None:
    """Whatever name is accepted is a folder directly inside, and not hidden."""
    if is_version_name(name):
        folder = Path("/tree") / name
        assert Path(os.path.normpath(folder)).parent == Path("/tree")
        assert not name.startswith(".")


@pytest.mark.parametrize("text", ["/a/../b", "//a//b", "https://x/", '/"onload/', "/a b/"])
def test_base_path_is_a_plain_path(text: str) -> None:
    """Another server, a way up or markup is no base path; slashes at the ends do not matter."""
    with pytest.raises(WrongUsage):
        normal_base_path(text)
    assert normal_base_path("") == "/"
    assert normal_base_path("repo") == normal_base_path("/repo/") == "/repo/"


def test_links_in_a_site_are_refused(tmp_path: Path) -> None:
    """A symbolic link inside the site could publish anything: it is named, and nothing is made."""
    secret = tmp_path / "secret"
    secret.write_text("s")
    site = make_site(tmp_path / "s")
    (site / "benchfolio" / "link").symlink_to(secret)
    with pytest.raises(WrongUsage, match="benchfolio/link is a symbolic link"):
        place(site, tmp_path / "tree", "1")
    assert not (tmp_path / "tree").exists()


def test_what_is_no_site_is_refused(tmp_path: Path) -> None:
    """A folder without a first page, or one around the other, is not published."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(WrongUsage, match=r"no index\.html"):
        place(tmp_path / "empty", tmp_path / "tree", "1")
    site = make_site(tmp_path / "s")
    for into in (site, site / "tree", tmp_path):
        with pytest.raises(WrongUsage, match="inside the other"):
            place(site, into, "1")


def test_a_site_of_another_version_is_refused(tmp_path: Path) -> None:
    """A switcher that would show the wrong version is found before anybody sees it."""
    site = make_site(tmp_path / "s", version="2026.10")
    with pytest.raises(WrongUsage, match=r"it says that it is version '2026\.10'"):
        place(site, tmp_path / "tree", "2026.11")


@pytest.mark.parametrize("name", ["notes.txt", "index.html", "docs/index.html", "versions.js"])
def test_foreign_folders_are_refused(tmp_path: Path, name: str) -> None:
    """A folder with anything that is not ours stays exactly as it is."""
    path = tmp_path / "tree" / name
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(WrongUsage, match="did not put there"):
        place(make_site(tmp_path / "s"), tmp_path / "tree", "1")
    assert contents(tmp_path / "tree") == {name: b"mine"}


def test_a_folder_of_others_is_no_version(tmp_path: Path) -> None:
    """In a folder of ours, a folder that is no version is not overwritten by one."""
    tree = published(tmp_path, "1")
    (tree / "docs").mkdir()
    (tree / "docs" / "mine").write_text("mine")
    with pytest.raises(WrongUsage, match="no version"):
        place(make_site(tmp_path / "s"), tree, "docs")
    with pytest.raises(WrongUsage, match="only by case"):
        place(make_site(tmp_path / "s"), tree, "Docs")
    assert (tree / "docs" / "mine").read_text() == "mine"


LEADING_OUT = """{"format": "benchfolio-versions-1", "versions": [
{"name": "../../etc", "url": "x"}]}"""


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"format": "other"}', LEADING_OUT, "\udcff"],
)  # fmt: skip
def test_a_broken_list_is_bad_input(tmp_path: Path, text: str) -> None:
    """A list of versions that we did not write is named and nothing is changed."""
    tree = published(tmp_path, "1")
    (tree / "versions.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    before = contents(tree)
    with pytest.raises(BadInput, match=r"versions\.json"):
        place(tmp_path / "sites" / "1", tree, "1")
    assert contents(tree) == before


# Interruption -----------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["exchanging", "renaming"])
def test_a_full_disk_at_any_step_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Whichever step fails, the folder is what it was, nothing lies beside it, and it is said."""
    tree = published(tmp_path, "1")
    site = make_site(tmp_path / "s", version="2", files=3)
    before, beside = contents(tree), {path.name for path in tmp_path.iterdir()}
    if way == "renaming":
        monkeypatch.setattr(exchanging, "exchange", lambda *_: False)
    failed = 0
    while not works_until(monkeypatch, failed, lambda: place(site, tree, "2", latest=True)):
        failed += 1
        assert contents(tree) == before
        assert {path.name for path in tmp_path.iterdir()} == beside
    assert failed > 20
    assert (tree / "2").is_dir()


def works_until(monkeypatch: pytest.MonkeyPatch, number: int, action: Callable[[], object]) -> bool:
    """Tell whether an action has fewer steps than this; else that step of it fails."""
    with monkeypatch.context() as patch:
        fail_at(patch, number)
        try:
            action()
        except MissingEnvironment as error:
            return "No space left" not in str(error)
        return True


def fail_at(patch: pytest.MonkeyPatch, number: int) -> None:
    """Let one of the steps that write fail, and only that one."""
    count = iter(range(10**6))

    def failing(original: Callable[..., object]) -> Callable[..., object]:
        def run(*arguments: object, **options: object) -> object:
            if next(count) == number:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return original(*arguments, **options)

        return run

    for name in ("mkdir", "rename", "write_bytes", "chmod"):
        patch.setattr(Path, name, failing(getattr(Path, name)))
    patch.setattr(shutil, "copyfile", failing(shutil.copyfile))


ENDLESS = """
import sys
from pathlib import Path
from benchfolio.generator import exchanging
from benchfolio.release.placing import place
tree, *sites = map(Path, sys.argv[2:])
if sys.argv[1] == "renaming":
    exchanging.exchange = lambda *_: False
print("ready", flush=True)
while True:
    for site in sites:
        place(site, tree, "2", latest=True)
"""


@pytest.mark.parametrize("way", ["exchanging", "renaming"])
def test_killed_at_any_moment_the_folder_is_whole(tmp_path: Path, way: str) -> None:
    """After kill -9 there is the old folder or the new one, and the next call clears up."""
    tree = published(tmp_path, "1")
    sites = [make_site(tmp_path / name, version="2", text=name, files=40) for name in "ab"]
    valid = set()
    for site in sites:
        place(site, tree, "2", latest=True)
        valid.add(digest(tree))
    seed = random.randrange(10**6)
    print("seed", seed)
    chance = random.Random(seed)
    for _ in range(12):
        kill_after(chance.uniform(0, 0.08), way, tree, *sites)
        old = tree.with_name(".tree.benchfolio-old")
        whole = tree if tree.exists() or way == "exchanging" else old
        assert digest(whole) in valid
    place(sites[0], tree, "2", latest=True)
    assert digest(tree) in valid
    assert {path.name for path in tmp_path.iterdir()} == {"sites", "tree", "a", "b"}


def kill_after(seconds: float, way: str, *folders: Path) -> None:
    """Publish again and again in a process, and kill it."""
    arguments = [sys.executable, "-c", ENDLESS, way, *map(str, folders)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(seconds)
        process.kill()


def test_there_is_never_a_moment_without_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the system can exchange folders, no step in between leaves readers without one."""
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    if not exchange(tmp_path / "one", tmp_path / "other"):
        pytest.skip("kernel or file system cannot exchange two folders")
    tree = published(tmp_path, "1")
    there = []

    def looking(original: Callable[..., object]) -> Callable[..., object]:
        def run(*arguments: object) -> object:
            result = original(*arguments)
            there.append((tree / "index.html").is_file())
            return result

        return run

    monkeypatch.setattr(Path, "rename", looking(Path.rename))
    monkeypatch.setattr(exchanging, "exchange", looking(exchange))
    place(make_site(tmp_path / "s", version="2"), tree, "2")
    assert there
    assert all(there)


def test_a_second_one_waits(tmp_path: Path) -> None:
    """While somebody replaces a folder, another process does not begin, and does so afterwards."""
    tree, site = tmp_path / "tree", make_site(tmp_path / "s", version="2")
    with replacing._alone(tmp_path):
        process = subprocess.Popen(
            [sys.executable, "-c", ENDLESS, "exchanging", str(tree), str(site)],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.3)
        assert {path.name for path in tmp_path.iterdir()} == {"s"}
    while not tree.exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.communicate()


def test_two_at_once_lose_nothing(tmp_path: Path) -> None:
    """Versions published at the same time by several processes are all there afterwards."""
    sites = [make_site(tmp_path / f"s{n}", version=f"{n}", files=20) for n in range(4)]
    code = (
        "import sys\nfrom pathlib import Path\nfrom benchfolio.release.placing import place\n"
        "place(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])"
    )
    tree = tmp_path / "tree"
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(site), str(tree), f"{number}"])
        for number, site in enumerate(sites)
    ]
    assert [process.wait() for process in running] == [0, 0, 0, 0]
    assert {f"{n}" for n in range(4)} <= {path.name for path in tree.iterdir()}
    assert json.loads((tree / "versions.json").read_text())["versions"][0]["name"] == "3"


# The command ------------------------------------------------------------------------------


def test_command_says_what_is_there(tmp_path: Path) -> None:
    """The command names the page to open, the versions, what left, and a missing switcher."""
    published(tmp_path, "1", "2")
    site = make_site(tmp_path / "s", version="3")
    arguments = [str(site), "--into", str(tmp_path / "tree"), "--version", "3"]
    done = CliRunner().invoke(command, [*arguments, "--latest", "--keep", "2"])
    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [
        str(tmp_path / "tree" / "3" / "index.html"),
        "versions: 3 (newest), 2",
        "removed: 1",
        "not in 3, but in others: 1 pages",
    ]
    plain = make_site(tmp_path / "plain")
    arguments = [str(plain), "--into", str(tmp_path / "other"), "--version", "1"]
    assert "has no version switcher" in CliRunner().invoke(command, arguments).output


def test_size_is_what_a_server_gets(tmp_path: Path) -> None:
    """The size counts a file at each of its addresses, and not the repository beside them."""
    tree = tmp_path / "tree"
    (tree / ".git").mkdir(parents=True)
    (tree / ".git" / "pack").write_bytes(b"x" * 10_000)
    placed: Placed = place(make_site(tmp_path / "s", version="1"), tree, "1")
    there = contents(tree)
    del there[".git/pack"]
    assert placed.size == sum(map(len, there.values()))
