"""A handful of probes: does a slot serve what it should, and does the edge?"""

from typing import Any

from current import served, served_to_people
from edge import PUBLIC, SLOT_PORT, SLOTS, Edge
from host import Host
from probing import Probe, probed, words_of
from refused import Refused
from state import State


def smoke(host: Host, state: State, slot: str | None) -> dict[str, Any]:
    """Probes a slot directly, whatever its weight, and the edge as people reach it.

    Raises:
        Refused: there is no release in the slot.
    """
    chosen = slot or state.document["stable"] or SLOTS[0]
    release = state.document["slots"].get(chosen)
    if not release:
        raise Refused(f"slot {chosen} has no release: there is nothing to probe")
    about = state.deployment(release)["service"]
    running, port = Edge(host), SLOT_PORT[chosen]
    wanted = {"release": release, "digest": about["image"].split("@")[1]}
    weights = running.weights()
    serving = [
        {"release": other, "digest": state.deployment(other)["service"]["image"].split("@")[1]}
        for each, other in state.document["slots"].items()
        if other and weights[each] > 0
    ]

    def answers(at: int, path: str) -> Probe:
        def probe() -> str | None:
            answer = running.get("127.0.0.1", at, path)
            if answer is None:
                return "no answer"
            return None if answer.status < 400 else f"status {answer.status}: {answer.body[:200]}"

        return probe

    def identity() -> str | None:
        said = served(running, chosen, about)
        return None if said == wanted else f"it serves {words_of(said)}, not {words_of(wanted)}"

    def identity_of_edge() -> str | None:
        said = served_to_people(running, about)
        expected = " or ".join(words_of(each) for each in serving)
        return None if said in serving else f"it serves {words_of(said)}, not {expected}"

    probes = {f"{chosen} GET {about['health']}": answers(port, about["health"])}
    probes |= {f"{chosen} GET {path}": answers(port, path) for path in about["probes"]}
    probes[f"{chosen} serves its release"] = identity
    probes[f"edge GET {about['health']}"] = answers(PUBLIC, about["health"])
    probes |= {f"edge GET {path}": answers(PUBLIC, path) for path in about["probes"]}
    probes["edge serves a release that has traffic"] = identity_of_edge
    return {"slot": chosen, "release": release, "probes": probed(probes)}
