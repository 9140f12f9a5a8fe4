"""Where App Runner's services run: containers on a host with a Docker-compatible API."""

import itertools
import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import docker


class Host:
    """Runs an image of ECR as the one of that name and digest in another registry."""

    def __init__(self, socket: str, registry: str) -> None:
        self._client = docker.DockerClient(base_url=f"unix://{socket}", timeout=120)
        self._registry = registry
        self._ids: dict[str, str] = {}

    def start(self, image: str, environment: Mapping[str, str], port: int) -> str:
        local = f"{self._registry}/{image.partition('/')[2]}"
        self._client.images.pull(local)
        container = self._client.containers.run(
            local,
            environment=dict(environment),
            ports={f"{port}/tcp": ("127.0.0.1", None)},
            detach=True,
        )
        container.reload()
        address = f"http://127.0.0.1:{container.ports[f'{port}/tcp'][0]['HostPort']}"
        self._ids[address] = container.id
        return address

    def stop(self, address: str) -> None:
        self._client.containers.get(self._ids.pop(address)).remove(force=True)


class Pretended:
    """Without a host: a server that says of itself what it was given, for tests of the stand-in."""

    def __init__(self) -> None:
        self._servers: dict[str, ThreadingHTTPServer] = {}
        self._count = itertools.count()

    def start(self, image: str, environment: Mapping[str, str], port: int) -> str:
        identity = {
            "release_id": environment.get("KITCHEN_API_RELEASE_ID"),
            "image_digest": environment.get("KITCHEN_API_IMAGE_DIGEST"),
        }
        given = {"image": image, "environment": dict(environment), "port": port}
        said = json.dumps({**given, **identity}).encode()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                fails = self.path == "/fails"
                body = b"this path fails" if fails else said
                self.send_response(500 if fails else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        self._servers[address] = server
        return address

    def stop(self, address: str) -> None:
        self._servers.pop(address).shutdown()
