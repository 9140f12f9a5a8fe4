"""Says which commit a repository is at: `commit.py REPOSITORY OUTPUT`, JSON to OUTPUT.

Fields: revision (SHA-1 or SHA-256 in hex), created (seconds since the epoch, the committer's),
authors (e-mail addresses: the author's, then those of `Co-authored-by` lines).
"""

import json
import re
import sys
from pathlib import Path

from dulwich.errors import NotGitRepository
from dulwich.objects import Commit
from dulwich.repo import Repo


def main(repository: str, output: str) -> int:
    try:
        commit = Repo(repository)[b"HEAD"]
    except NotGitRepository:
        print("there is no Git repository in what was given as git", file=sys.stderr)
        return 1
    except KeyError as error:
        reference = error.args[0] if error.args else b""
        name = reference.decode() if isinstance(reference, bytes) else str(reference)
        print(f"the Git repository has no commit at {name}", file=sys.stderr)
        return 1
    created = commit.commit_time
    found = {"revision": commit.id.decode(), "created": created, "authors": authors(commit)}
    Path(output).write_text(json.dumps(found), encoding="utf-8")
    return 0


def authors(commit: Commit) -> list[str]:
    text = commit.message.decode(errors="replace")
    others = re.findall(r"^co-authored-by:.*<([^<>\s]+)>\s*$", text, re.IGNORECASE | re.MULTILINE)
    name = commit.author.decode(errors="replace")
    address = re.search(r"<([^<>]*)>", name)
    first = address[1] if address and address[1] else name
    return list(dict.fromkeys([first, *others]))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
