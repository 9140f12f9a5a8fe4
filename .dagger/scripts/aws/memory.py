"""What an environment remembers, in S3: written only over what was read.

S3 compares and writes in one request (``If-Match``, ``If-None-Match``): of two who want to go on
from the same version one is refused, and nobody ever sees half of one.
"""

import json
from email.utils import parsedate_to_datetime
from typing import Any

from access import Aws
from botocore.exceptions import ClientError
from problems import DENIED, code_of
from refused import Overtaken, Refused
from rollouts import appended, must_be_present, overtaken


class Memory:
    """Files of an environment in a bucket, below ``rollouts/``."""

    def __init__(self, aws: Aws, request: dict[str, Any]) -> None:
        self._s3 = aws.client("s3")
        self._bucket = request["bucket"]
        self._region = aws.region
        self.project: str = request["project"]
        self.at = ""

    def read(self, name: str) -> tuple[Any, str | None]:
        """A JSON document and its version; None when there is none."""
        key = f"rollouts/{self.project}/{name}.json"
        try:
            found = self._s3.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            self._clock(error.response)
            if code_of(error) == "NoSuchKey" or (code_of(error) in DENIED and not self._has(key)):
                return None, None
            if code_of(error) == "NoSuchBucket":
                raise Refused(
                    f"{self._region} has no bucket {self._bucket}: "
                    "is the region right, and was its Terraform applied?"
                ) from error
            raise
        self._clock(found)
        return json.loads(found["Body"].read()), found["ETag"]

    def _has(self, key: str) -> bool:
        # Who may list this folder only is told "denied" of what is not there.
        found = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=key)
        return any(each["Key"] == key for each in found.get("Contents", []))

    def write(self, name: str, document: Any, version: str | None) -> None:
        """Write a document over the version that was read; None: there was none.

        Raises:
            Overtaken: there is another one by now.
        """
        text = json.dumps(document, sort_keys=True)
        condition = {"IfNoneMatch": "*"} if version is None else {"IfMatch": version}
        try:
            self._s3.put_object(
                Bucket=self._bucket,
                Key=f"rollouts/{self.project}/{name}.json",
                Body=text.encode(),
                ContentType="application/json",
                **condition,
            )
        except ClientError as error:
            if code_of(error) not in ("PreconditionFailed", "ConditionalRequestConflict", "412"):
                raise
            # A try whose answer was lost has written it, and the next one meets itself.
            if json.dumps(self.read(name)[0], sort_keys=True) != text:
                raise Overtaken(f"{self.project}: somebody else has written {name}") from error

    def _clock(self, answer: Any) -> None:
        date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        if date:
            self.at = parsedate_to_datetime(date).strftime("%Y-%m-%dT%H:%M:%SZ")


def recall(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """The rollout that is remembered, the history, and the time at S3."""
    memory = Memory(aws, request)
    history, _ = memory.read("history")
    rollout, _ = memory.read("rollout")
    return {
        "rollout": rollout and rollout["document"],
        "history": history or [],
        "at": memory.at,
    }


def remember(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """Remember a rollout, when the revision that is remembered is the expected one.

    Raises:
        Overtaken: it is another one.
    """
    memory = Memory(aws, request)
    rollout, version = memory.read("rollout")
    found = rollout and rollout["revision"]
    if found != request["expected"]:
        raise overtaken(found)
    wanted = {"revision": request["revision"], "document": request["document"]}
    try:
        memory.write("rollout", wanted, version)
    except Overtaken as error:
        rollout, _ = memory.read("rollout")
        raise overtaken(rollout and rollout["revision"]) from error
    return {}


def present(memory: Memory, revision: int | None) -> None:
    """Go on only for whom the rollout is as it was read; None: by hand, when none is under way.

    Raises:
        Overtaken: it is not.
        Refused: one is.
    """
    kept, _ = memory.read("rollout")
    must_be_present(kept and kept["revision"], revision, lambda _: kept["document"])


def append(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """Add a line to the history; the same one again changes nothing.

    Raises:
        Refused: the last line is not the one with the digest ``before``.
    """
    memory = Memory(aws, request)
    found, version = memory.read("history")
    lines = appended(memory.project, found or [], request["line"], request["before"])
    if lines is not None:
        memory.write("history", lines, version)
    return {}
