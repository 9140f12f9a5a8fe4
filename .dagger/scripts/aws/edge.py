"""What answers where people reach the service."""

import json
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from probing import Probe


@dataclass(frozen=True)
class Answer:
    """What an HTTP server answered."""

    status: int
    body: str


class Edge:
    """The service as people reach it. ``stand_in``: ``http://HOST:PORT`` that answers for it."""

    def __init__(self, address: str, stand_in: str | None) -> None:
        self.address = address
        self._url = stand_in or address
        self._headers = {"User-Agent": "kitchen", "Connection": "close"}
        if stand_in:
            self._headers["Host"] = urllib.parse.urlsplit(address).netloc

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer | None:
        """Ask for a path; None when nothing answers."""
        request = urllib.request.Request(
            self._url + path, headers={**self._headers, **(headers or {})}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return Answer(answer.status, _text(answer.read()))
        except urllib.error.HTTPError as error:
            return Answer(error.code, _text(error.read()))
        except (OSError, ssl.SSLError, ValueError):
            return None

    def identity(self, path: str, headers: Mapping[str, str] | None = None) -> Any:
        """Release and image digest as the service gives them; None when it does not."""
        answer = self.get(path, headers)
        try:
            said = json.loads(answer.body) if answer and answer.status == 200 else None
        except ValueError:
            return None
        if not isinstance(said, dict):
            return None
        return {"release": said.get("release_id"), "digest": said.get("image_digest")}


def answers(edge: Edge, path: str, headers: Mapping[str, str] | None = None) -> Probe:
    """A probe: does a path answer without an error?"""

    def probe() -> str | None:
        answer = edge.get(path, headers)
        if answer is None:
            return f"no answer from {edge.address}"
        return None if answer.status < 400 else f"status {answer.status}: {answer.body[:200]}"

    return probe


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")
