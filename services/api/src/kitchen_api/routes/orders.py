"""Orders and their promised times."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from kitchen_api import orders
from kitchen_api.context import Here
from kitchen_api.menu import DISHES
from kitchen_api.schemas import DishOut, Eta, NewOrder, OrderOut, OrderPage, StateChange
from kitchen_api.tables import State

router = APIRouter(tags=["orders"])


@router.get("/menu")
def read_menu() -> list[DishOut]:
    """What can be ordered, with the cooking minutes of one portion."""
    return [DishOut.model_validate(dish) for dish in DISHES.values()]


@router.post("/orders", status_code=201)
def create_order(new: NewOrder, here: Here, response: Response) -> OrderOut:
    """Take an order and promise its time; 422 when a dish is not on the menu."""
    portions = [(item.dish, item.quantity) for item in new.items]
    with here.database.session() as session:
        order = orders.place(session, new.customer, portions, here.clock(), here.settings.stations)
        created = OrderOut.model_validate(order)
    response.headers["Location"] = f"/orders/{created.id}"
    return created


@router.get("/orders")
def list_orders(
    here: Here,
    state: State | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: UUID | None = None,
) -> OrderPage:
    """Orders, oldest first, page by page; 404 when ``after`` names no order."""
    with here.database.session() as session:
        found = [
            OrderOut.model_validate(order)
            for order in orders.page(session, state, limit + 1, after)
        ]
    more = len(found) > limit
    return OrderPage(orders=found[:limit], next=found[limit - 1].id if more else None)


@router.get("/orders/{order_id}")
def read_order(order_id: UUID, here: Here) -> OrderOut:
    """One order; 404 when there is none."""
    with here.database.session() as session:
        return OrderOut.model_validate(orders.find(session, order_id))


@router.post("/orders/{order_id}/state")
def change_state(order_id: UUID, change: StateChange, here: Here) -> OrderOut:
    """Move an order on; 409 when its state does not lead there."""
    with here.database.session() as session:
        return OrderOut.model_validate(orders.move(session, order_id, change.state, here.clock()))


@router.get("/orders/{order_id}/eta")
def read_eta(order_id: UUID, here: Here) -> Eta:
    """The promise, and what today's queue makes of it."""
    now = here.clock()
    with here.database.session() as session:
        order = orders.find(session, order_id)
        ready_at = orders.estimate(session, order, now, here.settings.stations)
        late = timedelta(0) if ready_at is None else max(ready_at - order.promised_at, timedelta(0))
        return Eta(
            order_id=order.id,
            state=order.state,
            promised_at=order.promised_at,
            ready_at=ready_at,
            late_minutes=round(late.total_seconds() / 60, 2),
        )
