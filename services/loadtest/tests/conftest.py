"""Locust replaces parts of the standard library when it is imported, so it comes first."""

import locust  # noqa: F401
