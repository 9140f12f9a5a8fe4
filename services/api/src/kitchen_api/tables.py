"""The database tables."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, DateTime, Dialect, Float, Index, String, TypeDecorator, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class State(StrEnum):
    """Where an order is in its life."""

    RECEIVED = "received"
    PREPARING = "preparing"
    READY = "ready"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, always UTC. SQLite forgets the zone, so it is put back when reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: their zone would be a guess."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give back an aware time, whatever the driver returned."""
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Declarative base of all tables."""


class Order(Base):
    """One order. ``items`` is a list of ``{"dish": str, "quantity": int}``."""

    __tablename__ = "orders"
    __table_args__ = (Index("orders_state_received_at", "state", "received_at"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    customer: Mapped[str] = mapped_column(String(80))
    items: Mapped[list[dict[str, str | int]]] = mapped_column(JSON)
    minutes: Mapped[float] = mapped_column(Float)
    state: Mapped[State] = mapped_column(String(16), default=State.RECEIVED)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    promised_at: Mapped[datetime] = mapped_column(UtcDateTime)
