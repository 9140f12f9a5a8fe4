"""Getting at the host's socket: it is here already, or at the other end of an SSH connection."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any

from refused import Refused
import asyncssh

SECONDS = 20


@contextmanager
def reachable(host: dict[str, Any]) -> Iterator[str]:
    """Address of the API: of ``{"socket": PATH}``, or of ``{"ssh": …}`` through a tunnel.

    Raises:
        Refused: the host's key is not known, the user's is not taken, the socket is not for this
            user, or nobody answers.
    """
    if "socket" in host:
        yield f"unix://{host['socket']}"
        return
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    with TemporaryDirectory() as folder:
        local = f"{folder}/docker.sock"
        opening = asyncio.run_coroutine_threadsafe(_open(host["ssh"], local), loop)
        try:
            connection = opening.result(SECONDS * 2)
            yield f"unix://{local}"
            loop.call_soon_threadsafe(connection.close)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(SECONDS)


async def _open(ssh: dict[str, Any], local: str) -> asyncssh.SSHClientConnection:
    name = f"ssh://{ssh['user']}@{ssh['name']}:{ssh['port']}"
    try:
        connection = await asyncssh.connect(
            ssh["address"],
            ssh["port"],
            username=ssh["user"],
            client_keys=[ssh["key"]],
            known_hosts=ssh["knownHosts"],
            host_key_alias=ssh["name"],
            config=None,
            agent_path=None,
            connect_timeout=SECONDS,
            keepalive_interval=15,
        )
        _, probe = await connection.open_unix_connection(ssh["socket"])
        probe.close()
        await connection.forward_local_path(local, ssh["socket"])
        return connection
    except asyncssh.ChannelOpenError as error:
        raise Refused(
            f"{name}: the user cannot connect to {ssh['socket']}: it is not there, or others may "
            "not use it: its owner and mode on the host say who may"
        ) from error
    except asyncssh.HostKeyNotVerifiable as error:
        raise Refused(
            f"{name}: the host's key is not in known_hosts: get it from whoever runs the host, "
            f"compare it with `ssh-keyscan -p {ssh['port']} {ssh['name']}`, and add it"
        ) from error
    except asyncssh.PermissionDenied as error:
        raise Refused(f"{name}: the host does not take this key for user {ssh['user']}") from error
    except asyncssh.KeyImportError as error:
        raise Refused(f"{name}: the key is no unencrypted private key: {error}") from error
    except (OSError, asyncssh.Error, TimeoutError) as error:
        raise Refused(f"{name}: cannot be reached: {error}") from error
