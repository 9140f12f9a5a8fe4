"""Takes an environment away."""

from typing import Any

import roles
from host import Host


def remove(host: Host, data: bool) -> dict[str, Any]:
    """Remove every container and the network, and with ``data`` the volumes too: databases, models,
    and what the environment remembers."""
    order = {name: place for place, name in enumerate(roles.names(host.project))}
    removed = sorted(host.containers(), key=lambda name: order.get(name, -1))
    for name in removed:
        host.stop(name, 30)
        host.remove(name)
    labels = {"label": [f"kitchen.environment={host.project}"]}
    for network in host.client.networks(filters=labels):
        host.client.remove_network(network["Id"])
    volumes = [each["Name"] for each in host.client.volumes(filters=labels)["Volumes"] or []]
    if data:
        for volume in volumes:
            host.client.remove_volume(volume)
    return {"removed": removed, "kept": [] if data else sorted(volumes)}
