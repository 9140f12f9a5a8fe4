"""Health, readiness, identity and metrics."""

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr, ValidationError

from kitchen_api import __version__
from kitchen_api.app import create_app
from kitchen_api.healthcheck import healthy
from kitchen_api.settings import Settings
from kitchen_api.tables import UtcDateTime


def sample(client: TestClient, name: str, **labels: str) -> float | None:
    metrics = client.app.state.context.metrics  # type: ignore[attr-defined]
    value: float | None = metrics.registry.get_sample_value(name, labels)
    return value


def test_health(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_ready(client: TestClient) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"ready": True, "problems": []})


def test_not_ready_says_everything_that_is_missing(tmp_path: Path) -> None:
    settings = Settings(
        database_url=SecretStr(f"sqlite:///{tmp_path}/missing/kitchen.db"),
        model_path=tmp_path / "none.json",
    )
    with TestClient(create_app(settings)) as client:
        response = client.get("/readyz")
        assert client.get("/healthz").status_code == 200
        assert client.get("/orders").status_code == 503
        assert client.get("/orders").json() == {"detail": "the database does not answer"}
    assert response.status_code == 503
    assert response.json() == {
        "ready": False,
        "problems": ["database: OperationalError", "model: none.json: No such file or directory"],
    }


def test_a_database_that_comes_late_is_taken(tmp_path: Path, model_path: Path) -> None:
    folder = tmp_path / "late"
    settings = Settings(
        database_url=SecretStr(f"sqlite:///{folder}/kitchen.db"), model_path=model_path
    )
    with TestClient(create_app(settings)) as client:
        assert client.get("/readyz").status_code == 503
        folder.mkdir()
        assert client.get("/readyz").status_code == 200
        assert client.get("/orders").json() == {"orders": [], "next": None}


def test_version_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model_path: Path
) -> None:
    digest_file = tmp_path / "digest"
    digest_file.write_text("sha256:abc\n", encoding="utf-8")
    monkeypatch.setenv("KITCHEN_API_RELEASE_ID", "r-1")
    monkeypatch.setenv("KITCHEN_API_IMAGE_DIGEST_FILE", str(digest_file))
    monkeypatch.setenv("KITCHEN_API_DATABASE_URL", "sqlite://")
    with TestClient(create_app()) as client:
        assert client.get("/version").json() == {
            "version": __version__,
            "release_id": "r-1",
            "image_digest": "sha256:abc",
        }
        labels = {"version": __version__, "release_id": "r-1", "image_digest": "sha256:abc"}
        assert sample(client, "kitchen_release_info", **labels) == 1


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe"])
def test_version_is_unknown_rather_than_wrong(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "release"
    if content is not None:
        path.write_bytes(content)
    settings = Settings(database_url=SecretStr("sqlite://"), release_id_file=path)
    with TestClient(create_app(settings)) as client:
        assert client.get("/version").json()["release_id"] is None


def test_requests_are_counted_by_route_template(client: TestClient) -> None:
    body = {"customer": "a", "items": [{"dish": "dal"}]}
    for _ in range(2):
        order_id = client.post("/orders", json=body).json()["id"]
        client.get(f"/orders/{order_id}")
    client.post("/orders", json={})
    client.get("/no/such/path")
    name = "http_request_duration_seconds_count"
    assert sample(client, name, method="POST", route="/orders", status="201") == 2
    assert sample(client, name, method="POST", route="/orders", status="422") == 1
    assert sample(client, name, method="GET", route="/orders/{order_id}", status="200") == 2
    assert sample(client, name, method="GET", route="unmatched", status="404") == 1


def test_an_invented_method_makes_no_series(client: TestClient) -> None:
    client.request("BREW", "/orders")
    name = "http_request_duration_seconds_count"
    text = client.get("/metrics").text
    assert "BREW" not in text
    assert f'{name}{{method="other"' in text


def test_a_crash_counts_as_500(settings: Settings) -> None:
    def broken_clock() -> None:
        raise RuntimeError("no time")

    app = create_app(settings, broken_clock)  # type: ignore[arg-type]
    with TestClient(app, raise_server_exceptions=False) as client:
        assert client.get("/forecast").status_code == 500
        name = "http_request_duration_seconds_count"
        assert sample(client, name, method="GET", route="/forecast", status="500") == 1


def test_metrics_are_prometheus_text(client: TestClient) -> None:
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    assert "# TYPE http_request_duration_seconds histogram" in response.text


def test_the_password_is_not_shown() -> None:
    word = "hunter2"
    settings = Settings(database_url=SecretStr(f"postgresql+psycopg://kitchen:{word}@db/kitchen"))
    assert word not in repr(settings)
    assert word not in json.dumps(settings.model_dump(mode="json"))


@pytest.mark.parametrize(
    ("name", "value"), [("STATIONS", "0"), ("PORT", "70000"), ("LOG_LEVEL", "loud")]
)
def test_a_wrong_setting_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"KITCHEN_API_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_a_time_without_zone_never_reaches_the_database() -> None:
    from datetime import datetime

    from sqlalchemy.dialects import sqlite

    with pytest.raises(ValueError, match="2026-03-02T12:00:00 has no time zone"):
        UtcDateTime().process_bind_param(datetime(2026, 3, 2, 12), sqlite.dialect())


def test_the_health_check_says_no_when_nobody_listens() -> None:
    assert healthy(port=1) is False
