"""Engine and sessions."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, StaticPool, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kitchen_api.tables import Base

SCHEMA_LOCK = 0x6B69746368  # "kitch": replicas that start together create the tables one by one


class Database:
    """A pool of connections with the one schema of ``tables.py``."""

    def __init__(self, url: str) -> None:
        """Prepare the pool; connects only when it is first used.

        Raises:
            sqlalchemy.exc.ArgumentError: ``url`` is no database address.
        """
        self._engine = _engine(url)
        self._tables_exist = False

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session in one transaction: committed at the end, rolled back on an exception."""
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            yield session

    def create_tables(self) -> None:
        """Create what is missing; changes nothing that exists."""
        with self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SCHEMA_LOCK})
            Base.metadata.create_all(connection)
        self._tables_exist = True

    def problem(self) -> str | None:
        """None when the orders can be read, otherwise why not (without credentials).

        Creates the tables when the database was not there at the start but is now.
        """
        try:
            if not self._tables_exist:
                self.create_tables()
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
