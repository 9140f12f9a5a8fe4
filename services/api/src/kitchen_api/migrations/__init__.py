"""The schema's history, as Alembic keeps it: a file for each revision in ``versions``.

A revision only adds: the release before runs on the new schema while both serve, and after a
rollback. What is no longer used goes one release after the last one that used it.
"""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect

FIRST = "0001"


def upgrade(connection: Connection) -> None:
    """Bring the schema to the newest revision, in the caller's transaction."""
    config = Config()
    config.set_main_option("script_location", "kitchen_api:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    tables = inspect(connection).get_table_names()
    if "orders" in tables and "alembic_version" not in tables:
        # Made by a version that knew no revisions: it is what the first one makes.
        command.stamp(config, FIRST)
    command.upgrade(config, "head")
