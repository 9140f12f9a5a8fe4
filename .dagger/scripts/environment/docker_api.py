"""A host's Docker-compatible API: what is asked of it, and what its refusals mean in plain words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import docker
import requests
from docker.errors import APIError, DockerException
from refused import Refused

SECONDS = 120  # for one answer: a host may pull an image or stop a container meanwhile


class Client(docker.APIClient):
    """Remembers the requests that change something on the host."""

    def __init__(self, address: str) -> None:
        self.changes: list[str] = []
        super().__init__(base_url=address, timeout=SECONDS, version="auto")

    def _retrieve_server_version(self) -> str:
        # As docker's command line does. For /version Podman has its packages looked up, half a second.
        try:
            pong = self._get(self._url("/_ping", versioned_api=False))
        except requests.exceptions.RequestException:
            return str(super()._retrieve_server_version())
        return pong.headers.get("Api-Version") or str(super()._retrieve_server_version())

    def _get_raw_response_socket(self, response: Any) -> Any:
        self._raise_for_status(response)
        return _Rest(response)

    def request(self, method: Any, url: Any, *args: Any, **more: Any) -> Any:
        # Questions that are asked by a program in a container, and waiting, change nothing.
        path = str(url).split("?")[0]
        asks = str(method).upper() == "GET" or "/exec/" in path or path.endswith(("/exec", "/wait"))
        if not asks:
            self.changes.append(f"{str(method).upper()} {path.split('/', 4)[-1]}")
        return super().request(method, url, *args, **more)


class _Rest:
    """What comes after an answer's head, by the reader that has read the head: it may hold more
    already, which docker-py passes over when it reads from the socket below."""

    def __init__(self, response: Any) -> None:
        self._response, self._reader = response, response.raw._fp.fp

    def fileno(self) -> int:
        return int(self._reader.fileno())

    def recv(self, most: int) -> bytes:
        return bytes(self._reader.read1(most))


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """The API behind ``unix://PATH``.

    Raises:
        Refused: nothing answers there, or it may not be asked; or the host refused what was asked.
    """
    try:
        client = Client(address)
    except (DockerException, requests.exceptions.RequestException) as error:
        raise Refused(_why_no_answer(address, error)) from error
    try:
        yield client
    except APIError as error:
        raise Refused(f"the host refused: {words_of(error)}") from error
    except (DockerException, requests.exceptions.RequestException) as error:
        raise Refused(f"the host stopped answering: {error}") from error
    finally:
        client.close()


def words_of(error: APIError) -> str:
    """Why the host refused."""
    words = str(error.explanation or error).strip()
    if "address already in use" in words or "port is already allocated" in words:
        return f"a port of the host is in use already: {words}"
    if "no space left on device" in words:
        return f"the host's disk is full: {words}"
    return words


def _why_no_answer(address: str, error: Exception) -> str:
    words = str(error)
    if "PermissionError" in words or "Permission denied" in words:
        return f"{address}: no permission to use this socket: its owner and mode say who may"
    if "FileNotFoundError" in words or "No such file" in words:
        return f"{address}: there is no such socket: is the Docker or Podman service running?"
    if "ConnectionRefusedError" in words or "Connection refused" in words:
        return f"{address}: nothing listens there: is the Docker or Podman service running?"
    return f"{address}: what answers there is no Docker API: {words}"
