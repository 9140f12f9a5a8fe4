"""Read by Locust beside the repository's own locustfile."""

from kitchen_load import plugin  # noqa: F401
