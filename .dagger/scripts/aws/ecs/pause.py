"""The pause before each change of the weights: ECS goes on when the rollout says so."""

from typing import Any

PAUSE: dict[str, Any] = {
    "targetType": "PAUSE",
    "lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT"],
    # Of whoever never comes back: after a day ECS goes back by itself.
    "timeoutConfiguration": {"timeoutInMinutes": 1440, "action": "ROLLBACK"},
}


def own(hook: dict[str, Any]) -> bool:
    """Whether a lifecycle hook is this pause."""
    keys = ("targetType", "lifecycleStages")
    return all(hook.get(key) == PAUSE[key] for key in keys)
