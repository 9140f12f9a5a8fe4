"""What people and machines ask of the service, over the network and on its real database."""

import threading
import uuid
from datetime import datetime

import httpx2


def order(service: httpx2.Client, customer: str) -> str:
    body = {"customer": customer, "items": [{"dish": "ramen", "quantity": 1}]}
    answer = service.post("/orders", json=body)
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["id"]
    return found


def test_it_is_well_and_says_which_version_it_is(service: httpx2.Client) -> None:
    assert service.get("/healthz").status_code == 200
    assert set(service.get("/version").json()) >= {"version", "release_id", "image_digest"}


def test_an_order_from_the_menu_to_the_customer(service: httpx2.Client) -> None:
    assert "ramen" in {dish["name"] for dish in service.get("/menu").json()}
    number = order(service, "integration")
    eta = service.get(f"/orders/{number}/eta").json()
    assert {datetime.fromisoformat(at).tzinfo is not None for at in eta.values() if "T" in str(at)}
    for state in ("preparing", "ready", "delivered"):
        moved = service.post(f"/orders/{number}/state", json={"state": state})
        assert moved.status_code == 200, moved.text
    assert service.get(f"/orders/{number}").json()["state"] == "delivered"
    again = service.post(f"/orders/{number}/state", json={"state": "preparing"})
    assert again.status_code == 409


def test_what_is_not_there_or_not_on_the_menu_is_refused(service: httpx2.Client) -> None:
    assert service.get(f"/orders/{uuid.uuid4()}").status_code == 404
    body = {"customer": "integration", "items": [{"dish": "sushi", "quantity": 1}]}
    refused = service.post("/orders", json=body)
    assert refused.status_code == 422
    assert "sushi" in refused.json()["detail"]


def test_pages_show_every_order_once(service: httpx2.Client) -> None:
    mine = {order(service, "pages") for _ in range(5)}
    seen: list[str] = []
    after: str | None = None
    while True:
        query = {"limit": "2", **({} if after is None else {"after": after})}
        page = service.get("/orders", params=query).json()
        seen += [each["id"] for each in page["orders"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen))
    assert mine <= set(seen)


def test_of_two_cooks_one_is_too_late(service: httpx2.Client) -> None:
    """Only a real database with connections of their own shows what happens at the same time."""
    number = order(service, "cooks")
    answers: list[int] = []

    def take() -> None:
        moved = service.post(f"/orders/{number}/state", json={"state": "preparing"})
        answers.append(moved.status_code)

    cooks = [threading.Thread(target=take) for _ in range(4)]
    for cook in cooks:
        cook.start()
    for cook in cooks:
        cook.join()
    assert sorted(answers) == [200, 409, 409, 409]
