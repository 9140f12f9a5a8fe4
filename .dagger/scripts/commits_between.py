"""Says which commits lie between two: `commits_between.py REPOSITORY OLD NEW OUTPUT`, JSON to OUTPUT.

Fields: added, removed (those that NEW has and OLD has not, and the reverse: newest first, at most 100
of each, as `HASH SUBJECT (AUTHOR)`), problem (why they cannot be told, or null).
"""

import json
import sys
from pathlib import Path

from dulwich.errors import MissingCommitError
from dulwich.objects import Commit
from dulwich.repo import Repo

MOST = 100


def main(repository: str, old: str, new: str, output: str) -> None:
    found: dict[str, object] = {"added": [], "removed": [], "problem": None}
    with Repo(repository) as repo:
        try:
            found["added"] = between(repo, old, new)
            found["removed"] = between(repo, new, old)
        except (KeyError, MissingCommitError):
            found["problem"] = "the Git repository does not have both of them, or is a shallow clone"
    Path(output).write_text(json.dumps(found), encoding="utf-8")


def between(repo: Repo, old: str, new: str) -> list[str]:
    entries = repo.get_walker(include=[new.encode()], exclude=[old.encode()], max_entries=MOST)
    return [line(each.commit) for each in entries]


def line(commit: Commit) -> str:
    subject = commit.message.decode(errors="replace").split("\n", 1)[0]
    author = commit.author.decode(errors="replace").split(" <", 1)[0]
    return f"{commit.id.decode()[:12]} {subject} ({author})"


if __name__ == "__main__":
    main(*sys.argv[1:5])
