"""Orders."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the table and its indexes."""
    time = sa.DateTime(timezone=True)
    op.create_table(
        "orders",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("customer", sa.String(80), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("minutes", sa.Float(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("received_at", time, nullable=False),
        sa.Column("started_at", time, nullable=True),
        sa.Column("closed_at", time, nullable=True),
        sa.Column("promised_at", time, nullable=False),
    )
    op.create_index("orders_state_received_at", "orders", ["state", "received_at"])
    op.create_index("ix_orders_received_at", "orders", ["received_at"])
