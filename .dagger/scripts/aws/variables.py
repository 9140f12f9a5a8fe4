"""What a service is told where it has no files that an environment could put there."""

from collections.abc import Mapping

DATABASE = "/kitchen/database-url"


def variables(env: Mapping[str, str], release: str, digest: str) -> dict[str, str]:
    """A service's variables: each ``NAME_FILE`` of a text that is known here is ``NAME`` with that
    text. Where its database is, Terraform has told it."""
    known = {"/kitchen/release-id": release, "/kitchen/image-digest": digest}
    found = {}
    for name, value in env.items():
        if value in known and name.endswith("_FILE"):
            found[name.removesuffix("_FILE")] = known[value]
        elif value != DATABASE:
            found[name] = value
    return found
