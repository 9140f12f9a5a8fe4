"""A stand-in for AWS on one port: moto, and what it lacks.

    python stand_in PORT [SOCKET REGISTRY]

SOCKET: of a Docker-compatible API, where App Runner's services and ECS's tasks run; REGISTRY: ``HOST:PORT`` that has
their images.
"""

import logging
import os
import sys

from containers import Host, Pretended
from front import Front
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import run_simple


def main(port: str, socket: str = "", registry: str = "") -> None:
    os.environ["MOTO_PORT"] = port
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    containers = Host(socket, registry) if socket else Pretended()
    host = (socket, registry) if socket else None
    front = Front(DomainDispatcherApplication(create_backend_app), int(port), containers, host)
    run_simple("127.0.0.1", int(port), front, threaded=True, request_handler=MotoRequestHandler)


main(*sys.argv[1:])
