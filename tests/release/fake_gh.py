"""Stands in for GitHub's ``gh`` in tests: pull requests and comments in a JSON file.

Filters are worked out by ``jq`` itself, as ``gh`` has the same language built in.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

STORE = Path(os.environ["FAKE_GH_STORE"])


def main(words: list[str]) -> None:
    """Answer as ``gh`` does, for what the workflows ask of it; refuse everything else."""
    assert os.environ["GH_TOKEN"], "gh needs a token"
    store = json.loads(STORE.read_text()) if STORE.exists() else {"requests": [], "comments": []}
    options = options_of(words)
    command = " ".join(words[:2]) if words[0] == "pr" else words[0]
    answer = {"pr list": listed, "pr create": created, "api": api}[command](store, options)
    STORE.write_text(json.dumps(store, indent=1))
    if "jq" in options:
        run = ["jq", "-r", options["jq"]]
        subprocess.run(run, input=json.dumps(answer), text=True, check=True)
    else:
        print(answer)


def options_of(words: list[str]) -> dict[str, str]:
    """Return options by name, and the one argument of ``gh api``."""
    found, rest = {}, list(words[1:] if words[0] == "api" else words[2:])
    while rest:
        word = rest.pop(0)
        if word == "--paginate":
            continue
        if word.startswith("-"):
            found[word.lstrip("-")] = rest.pop(0)
        else:
            assert "address" not in found, word
            found["address"] = word
    return found


def listed(store: dict[str, Any], options: dict[str, str]) -> list[dict[str, Any]]:
    """List pull requests of a branch."""
    assert options["state"] == "open"
    return [one for one in store["requests"] if one["head"] == options["head"]]


def created(store: dict[str, Any], options: dict[str, str]) -> str:
    """Open a pull request; its address is the answer."""
    assert {"head", "base", "title", "body"} == set(options)
    number = len(store["requests"]) + 7
    store["requests"].append({"number": number, **options})
    return f"https://github.com/owner/repo/pull/{number}"


def api(store: dict[str, Any], options: dict[str, str]) -> Any:  # noqa: ANN401
    """Answer a request of the API."""
    address, method = options["address"], options.get("method", "GET")
    if match := re.fullmatch(r"repos/owner/repo/git/matching-refs/(heads/.+)", address):
        return refs(match[1])
    if match := re.fullmatch(r"repos/owner/repo/issues/([0-9]+)/comments", address):
        if method == "POST":
            return comment(store, int(match[1]), options["F"])
        return [one for one in store["comments"] if one["issue"] == int(match[1])]
    match = re.fullmatch(r"repos/owner/repo/issues/comments/([0-9]+)", address)
    assert match is not None, address
    assert method == "PATCH"
    found = next(one for one in store["comments"] if one["id"] == int(match[1]))
    found["body"] = body(options["F"])
    return found


def refs(prefix: str) -> list[dict[str, Any]]:
    """Return branches whose name begins so, as GitHub does."""
    lines = subprocess.run(
        ["git", "-C", os.environ["FAKE_GH_ORIGIN"], "for-each-ref",
         "--format=%(objectname) %(refname)"],
        capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    pairs = (line.split(" ", 1) for line in lines)
    return [
        {"ref": ref, "object": {"sha": sha}}
        for sha, ref in pairs
        if ref.startswith(f"refs/{prefix}")
    ]


def comment(store: dict[str, Any], issue: int, field: str) -> dict[str, Any]:
    """Write a comment, as the user that workflows are."""
    made = {
        "id": len(store["comments"]) + 100,
        "issue": issue,
        "user": {"login": "github-actions[bot]"},
        "body": body(field),
    }
    store["comments"].append(made)
    return made


def body(field: str) -> str:
    """Return the content of the file that a field names."""
    name, _, path = field.partition("=@")
    assert name == "body"
    return Path(path).read_text(encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
