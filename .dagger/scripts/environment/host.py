"""A host with a Docker-compatible API: what is asked for is made only when it differs."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import docker
import requests
from archive import first_file, pack
from docker.errors import APIError, DockerException, NotFound
from docker_api import Client, words_of
from refused import Refused
from spec import SPEC_LABEL, Container, File


class Host:
    """What an environment needs of a host. ``project`` is the name that everything begins with."""

    def __init__(self, client: Client, project: str) -> None:
        self.client = client
        self.project = project
        self.labels = {"kitchen.environment": project}
        self.secrets: tuple[str, ...] = ()

    @property
    def changes(self) -> list[str]:
        """The changing requests so far."""
        return self.client.changes

    # Images, networks, volumes

    def ensure_image(self, reference: str, login: Mapping[str, str] | None) -> None:
        """Pull an image that is not there.

        Raises:
            Refused: the registry does not have it, or cannot be asked.
        """
        if _found(lambda: self.client.inspect_image(reference)):
            return
        repository, digest = reference.split("@")
        words = ""
        try:
            for line in self.client.pull(
                repository, tag=digest, stream=True, decode=True, auth_config=login
            ):
                words = str(line.get("error") or line.get("status") or words)
        except APIError as error:
            words = words_of(error)
        if not _found(lambda: self.client.inspect_image(reference)):
            raise Refused(f"{reference}: the host cannot pull this image: {words.strip()}")

    def ensure_network(self, name: str) -> None:
        """The network that the containers find one another in."""
        if not any(each["Name"] == name for each in self.client.networks(names=[name])):
            self.client.create_network(name, driver="bridge", labels=self.labels)

    def ensure_volume(self, name: str) -> bool:
        """Whether the volume is new."""
        if _found(lambda: self.client.inspect_volume(name)):
            return False
        self.client.create_volume(name, labels=self.labels)
        return True

    # Containers

    def container(self, name: str) -> dict[str, Any] | None:
        """What the host says of a container; None when it has none of this name."""
        found: dict[str, Any] | None = _found(lambda: self.client.inspect_container(name))
        return found

    def running(self, name: str) -> bool:
        """Whether there is such a container, and it runs."""
        return bool((self.container(name) or {}).get("State", {}).get("Running"))

    def matches(self, wanted: Container, key: bytes) -> bool:
        """Whether the container is there as it is wanted, running or not."""
        labels = ((self.container(wanted.name) or {}).get("Config") or {}).get("Labels") or {}
        return bool(labels.get(SPEC_LABEL) == wanted.digest(key))

    def create(
        self,
        wanted: Container,
        key: bytes,
        restart: bool = True,
        compared: Container | None = None,
    ) -> None:
        """Make a container with its files in it; it does not run yet. ``compared``: what it is
        compared by the next time, when that is not all of it."""
        client = self.client
        mounts = [
            docker.types.Mount(path, volume, type="volume", read_only=volume in wanted.read_only)
            for path, volume in wanted.volumes.items()
        ]
        bindings = {port: _binding(at) for port, at in wanted.ports.items()}
        host_config = client.create_host_config(
            network_mode=wanted.network or "none",
            mounts=mounts,
            port_bindings=bindings,
            restart_policy={"Name": "unless-stopped" if restart else "no"},
            security_opt=["no-new-privileges"],
            log_config=None,
        )
        networking = None
        if wanted.network:
            endpoint = client.create_endpoint_config(aliases=list(wanted.aliases))
            networking = client.create_networking_config({wanted.network: endpoint})
        client.create_container(
            wanted.image,
            name=wanted.name,
            command=wanted.command,
            entrypoint=wanted.entrypoint,
            environment=dict(wanted.env),
            user=wanted.user,
            ports=list(wanted.ports),
            labels={**self.labels, **wanted.labels, SPEC_LABEL: (compared or wanted).digest(key)},
            host_config=host_config,
            networking_config=networking,
            stop_timeout=wanted.stop_seconds,
        )
        if wanted.files:
            self.write(wanted.name, wanted.files)

    def start(self, name: str) -> None:
        """Start a container.

        Raises:
            Refused: a port is in use, or the host cannot run it.
        """
        try:
            self.client.start(name)
        except APIError as error:
            raise Refused(f"{name} cannot be started: {words_of(error)}") from error

    def stop(self, name: str, seconds: int) -> None:
        """Ask a container to end, and end it when it does not."""
        if self.running(name):
            self.client.stop(name, timeout=seconds)

    def remove(self, name: str) -> None:
        """Remove a container, if there is one; its anonymous volumes go with it."""
        if self.container(name):
            _found(lambda: self.client.remove_container(name, force=True, v=True))

    def rename(self, name: str, other: str) -> None:
        """Give a container another name."""
        self.client.rename(name, other)

    def run(self, wanted: Container, key: bytes, seconds: int) -> str:
        """Run a container to its end and remove it.

        Raises:
            Refused: it did not end well; with the last lines that it wrote.
        """
        self.remove(wanted.name)
        self.create(wanted, key, restart=False)
        try:
            self.start(wanted.name)
            try:
                code = self.client.wait(wanted.name, timeout=seconds)["StatusCode"]
            except requests.exceptions.RequestException as error:
                raise Refused(
                    f"{wanted.name} did not end within {seconds} s: {self.last_lines(wanted.name)}"
                ) from error
            if code != 0:
                raise Refused(f"{wanted.name}: exit code {code}: {self.last_lines(wanted.name)}")
            return self.last_lines(wanted.name)
        finally:
            self.remove(wanted.name)

    def last_lines(self, name: str, lines: int = 20) -> str:
        """The end of what a container wrote, for people."""
        written = self._written(name, lines)
        return f"its last lines:\n{written}" if written else "it wrote nothing that can be read"

    def logs(self, lines: int) -> dict[str, str]:
        """The end of what each container wrote.

        Raises:
            Refused: no lines are asked for.
        """
        if lines < 1:
            raise Refused(f"{lines} lines of each log: ask for at least 1")
        return {name: self._written(name, lines) for name in sorted(self.containers())}

    def _written(self, name: str, lines: int) -> str:
        """Secrets of the environment are masked."""
        try:
            raw = self.client.logs(name, tail=lines)
        except DockerException:
            return ""
        text = str(raw.decode("utf-8", "replace").strip())
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text

    def ask(self, name: str, command: list[str], user: str = "") -> tuple[int, str, str]:
        """Run a program in a container: exit code, standard output, standard error."""
        try:
            made = self.client.exec_create(name, command, user=user)
            out, err = self.client.exec_start(made["Id"], demux=True)
            code = self.client.exec_inspect(made["Id"])["ExitCode"]
        except APIError as error:  # it has just ended, or is no longer there
            return 255, "", words_of(error)
        return code, _text(out), _text(err)

    def answer(self, name: str, command: list[str]) -> tuple[int, str, str]:
        """The same for a program that always writes something: a busy host may lose it."""
        for _ in range(5):
            code, out, err = self.ask(name, command)
            if code != 0 or out:
                break
            time.sleep(0.2)
        return code, out, err

    def containers(self) -> Iterator[str]:
        """Names of all containers of this environment."""
        labels = [f"kitchen.environment={self.project}"]
        for each in self.client.containers(all=True, filters={"label": labels}):
            yield each["Names"][0].removeprefix("/")

    # Files in containers and volumes

    def write(self, name: str, files: tuple[File, ...], volume: str = "/") -> None:
        """Put files into a container, running or not. ``volume``: the place of the one they are in.

        Podman unpacks beside the volumes of a container that does not run, unless one is named.
        """
        self.client.put_archive(name, volume, pack(files, volume))

    def read(self, name: str, path: str) -> str | None:
        """A file of a container, running or not; None when it is not there."""
        try:
            chunks, _ = self.client.get_archive(name, path)
        except NotFound:
            return None
        return first_file(chunks)


def _found(look: Callable[[], Any]) -> Any:
    try:
        return look()
    except NotFound:
        return None
    except APIError as error:
        # Podman's words for what is removed while it is asked.
        if "no such container" in str(error.explanation):
            return None
        raise


def _text(written: bytes | None) -> str:
    return (written or b"").decode("utf-8", "replace")


def _binding(address: str) -> tuple[str, int]:
    host, port = address.rsplit(":", 1)
    return host.strip("[]"), int(port)
