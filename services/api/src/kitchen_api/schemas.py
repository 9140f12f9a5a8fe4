"""What goes over the wire."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from kitchen_api.tables import State


class Message(BaseModel):
    """Base of all bodies: built from attributes, and an unknown key is an error."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")


class Item(Message):
    """One dish, ``quantity`` times."""

    dish: str = Field(examples=["ramen"], min_length=1, max_length=40)
    quantity: int = Field(default=1, ge=1, le=20)


class NewOrder(Message):
    """What a customer sends."""

    customer: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)
    ] = Field(examples=["table 7"])
    items: list[Item] = Field(min_length=1, max_length=30)


class StateChange(Message):
    """The state an order shall get."""

    state: State


class OrderOut(Message):
    """An order as the kitchen knows it; all times are UTC."""

    id: UUID
    customer: str
    items: list[Item]
    state: State
    received_at: datetime
    started_at: datetime | None
    closed_at: datetime | None
    promised_at: datetime


class OrderPage(Message):
    """Some orders, oldest first; ``next`` is the ``after`` of the next page, None at the end."""

    orders: list[OrderOut]
    next: UUID | None


class Eta(Message):
    """The promise and today's estimate; ``ready_at`` is None once there is nothing to cook."""

    order_id: UUID
    state: State
    promised_at: datetime
    ready_at: datetime | None
    late_minutes: float = Field(ge=0, description="Estimate minus promise, never below 0.")


class DishOut(Message):
    """One line of the menu."""

    name: str
    minutes: float


class ForecastHour(Message):
    """Expected orders in the hour that begins at ``start``."""

    start: datetime
    orders: float


class Forecast(Message):
    """Demand of the coming hours, how old the knowledge behind it is, and its model's SHA-256."""

    model: str
    trained_through: datetime
    hours: list[ForecastHour]
    total: float


class Problem(Message):
    """Why a request was refused: a sentence, or what is wrong with each part of it."""

    detail: str | list[dict[str, Any]]


class Ready(Message):
    """Whether the service can do its work; ``problems`` says what it lacks."""

    ready: bool
    problems: list[str]


class Version(Message):
    """Which release is served."""

    version: str
    release_id: str | None
    image_digest: str | None
