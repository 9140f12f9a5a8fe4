"""A handful of probes: does a slot serve what it should, and does the load balancer?"""

from collections.abc import Mapping
from typing import Any

from access import Aws
from ecs.current import deployed
from ecs.find import find
from ecs.place import SLOTS, cohort_header
from edge import Edge, answers
from memory import Memory
from probing import Probe, probed, words_of
from refused import Refused
from state import State


def smoke(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """Probes a slot, whatever its weight, and what people get.

    Raises:
        Refused: there is no release in the slot.
    """
    place, state = find(aws, request), State(Memory(aws, request))
    chosen = request["slot"] or state.document["stable"] or SLOTS[0]
    there = {
        name: deployed(aws, slot.service, slot.container) for name, slot in place.slots.items()
    }
    release, image = there[chosen]
    if not release or not image:
        raise Refused(f"slot {chosen} has no release: there is nothing to probe")
    about, weights = request["service"], place.weights()
    edge, header = Edge(request["address"], aws.edge), cohort_header(aws, place, chosen)
    serving = [_identity(there[name]) for name in SLOTS if there[name][0] and weights[name] > 0]

    def serves(headers: Mapping[str, str], wanted: list[Any]) -> Probe:
        def probe() -> str | None:
            said = edge.identity(about["version"], headers)
            expected = " or ".join(words_of(each) for each in wanted)
            return None if said in wanted else f"it serves {words_of(said)}, not {expected}"

        return probe

    paths = [about["health"], *about["probes"]]
    probes = {f"{chosen} GET {path}": answers(edge, path, header) for path in paths}
    probes[f"{chosen} serves its release"] = serves(header, [_identity((release, image))])
    probes |= {f"edge GET {path}": answers(edge, path) for path in paths}
    probes["edge serves a release that has traffic"] = serves({}, serving)
    return {"slot": chosen, "release": release, "probes": probed(probes)}


def _identity(deployed: tuple[str | None, str | None]) -> dict[str, str | None]:
    release, image = deployed
    return {"release": release, "digest": (image or "").partition("@")[2]}
