"""The schema's revisions: what they make is what the code expects, from wherever they start."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import URL, Connection, create_engine, inspect, text

from kitchen_api import migrate
from kitchen_api.app import create_app
from kitchen_api.migrations import upgrade
from kitchen_api.settings import Settings
from kitchen_api.tables import Base


def revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def test_the_revisions_make_what_the_tables_say(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        upgrade(connection)
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_tables_that_are_older_than_the_revisions_are_taken_over(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/kitchen.db")
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
        insert = "INSERT INTO orders VALUES ('1', 'a', '[]', 1, 'received', '', NULL, NULL, '')"
        connection.execute(text(insert))
        upgrade(connection)
        newest = revision(connection)
        upgrade(connection)
        assert revision(connection) == newest is not None
        assert connection.execute(text("SELECT count(*) FROM orders")).scalar() == 1
    engine.dispose()


def test_migrate_takes_the_address_from_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "database-url"
    file.write_text(f"sqlite:///{tmp_path}/kitchen.db\n", encoding="utf-8")
    monkeypatch.setenv("KITCHEN_API_DATABASE_URL", "sqlite:////nowhere/at/all.db")
    monkeypatch.setenv("KITCHEN_API_DATABASE_URL_FILE", str(file))
    assert migrate.main() == 0
    assert capsys.readouterr().out == "the schema is there\n"
    engine = create_engine(f"sqlite:///{tmp_path}/kitchen.db")
    assert "orders" in inspect(engine).get_table_names()
    engine.dispose()


def test_migrate_fails_without_saying_the_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    address = URL.create("postgresql+psycopg", "cook", "hush", "127.0.0.1", 1, "kitchen")
    monkeypatch.setenv("KITCHEN_API_DATABASE_URL", address.render_as_string(hide_password=False))
    assert migrate.main() == 1
    said = capsys.readouterr()
    assert said.err == "the schema cannot be brought to this version: OperationalError\n"
    assert "hush" not in said.out


def test_where_a_deployment_migrates_the_service_does_not(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/kitchen.db"
    with TestClient(create_app(Settings(database_url=SecretStr(url), migrate=False))) as client:
        problems = client.get("/readyz").json()["problems"]
    assert "database: OperationalError" in problems
    engine = create_engine(url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()
