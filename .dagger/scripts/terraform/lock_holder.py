"""Who holds the lock of an http backend: Terraform shows itself in the holder's place there."""

import base64
import json
import os
import urllib.error
import urllib.request
import uuid
from datetime import UTC, datetime
from typing import Any


def http_lock_holder(config: dict[str, Any]) -> dict[str, Any] | None:
    """Asks for the lock: whoever refuses it says who has it."""

    def setting(name: str) -> str | None:
        return config.get(name) or os.environ.get(f"TF_HTTP_{name.upper()}")

    about = {
        "ID": str(uuid.uuid4()),
        "Operation": "Question",
        "Info": "",
        "Who": "kitchen",
        "Version": "",
        "Created": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "Path": "",
    }
    body = json.dumps(about).encode()

    def ask(address: str, method: str) -> None:
        request = urllib.request.Request(address, body, method=method)
        request.add_header("Content-Type", "application/json")
        user, password = setting("username"), setting("password")
        if user is not None:
            login = base64.b64encode(f"{user}:{password or ''}".encode()).decode()
            request.add_header("Authorization", f"Basic {login}")
        urllib.request.urlopen(request, timeout=15).close()

    address = setting("lock_address")
    try:
        if address is None:
            return None
        ask(address, setting("lock_method") or "LOCK")
        # Released in the meantime: so it is again.
        ask(setting("unlock_address") or address, setting("unlock_method") or "UNLOCK")
    except urllib.error.HTTPError as refusal:
        try:
            holder = json.loads(refusal.read())
        except ValueError:
            return None
        return holder if isinstance(holder, dict) and "ID" in holder else None
    except OSError:
        return None
    return None
