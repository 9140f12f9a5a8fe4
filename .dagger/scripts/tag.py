"""Says where a tag points: `tag.py REPOSITORY TAG OUTPUT`, JSON to OUTPUT.

Fields: commit (null: there is no such tag), tags (the names that there are), branches (those of
`main` and `master`, remote ones too, whose history has the commit).
"""

import json
import sys
from pathlib import Path

from dulwich.errors import MissingCommitError, NotGitRepository
from dulwich.objects import Commit
from dulwich.repo import Repo

MAIN = [
    *(f"refs/heads/{name}" for name in ("main", "master")),
    *(f"refs/remotes/origin/{name}" for name in ("main", "master")),
]


def main(repository: str, tag: str, output: str) -> int:
    try:
        repo = Repo(repository)
    except NotGitRepository:
        print("there is no Git repository in what was given as git", file=sys.stderr)
        return 1
    refs = repo.get_refs()
    prefix = "refs/tags/"
    tags = [name.decode().removeprefix(prefix) for name in refs if name.startswith(b"refs/tags/")]
    commit = refs.get(f"{prefix}{tag}".encode())
    while commit is not None and not isinstance(repo[commit], Commit):
        commit = repo[commit].object[1]  # an annotated tag
    found = {
        "commit": commit.decode() if commit else None,
        "tags": sorted(tags),
        "branches": [name for name in MAIN if commit and has(repo, refs.get(name.encode()), commit)],
    }
    Path(output).write_text(json.dumps(found), encoding="utf-8")
    return 0


def has(repo: Repo, tip: bytes | None, commit: bytes) -> bool:
    if tip is None:
        return False
    try:
        return any(each.commit.id == commit for each in repo.get_walker(include=[tip]))
    except (KeyError, MissingCommitError):  # a shallow clone ends before it
        return False


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
