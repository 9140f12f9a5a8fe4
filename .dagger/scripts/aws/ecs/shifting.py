"""Weights that ECS moves: begun, let go on step by step, and stopped."""

from typing import Any

from access import Aws
from ecs.deployment import (
    Deployment,
    begin,
    described,
    go_on,
    must_go_on,
    stop,
    under_way,
    until,
)
from ecs.find import find
from ecs.one_service import live
from ecs.place import SLOTS, Place, Slot
from refused import Refused
from state import State
from waiting import wait


def bring(
    aws: Aws, request: dict[str, Any], place: Place, state: State, slot: Slot, wanted: str
) -> None:
    """A task definition's tasks, well, without traffic; of the first one all traffic.

    Asked for again while it is under way, it waits for that.

    Raises:
        Refused: ECS has given it up, is at something else, or takes too long.
    """
    seconds, tasks = request["startTimeout"], request["tasks"]
    now = under_way(aws, place)
    if not now and live(aws, place.services[0]).get(wanted, {}).get("running"):
        _scale(aws, place, tasks)
        return
    # Of the release that serves another configuration comes at once.
    at_once = state.document["stable"] is None or place.weights()[slot.name] > 0
    if now and now.definition != wanted:
        if at_once or now.definition != slot.service["taskDefinition"]:
            raise Refused(busy(place, now))
        stop(aws, place, now, seconds)
        now = None
    now = now or begin(aws, place, wanted, tasks, None if at_once else _plan(request))
    state.save(deployment=now.arn)
    if at_once:
        until(aws, place, now, _done, "deployed", seconds, slot.target_group)
    else:
        until(aws, place, now, _is_up, "up", seconds, slot.target_group)


def take_back(aws: Aws, request: dict[str, Any], place: Place, definition: str) -> None:
    """What brings a task definition is stopped."""
    now = under_way(aws, place)
    if now and now.definition == definition:
        stop(aws, place, now, request["startTimeout"])


def move(
    aws: Aws,
    request: dict[str, Any],
    place: Place,
    state: State,
    weights: dict[str, int],
    back: bool,
) -> None:
    """Have ECS share the traffic so, and wait until it does.

    Args:
        back: to what served before, whatever is under way

    Raises:
        Refused: ECS's strategy does not lead there, it went back by itself, or takes too long.
    """
    now, seconds = under_way(aws, place), request["startTimeout"]
    arriving = next((slot for slot in SLOTS if now and _holds(place, slot, now)), None)
    if now and arriving is None and not back:
        raise Refused(busy(place, now))
    if now and arriving and weights[arriving]:
        if place.weights() != weights:
            _climb(aws, place, now, weights[arriving], seconds)
    else:
        if now:
            stop(aws, place, now, seconds)
            place, now = find(aws, request), None
        if place.weights() != weights:
            if request["revision"] is not None and not back:
                why = went_back(aws, state) or "no deployment of this rollout is under way"
                raise Refused(f"{place.services[0]['serviceName']}: {why}")
            now = _begin(aws, request, place, state, weights)
    _must_share(aws, request, weights, now)


def busy(place: Place, now: Deployment) -> str:
    """That ECS is at a deployment of somebody else's."""
    name = place.services[0]["serviceName"]
    return (
        f"ECS service {name} is at a deployment already ({now}; of {now.definition}), and does one "
        "at a time: run this again when it has ended, or stop it: "
        f"aws ecs stop-service-deployment --service-deployment-arn {now.arn}"
    )


def went_back(aws: Aws, state: State) -> str | None:
    """Why ECS itself has taken the last release back; None: it has not."""
    arn = state.document.get("deployment")
    last = described(aws, arn) if arn else None
    return last.went_back if last else None


def _begin(
    aws: Aws, request: dict[str, Any], place: Place, state: State, weights: dict[str, int]
) -> Deployment:
    """All the way or the first steps, when ECS is at nothing."""
    before, seconds = place.weights(), request["startTimeout"]
    name = next(slot for slot in SLOTS if weights[slot] > before[slot])
    definition = place.slots[name].service["taskDefinition"]
    at_once = weights[name] == 100
    now = begin(aws, place, definition, request["tasks"], None if at_once else _plan(request))
    state.save(deployment=now.arn)
    if at_once:
        until(aws, place, now, _done, "deployed", seconds)
    else:
        _climb(aws, place, now, weights[name], seconds)
    return now


def _climb(aws: Aws, place: Place, now: Deployment, wanted: int, seconds: int) -> None:
    """From pause to pause, until ECS has given it that weight."""
    ahead = now.ahead
    if now.weight != wanted and wanted not in ahead:
        steps = " %, ".join(str(each) for each in ahead) or "nothing"
        raise Refused(
            f"ECS moves the weights by {now.about['deploymentConfiguration']['strategy']}: from "
            f"{now.weight:g} % to {steps} %, and to {wanted} % never"
        )
    for weight in ahead:
        if weight > wanted:
            return

        def there(each: Deployment, weight: int = weight) -> bool:
            return each.weight >= weight

        paused = until(
            aws, place, now, lambda each: bool(each.paused) or there(each), "paused", seconds
        )
        if not there(paused):
            go_on(aws, place, paused, str(paused.paused))
        until(aws, place, now, there, f"at {weight} %", seconds)


def _must_share(
    aws: Aws, request: dict[str, Any], weights: dict[str, int], by: Deployment | None
) -> None:
    """What ECS asks of the load balancer is there a moment later.

    Args:
        by: the deployment that moves them there; None: they were left, or put back
    """

    def look() -> str | None:
        place = find(aws, request)
        found = place.weights()
        if found == weights:
            return None
        now = described(aws, by.arn) if by else None
        if now:
            must_go_on(aws, place, now)
        said = ", ".join(f"{slot} {weight} %" for slot, weight in found.items())
        return f"the listener rule's weights are {said}"

    words = wait(request["project"], 60, look)
    if words:
        raise Refused(f"{request['project']}: {words} 60 s after ECS has moved them")


def _scale(aws: Aws, place: Place, tasks: int) -> None:
    service = place.services[0]
    if service["desiredCount"] != tasks:
        aws.client("ecs").update_service(
            cluster=place.cluster, service=service["serviceName"], desiredCount=tasks
        )


def _holds(place: Place, slot: str, now: Deployment) -> bool:
    return bool(place.slots[slot].service["taskDefinition"] == now.definition)


def _is_up(now: Deployment) -> bool:
    return bool(now.paused or now.weight)


def _done(now: Deployment) -> bool:
    return bool(now.about["status"] == "SUCCESSFUL")


def _plan(request: dict[str, Any]) -> dict[str, Any]:
    plan = request["plan"]
    if not plan:
        raise Refused(
            f"{request['project']}: ECS needs `rollout.steps` that its strategy "
            f"{request['strategy']} can follow"
        )
    return dict(plan)
