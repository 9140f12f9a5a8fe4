"""``python -m kitchen_demand.healthcheck``: is Airflow in this container well?

Asks the API server, which knows of the database and of the scheduler's heartbeat. Containers that
run another component alone need a health check of their own.
"""

import http.client
import json
import sys

PORT = 8080
TIMEOUT_SECONDS = 8.0
NEEDED = ("metadatabase", "scheduler")


def healthy(port: int = PORT) -> bool:
    """Whether the API server on this container's ``port`` calls all ``NEEDED`` parts healthy."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/api/v2/monitor/health")
        response = connection.getresponse()
        parts = json.loads(response.read())
        return response.status == 200 and all(parts[name]["status"] == "healthy" for name in NEEDED)
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if healthy() else 1)
