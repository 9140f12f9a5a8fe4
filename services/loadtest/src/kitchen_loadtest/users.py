"""Three kinds of users. Requests are named by route template, so that statistics stay few."""

import json
import random
from collections import deque
from typing import Any

from locust import FastHttpUser, between, task
from locust.contrib.fasthttp import FastResponse

from kitchen_loadtest.orders import new_order

REMEMBERED = 20
"""Orders that a customer keeps asking about."""


class Customer(FastHttpUser):
    """Orders, then asks again and again when it will be ready."""

    weight = 8
    wait_time = between(0.5, 2.0)
    draw = random.Random()  # nosec B311

    def on_start(self) -> None:
        """Every customer has a memory of its own."""
        self.orders: deque[str] = deque(maxlen=REMEMBERED)

    @task(2)
    def read_menu(self) -> None:
        """Look at the menu."""
        self.client.get("/menu")

    @task(4)
    def place_order(self) -> None:
        """Order; what is accepted must have an id and a promise."""
        with self.client.post("/orders", json=new_order(self.draw), catch_response=True) as answer:
            body = _body(answer)
            if answer.status_code != 201:
                answer.failure(f"status {answer.status_code}, 201 is needed")
            elif not body.get("id") or not body.get("promised_at"):
                answer.failure("an order without id or promise")
            else:
                self.orders.append(body["id"])

    @task(10)
    def ask_when(self) -> None:
        """Ask for the time of an order."""
        if self.orders:
            order = self.draw.choice(self.orders)
            self.client.get(f"/orders/{order}/eta", name="/orders/{order_id}/eta")

    @task(4)
    def read_order(self) -> None:
        """Look at an order."""
        if self.orders:
            order = self.draw.choice(self.orders)
            self.client.get(f"/orders/{order}", name="/orders/{order_id}")


class Cook(FastHttpUser):
    """Takes the oldest orders and moves them on, so that the queue does not grow for ever."""

    weight = 2
    wait_time = between(0.2, 0.8)
    steps = {"received": "preparing", "preparing": "ready", "ready": "delivered"}

    @task
    def move_on(self) -> None:
        """Move the oldest order of each state on; closest to the customer first."""
        for state, following in reversed(self.steps.items()):
            answer = self.client.get(f"/orders?state={state}&limit=1", name="/orders?state")
            for order in _body(answer).get("orders", []):
                self._move(order["id"], following)

    def _move(self, order: str, following: str) -> None:
        with self.client.post(
            f"/orders/{order}/state",
            json={"state": following},
            name="/orders/{order_id}/state",
            catch_response=True,
        ) as answer:
            if answer.status_code == 409:
                answer.success()  # another cook was faster, which is right


class Planner(FastHttpUser):
    """Asks how busy the coming hours will be."""

    weight = 1
    wait_time = between(1.0, 4.0)
    horizons = (24, 72, 168)
    draw = random.Random()  # nosec B311

    @task
    def read_forecast(self) -> None:
        """Ask for a forecast; it must have as many hours as were asked for."""
        hours = self.draw.choice(self.horizons)
        with self.client.get(
            f"/forecast?hours={hours}", name="/forecast", catch_response=True
        ) as answer:
            found = len(_body(answer).get("hours", []))
            if answer.status_code != 200:
                answer.failure(f"status {answer.status_code}, 200 is needed")
            elif found != hours:
                answer.failure(f"{found} hours instead of {hours}")


def _body(answer: FastResponse) -> dict[str, Any]:
    """The JSON object of an answer; empty when it is none, as in the answers of a broken proxy."""
    try:
        body = json.loads(answer.text or "")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
