"""Who gets how many requests: the weights of the listener's target groups."""

import copy
from typing import Any

from access import Aws
from ecs.current import deployed, seen
from ecs.find import find
from ecs.place import SLOTS, Place
from ecs.shifting import move
from memory import Memory, present
from refused import Refused
from state import State
from waiting import wait


def set_weights(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """Share the traffic, for whom the rollout is as it was read."""
    memory = Memory(aws, request)
    place, state = find(aws, request), State(memory)
    present(memory, request["revision"])
    place = share(aws, request, place, state, request["weights"])
    return seen(aws, request, place, state)


def share(
    aws: Aws,
    request: dict[str, Any],
    place: Place,
    state: State,
    weights: dict[str, int],
    back: bool = False,
) -> Place:
    """Share the traffic between the slots.

    Args:
        back: to what served before, whatever is under way

    Returns: the place as it is then

    Raises:
        Refused: they do not sum up to 100, or a slot is to get traffic that cannot take it.
    """
    if sum(weights.values()) != 100 or min(weights.values()) < 0:
        raise Refused(f"the weights are {words_of(weights)}: they have to sum up to 100")
    for name in SLOTS:
        slot = place.slots[name]
        if not weights[name]:
            continue
        if not deployed(aws, slot.service, slot.container)[0]:
            raise Refused(f"slot {name} has no release: it cannot get {weights[name]} %")
        if not slot.running and not request["strategy"]:
            raise Refused(f"slot {name} does not run: it cannot get {weights[name]} %")
    if request["strategy"]:
        move(aws, request, place, state, weights, back)
        place = find(aws, request)
    elif place.weights() != weights:
        place = _modify(aws, request, place, weights)
    full = next((slot for slot in SLOTS if weights[slot] == 100), None)
    stable, before = state.document["stable"], state.document["before"]
    if full and full != stable:
        stable, before = full, stable
    state.save(stable=stable, before=before)
    return place


def words_of(weights: dict[str, int]) -> str:
    """Weights for people."""
    return ", ".join(f"{slot} {weight} %" for slot, weight in weights.items())


def _modify(aws: Aws, request: dict[str, Any], place: Place, weights: dict[str, int]) -> Place:
    elb, arn = aws.client("elbv2"), place.listener
    actions = copy.deepcopy(place.actions)
    for action in actions:
        # Users who sign in first still do: their client's secret is not shown, and stays.
        if "AuthenticateOidcConfig" in action:
            action["AuthenticateOidcConfig"]["UseExistingClientSecret"] = True
        if action["Type"] != "forward":
            continue
        action.pop("TargetGroupArn", None)
        action["ForwardConfig"]["TargetGroups"] = [
            {"TargetGroupArn": place.slots[slot].target_group, "Weight": weights[slot]}
            for slot in SLOTS
        ]
    elb.modify_listener(ListenerArn=arn, DefaultActions=actions)

    def look() -> str | None:
        # What was modified a moment ago may not be shown yet.
        nonlocal place
        place = find(aws, request)
        found = place.weights()
        return None if found == weights else f"its weights are {words_of(found)}"

    words = wait(request["project"], 30, look)
    if words:
        raise Refused(f"{arn}: {words} 30 s after they were set: somebody else set them, too")
    return place
