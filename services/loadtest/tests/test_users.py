"""The scenarios: what Locust sees in them, and what they ask a real server on loopback."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import locustfile
import pytest
from locust import User, constant
from locust.env import Environment
from locust.util.load_locustfile import load_locustfile
from stub_api import StubApi, serve

from kitchen_loadtest.users import Cook, Customer, Planner

USERS: list[type[User]] = [Customer, Cook, Planner]


@pytest.fixture
def api() -> StubApi:
    return StubApi()


@pytest.fixture
def host(api: StubApi) -> Iterator[str]:
    with serve(api) as address:
        yield address


@pytest.fixture
def environment(host: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Environment]:
    """A runner that keeps statistics but spawns nobody, so users get their host here."""
    for user in USERS:
        monkeypatch.setattr(user, "host", host)
    environment = Environment(user_classes=USERS, host=host)
    runner = environment.create_local_runner()
    yield environment
    runner.quit()


def failures(environment: Environment) -> dict[str, str]:
    return {
        f"{error.method} {error.name}": str(error.error)
        for error in environment.stats.errors.values()
    }


def requests(environment: Environment) -> dict[str, int]:
    return {
        f"{m} {name}": entry.num_requests for (name, m), entry in environment.stats.entries.items()
    }


def test_locust_finds_the_scenarios() -> None:
    found = load_locustfile(str(Path(locustfile.__file__)))
    users = next(part for part in found if isinstance(part, dict) and "Customer" in part)
    assert sorted(users) == ["Cook", "Customer", "Planner"]


@pytest.mark.parametrize("user", USERS)
def test_every_user_has_tasks_a_weight_and_pauses(user: type[User]) -> None:
    assert user.tasks
    assert user.weight >= 1
    assert user.host is None  # given on the command line, never in the code
    for _ in range(20):
        assert 0.1 <= user.wait_time(None) <= 5.0  # type: ignore[arg-type]


def test_how_often_each_task_of_a_customer_runs() -> None:
    counts: dict[str, int] = {}
    for task in Customer.tasks:
        name = getattr(task, "__name__")
        counts[name] = counts.get(name, 0) + 1
    assert counts == {"read_menu": 2, "place_order": 4, "ask_when": 10, "read_order": 4}


def test_a_customer(environment: Environment, api: StubApi) -> None:
    customer = Customer(environment)
    customer.on_start()
    customer.ask_when()
    customer.read_order()
    assert requests(environment) == {}  # nothing ordered, nothing to ask about
    for _ in range(3):
        customer.place_order()
    customer.read_menu()
    customer.ask_when()
    customer.read_order()
    assert list(customer.orders) == list(api.orders) == ["o-0", "o-1", "o-2"]
    assert failures(environment) == {}
    assert requests(environment) == {
        "POST /orders": 3,
        "GET /menu": 1,
        "GET /orders/{order_id}/eta": 1,
        "GET /orders/{order_id}": 1,
    }


def test_cooks_bring_orders_to_their_end(environment: Environment, api: StubApi) -> None:
    customer, cook = Customer(environment), Cook(environment)
    customer.on_start()
    customer.place_order()
    states = []
    for _ in range(4):
        cook.move_on()
        states.append(api.orders["o-0"]["state"])
    assert states == ["preparing", "ready", "delivered", "delivered"]
    assert failures(environment) == {}


def test_a_cook_who_comes_second_has_not_failed(environment: Environment, api: StubApi) -> None:
    customer, cook = Customer(environment), Cook(environment)
    customer.on_start()
    customer.place_order()
    api.broken["POST /orders/{id}/state"] = (409, {"detail": "too late"})
    cook.move_on()
    assert failures(environment) == {}
    api.broken["POST /orders/{id}/state"] = (500, {})
    cook.move_on()
    assert list(failures(environment)) == ["POST /orders/{order_id}/state"]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ((503, {}), "status 503, 201 is needed"),
        ((200, {"id": "o-1"}), "status 200, 201 is needed"),
        ((201, {"id": "o-1"}), "an order without id or promise"),
        ((201, ["o-1"]), "an order without id or promise"),
        ((201, b"<html>"), "an order without id or promise"),
    ],
)
def test_an_order_that_was_not_accepted_is_a_failure(
    environment: Environment, api: StubApi, broken: tuple[int, Any], message: str
) -> None:
    api.broken["POST /orders"] = broken
    customer = Customer(environment)
    customer.on_start()
    customer.place_order()
    assert message in failures(environment)["POST /orders"]
    assert not customer.orders


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (None, None),
        ((503, {"detail": "no model"}), "status 503, 200 is needed"),
        ((200, {"hours": []}), "0 hours instead of "),
    ],
)
def test_a_planner(
    environment: Environment,
    api: StubApi,
    broken: tuple[int, Any] | None,
    message: str | None,
) -> None:
    if broken is not None:
        api.broken["GET /forecast"] = broken
    Planner(environment).read_forecast()
    found = failures(environment)
    assert (found == {}) if message is None else (message in found["GET /forecast"])


def test_a_short_run_of_everybody(host: str) -> None:
    """Locust itself spawns the users and runs their tasks, without pauses."""
    hurried = [type(user.__name__, (user,), {"wait_time": constant(0.01)}) for user in USERS]
    environment = Environment(user_classes=hurried, host=host)
    runner = environment.create_local_runner()
    runner.start(user_count=11, spawn_rate=100)
    with gevent.Timeout(15):
        while environment.stats.num_requests < 200:
            gevent.sleep(0.02)
    runner.quit()
    assert failures(environment) == {}
    assert set(requests(environment)) == {
        "GET /menu",
        "POST /orders",
        "GET /orders/{order_id}/eta",
        "GET /orders/{order_id}",
        "GET /orders?state",
        "POST /orders/{order_id}/state",
        "GET /forecast",
    }
