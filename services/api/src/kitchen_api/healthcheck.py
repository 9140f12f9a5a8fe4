"""``python -m kitchen_api.healthcheck``: the container's own health check, without curl."""

import http.client
import sys

from kitchen_api.settings import Settings

TIMEOUT_SECONDS = 3.0


def healthy(port: int) -> bool:
    """Whether the service on this container's ``port`` answers its ``/healthz`` with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if healthy(Settings().port) else 1)
