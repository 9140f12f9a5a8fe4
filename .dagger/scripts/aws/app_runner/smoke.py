"""A handful of probes: does the service serve the release that it runs?"""

from typing import Any

from access import Aws
from app_runner.current import edge_of
from app_runner.place import SLOTS, Place, busy, find
from edge import answers
from probing import Probe, probed
from refused import Refused
from registry import must_have

Probes = dict[str, Probe]


def smoke(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """Probes a slot. One without traffic runs nowhere: it is asked what can be known before.

    Raises:
        Refused: there is no release in the slot.
    """
    place = find(aws, request)
    chosen = request["slot"] or place.state.document["stable"] or SLOTS[0]
    release = place.slots[chosen]
    if not release:
        raise Refused(f"slot {chosen} has no release: there is nothing to probe")
    runs = place.running == release
    probes = _of_running(aws, request, place, chosen) if runs else _of_waiting(aws, place, chosen)
    return {"slot": chosen, "release": release, "probes": probed(probes)}


def failed(aws: Aws, request: dict[str, Any], place: Place, slot: str) -> list[str]:
    """A line for each probe of the slot that runs, and that failed."""
    results = probed(_of_running(aws, request, place, slot))
    return [f"{each['name']}: {each['problem']}" for each in results if each["problem"]]


def _of_running(aws: Aws, request: dict[str, Any], place: Place, slot: str) -> Probes:
    about, edge, release = request["service"], edge_of(aws, request, place), place.slots[slot]
    assert release
    wanted = {"release": release, "digest": place.kept(release)["image"].split("@")[1]}

    def identity() -> str | None:
        said = edge.identity(about["version"])
        words = (
            f"release {said['release']} as {said['digest']}" if said else "nothing that says what"
        )
        return None if said == wanted else f"it serves {words}, not {release}"

    probes = {
        f"{slot} GET {path}": answers(edge, path) for path in (about["health"], *about["probes"])
    }
    return {**probes, f"{slot} serves its release": identity}


def _of_waiting(aws: Aws, place: Place, slot: str) -> Probes:
    release = place.slots[slot]
    assert release

    def image() -> str | None:
        try:
            must_have(aws, place.kept(release)["image"])
        except Refused as refused:
            return str(refused)
        return None

    return {
        f"{slot} has its image in ECR (it runs nowhere before it has traffic)": image,
        f"{slot} can be run: App Runner is at nothing else": lambda: busy(place),
    }
