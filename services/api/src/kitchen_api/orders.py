"""The life of an order: received, preparing, ready, delivered; or cancelled before it is ready."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Tuple, Uuid, select, tuple_, update
from sqlalchemy.orm import Session

from kitchen_api.eta import Work, ready_at
from kitchen_api.menu import cooking_minutes
from kitchen_api.tables import Order, State, UtcDateTime

NEXT: Mapping[State, frozenset[State]] = {
    State.RECEIVED: frozenset({State.PREPARING, State.CANCELLED}),
    State.PREPARING: frozenset({State.READY, State.CANCELLED}),
    State.READY: frozenset({State.DELIVERED}),
    State.DELIVERED: frozenset(),
    State.CANCELLED: frozenset(),
}
OPEN = (State.RECEIVED, State.PREPARING)


class OrderNotFoundError(LookupError):
    """There is no order with this id."""

    def __init__(self, order_id: UUID) -> None:
        super().__init__(f"there is no order {order_id}")


class TransitionError(ValueError):
    """The order cannot go from its state to the one asked for."""

    def __init__(self, current: State, wanted: State) -> None:
        allowed = ", ".join(sorted(NEXT[current])) or "nothing: it is closed"
        super().__init__(f"an order that is {current} cannot become {wanted}; allowed: {allowed}")


def place(
    session: Session,
    customer: str,
    portions: Sequence[tuple[str, int]],
    now: datetime,
    stations: int,
) -> Order:
    """Take an order and promise its time.

    Raises:
        UnknownDishError, ValueError: see ``menu.cooking_minutes``.
    """
    minutes = cooking_minutes(portions)
    order = Order(
        customer=customer,
        items=[{"dish": dish, "quantity": quantity} for dish, quantity in portions],
        minutes=minutes,
        state=State.RECEIVED,
        received_at=now,
        promised_at=ready_at(now, minutes, _ahead(session), stations),
    )
    session.add(order)
    session.flush()
    return order


def find(session: Session, order_id: UUID) -> Order:
    """The order with this id.

    Raises:
        OrderNotFoundError: there is none.
    """
    order = session.get(Order, order_id)
    if order is None:
        raise OrderNotFoundError(order_id)
    return order


def page(session: Session, state: State | None, limit: int, after: UUID | None) -> Sequence[Order]:
    """At most ``limit`` orders, oldest first, that follow the order ``after``.

    Raises:
        OrderNotFoundError: ``after`` names no order.
    """
    query = select(Order).order_by(Order.received_at, Order.id).limit(limit)
    if state is not None:
        query = query.where(Order.state == state)
    if after is not None:
        last = find(session, after)
        query = query.where(_POSITION > _position(last))
    return session.scalars(query).all()


def move(session: Session, order_id: UUID, wanted: State, now: datetime) -> Order:
    """Bring an order into the state ``wanted``.

    The update names the state it starts from, so of two callers at once one is refused.

    Raises:
        OrderNotFoundError: there is no such order.
        TransitionError: the order's state does not lead to ``wanted``.
    """
    order = find(session, order_id)
    current = State(order.state)
    if wanted not in NEXT[current]:
        raise TransitionError(current, wanted)
    changes: dict[str, State | datetime] = {"state": wanted}
    if wanted is State.PREPARING:
        changes["started_at"] = now
    if wanted in (State.DELIVERED, State.CANCELLED):
        changes["closed_at"] = now
    changed = session.scalars(
        update(Order)
        .where(Order.id == order_id, Order.state == current)
        .values(changes)
        .returning(Order.id)
        .execution_options(synchronize_session=False)
    ).all()
    session.refresh(order)
    if not changed:
        raise TransitionError(State(order.state), wanted)
    return order


def estimate(session: Session, order: Order, now: datetime, stations: int) -> datetime | None:
    """When an open order will be ready by today's queue; None when there is nothing to cook."""
    if order.state not in OPEN:
        return None
    own = Work(order.minutes, order.started_at)
    ahead = _ahead(session, _POSITION < _position(order))
    return ready_at(now, order.minutes, ahead, stations, own)


_POSITION = tuple_(Order.received_at, Order.id)


def _position(order: Order) -> Tuple:
    # The types are named, or PostgreSQL would compare the time without its zone.
    return tuple_(order.received_at, order.id, types=[UtcDateTime(), Uuid()])


def _ahead(session: Session, *conditions: ColumnElement[bool]) -> list[Work]:
    query = (
        select(Order.minutes, Order.started_at)
        .where(Order.state.in_(OPEN), *conditions)
        .order_by(Order.received_at, Order.id)
    )
    return [Work(minutes, started_at) for minutes, started_at in session.execute(query)]
