"""The life cycle of an order, over HTTP, on every database."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from conftest import Clock
from fastapi.testclient import TestClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from kitchen_api import orders
from kitchen_api.tables import Order, State

RAMEN = {"customer": "table 7", "items": [{"dish": "ramen", "quantity": 1}]}


def create(client: TestClient, body: dict[str, Any] | None = None) -> dict[str, Any]:
    response = client.post("/orders", json=body or RAMEN)
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    return created


def move(client: TestClient, order: dict[str, Any], state: str) -> dict[str, Any]:
    response = client.post(f"/orders/{order['id']}/state", json={"state": state})
    assert response.status_code == 200, response.text
    moved: dict[str, Any] = response.json()
    return moved


def test_create_promises_a_time(client: TestClient) -> None:
    response = client.post("/orders", json=RAMEN)
    order = response.json()
    assert response.headers["location"] == f"/orders/{order['id']}"
    assert order == {
        "id": order["id"],
        "customer": "table 7",
        "items": [{"dish": "ramen", "quantity": 1}],
        "state": "received",
        "received_at": "2026-03-02T12:00:00Z",
        "started_at": None,
        "closed_at": None,
        "promised_at": "2026-03-02T12:16:00Z",
    }


def test_read_gives_what_create_gave(client: TestClient) -> None:
    order = create(client)
    assert client.get(f"/orders/{order['id']}").json() == order


def test_the_promise_counts_the_orders_ahead(client: TestClient) -> None:
    promises = [create(client)["promised_at"] for _ in range(3)]
    assert promises == [
        "2026-03-02T12:16:00Z",
        "2026-03-02T12:16:00Z",
        "2026-03-02T12:30:00Z",  # two stations: the third waits for 14 minutes
    ]


def test_the_whole_life(client: TestClient, clock: Clock) -> None:
    order = create(client)
    clock.advance(minutes=3)
    assert move(client, order, "preparing")["started_at"] == "2026-03-02T12:03:00Z"
    clock.advance(minutes=14)
    assert move(client, order, "ready")["closed_at"] is None
    clock.advance(minutes=1)
    assert move(client, order, "delivered") == {
        **order,
        "state": "delivered",
        "started_at": "2026-03-02T12:03:00Z",
        "closed_at": "2026-03-02T12:18:00Z",
    }


@pytest.mark.parametrize(
    ("path", "wanted", "allowed"),
    [
        ([], "delivered", "cancelled, preparing"),
        (["preparing"], "received", "cancelled, ready"),
        (["preparing", "ready"], "cancelled", "delivered"),
        (["cancelled"], "preparing", "nothing: it is closed"),
    ],
)
def test_a_step_that_is_not_allowed(
    client: TestClient, path: list[str], wanted: str, allowed: str
) -> None:
    order = create(client)
    for state in path:
        move(client, order, state)
    response = client.post(f"/orders/{order['id']}/state", json={"state": wanted})
    assert response.status_code == 409
    current = path[-1] if path else "received"
    assert response.json() == {
        "detail": f"an order that is {current} cannot become {wanted}; allowed: {allowed}"
    }


def test_of_two_cooks_at_once_the_second_is_refused(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = create(client)
    database = client.app.state.context.database  # type: ignore[attr-defined]
    find = orders.find

    def find_and_be_overtaken(session: Session, order_id: UUID) -> Order:
        found = find(session, order_id)
        with database.session() as faster:
            faster.execute(update(Order).values(state=State.PREPARING))
        return found

    monkeypatch.setattr(orders, "find", find_and_be_overtaken)
    response = client.post(f"/orders/{order['id']}/state", json={"state": "cancelled"})
    assert response.status_code == 409
    assert response.json()["detail"].startswith("an order that is preparing cannot become canc")
    monkeypatch.undo()
    assert client.get(f"/orders/{order['id']}").json()["state"] == "preparing"


def test_a_cancelled_order_no_longer_delays_others(client: TestClient) -> None:
    for order in [create(client) for _ in range(2)]:
        move(client, order, "cancelled")
    assert create(client)["promised_at"] == "2026-03-02T12:16:00Z"


def test_list_is_oldest_first_in_pages_without_gaps(client: TestClient, clock: Clock) -> None:
    made = []
    for index in range(5):
        made.append(create(client)["id"])
        clock.advance(minutes=index % 2)  # some at the same time: the id decides
    seen: list[str] = []
    after: str | None = None
    for size in (2, 2, 1):
        query = {"limit": 2} | ({"after": after} if after else {})
        page = client.get("/orders", params=query).json()
        assert len(page["orders"]) == size
        seen += [order["id"] for order in page["orders"]]
        after = page["next"]
    assert after is None
    assert sorted(seen) == sorted(made)
    assert [set(seen[:2]), set(seen[2:4])] == [set(made[:2]), set(made[2:4])]


def test_list_by_state(client: TestClient) -> None:
    first, second = create(client), create(client)
    move(client, first, "preparing")
    received = client.get("/orders", params={"state": "received"}).json()
    assert [order["id"] for order in received["orders"]] == [second["id"]]


def test_eta_follows_the_kitchen(client: TestClient, clock: Clock) -> None:
    order = create(client)
    clock.advance(minutes=10)
    waiting = client.get(f"/orders/{order['id']}/eta").json()
    assert waiting == {
        "order_id": order["id"],
        "state": "received",
        "promised_at": "2026-03-02T12:16:00Z",
        "ready_at": "2026-03-02T12:26:00Z",
        "late_minutes": 10.0,
    }
    move(client, order, "preparing")
    clock.advance(minutes=4)
    assert client.get(f"/orders/{order['id']}/eta").json()["ready_at"] == "2026-03-02T12:26:00Z"
    move(client, order, "ready")
    ready = client.get(f"/orders/{order['id']}/eta").json()
    assert (ready["ready_at"], ready["late_minutes"]) == (None, 0.0)


def test_eta_counts_only_orders_that_came_before(client: TestClient, clock: Clock) -> None:
    first = create(client)
    clock.advance(minutes=1)
    for _ in range(4):
        create(client)
    eta = client.get(f"/orders/{first['id']}/eta").json()
    assert eta["ready_at"] == "2026-03-02T12:17:00Z"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/orders/{id}"), ("GET", "/orders/{id}/eta"), ("GET", "/orders?after={id}")],
)
def test_an_order_that_does_not_exist(client: TestClient, method: str, path: str) -> None:
    missing = uuid4()
    response = client.request(method, path.format(id=missing))
    assert response.status_code == 404
    assert response.json() == {"detail": f"there is no order {missing}"}


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"items": [{"dish": "dal"}]}, ["body", "customer"]),
        ({"customer": "  ", "items": [{"dish": "dal"}]}, ["body", "customer"]),
        ({"customer": "a", "items": []}, ["body", "items"]),
        ({"customer": "a", "items": [{"dish": "dal", "quantity": 0}]}, ["body", "items", 0]),
        ({"customer": "a", "items": [{"dish": "dal"}], "tip": 3}, ["body", "tip"]),
    ],
)
def test_a_bad_order_says_where(client: TestClient, body: object, where: list[object]) -> None:
    response = client.post("/orders", json=body)
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"][: len(where)] == where


def test_a_dish_that_is_not_on_the_menu(client: TestClient) -> None:
    response = client.post("/orders", json={"customer": "a", "items": [{"dish": "soup"}]})
    assert response.status_code == 422
    assert response.json()["detail"].startswith("'soup' is not on the menu")
    assert client.get("/orders").json()["orders"] == []


def test_the_menu(client: TestClient) -> None:
    assert {"name": "ramen", "minutes": 14.0} in client.get("/menu").json()
