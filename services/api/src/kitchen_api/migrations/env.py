"""Run by Alembic: on the connection that ``upgrade`` was given, and in its transaction."""

from alembic import context

from kitchen_api.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite cannot change a table: it is copied.
    render_as_batch=True,
)
context.run_migrations()
