"""Engine and sessions."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, StaticPool, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kitchen_api.migrations import upgrade

SCHEMA_LOCK = 0x6B69746368  # "kitch": processes that start together migrate one by one


class Database:
    """A pool of connections with the one schema of ``tables.py``."""

    def __init__(self, url: str, migrates: bool = True) -> None:
        """Prepare the pool; connects only when it is first used.

        ``migrates``: whether ``problem`` brings the schema to this version when it first asks.

        Raises:
            sqlalchemy.exc.ArgumentError: ``url`` is no database address.
        """
        self._engine = _engine(url)
        self._migrates = migrates

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session in one transaction: committed at the end, rolled back on an exception."""
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            yield session

    def migrate(self) -> None:
        """Bring the schema to this version; changes nothing when it is there."""
        with self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SCHEMA_LOCK})
            upgrade(connection)
        self._migrates = False

    def problem(self) -> str | None:
        """None when the orders can be read, otherwise why not (without credentials).

        Migrates when the database was not there at the start but is now.
        """
        try:
            if self._migrates:
                self.migrate()
            with self._engine.connect() as connection:
                connection.execute(text("SELECT 1 FROM orders LIMIT 1"))
        except SQLAlchemyError as error:
            return f"database: {type(error).__name__}"
        return None

    def dispose(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        # One connection for all threads, or each would see an empty database of its own.
        return create_engine(
            parsed, poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
    return create_engine(parsed, pool_pre_ping=True)
