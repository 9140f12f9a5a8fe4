"""A kitchen API of a few lines, served on loopback, that keeps what it was asked."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

from gevent.pywsgi import WSGIServer

StartResponse = Callable[[str, list[tuple[str, str]]], object]


class StubApi:
    """Keeps orders in memory; ``broken`` maps "METHOD /path" to what to answer instead."""

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.broken: dict[str, tuple[int, Any]] = {}

    def __call__(self, environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        sent = json.loads(environ["wsgi.input"].read() or "null")
        query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
        template = re.sub(r"/o-\d+", "/{id}", path)
        status, body = self.broken.get(f"{method} {template}") or self.answer(
            method, template, path, sent, query
        )
        start(f"{status} -", [("Content-Type", "application/json")])
        return [body if isinstance(body, bytes) else json.dumps(body).encode()]

    def answer(
        self, method: str, template: str, path: str, sent: Any, query: dict[str, str]
    ) -> tuple[int, Any]:
        order = self.orders.get(path.split("/")[2], {}) if "{id}" in template else {}
        match f"{method} {template}":
            case "GET /menu":
                return 200, []
            case "POST /orders":
                order = {"id": f"o-{len(self.orders)}", "state": "received", "sent": sent}
                self.orders[order["id"]] = order | {"promised_at": "2026-03-02T12:00:00Z"}
                return 201, self.orders[order["id"]]
            case "GET /orders":
                found = [o for o in self.orders.values() if o["state"] == query["state"]]
                return 200, {"orders": found[: int(query["limit"])], "next": None}
            case "GET /orders/{id}" | "GET /orders/{id}/eta" if order:
                return 200, order
            case "POST /orders/{id}/state" if order:
                order["state"] = sent["state"]
                return 200, order
            case "GET /forecast":
                return 200, {"hours": [{}] * int(query["hours"])}
        return 404, {"detail": "no such thing"}


@contextmanager
def serve(api: StubApi) -> Iterator[str]:
    """The address of ``api`` while it is served."""
    server = WSGIServer(("127.0.0.1", 0), api, log=None)
    server.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.stop(timeout=1)
