"""The container's health check, against a real HTTP server."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from kitchen_demand.healthcheck import healthy


@contextmanager
def answering(status: int, body: bytes) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/api/v2/monitor/health" else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


def parts(scheduler: str | None) -> bytes:
    return json.dumps(
        {"metadatabase": {"status": "healthy"}, "scheduler": {"status": scheduler}}
    ).encode()


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, parts("healthy"), True),
        (200, parts("unhealthy"), False),
        (200, parts(None), False),
        (500, parts("healthy"), False),
        (200, b"{}", False),
        (200, b"[]", False),
        (200, b"<html>", False),
    ],
)
def test_verdict(status: int, body: bytes, verdict: bool) -> None:
    with answering(status, body) as port:
        assert healthy(port) is verdict


def test_nobody_listens() -> None:
    assert healthy(port=1) is False
