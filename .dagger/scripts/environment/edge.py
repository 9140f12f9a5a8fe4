"""The edge: HAProxy in front of the service's two slots. What it is told survives its restarts,
because each weight is written into its configuration before it is set in the running process."""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass

from host import Host
from refused import Refused
from spec import Container, File

SLOTS = ("blue", "green")
PUBLIC = 8080
SLOT_PORT = {"blue": 8081, "green": 8082}  # inside the environment's network only
RUNTIME_PORT = 9999  # inside the container only
FOREVER = "24d"  # HAProxy counts milliseconds in 31 bits
CONFIG = "/usr/local/etc/haproxy/haproxy.cfg"

Weights = Mapping[str, int]


@dataclass(frozen=True)
class Served:
    """Where the release of a slot answers: ``health`` is a path."""

    port: int
    health: str


def config(weights: Weights, served: Mapping[str, Served]) -> str:
    """HAProxy's configuration.

    A connection that a dead container did not take goes to the other slot at once, or waits for the
    container to be back. Only requests without effects are sent a second time after that: so that
    others do not meet a connection that the service is just about to close, none is kept for them.
    People's own are kept, and a reload closes them with an answer, not between two.

    Whether a server is well is for its health to say: a name server that does not answer takes none
    of them away, nor does another one of the host's that has never heard of them.
    """
    lines = f"""    log stdout format raw local0 notice
    stats socket ipv4@127.0.0.1:{RUNTIME_PORT} level admin
    hard-stop-after 60s

defaults
    mode http
    option forwardfor
    option redispatch 1
    option http-server-close
    option idle-close-on-response
    retries 10
    retry-on conn-failure empty-response
    timeout connect 1s
    timeout client 60s
    timeout server 60s
    timeout queue 10s
    timeout http-request 10s
    timeout http-keep-alive 10s
    default-server inter 1s fastinter 200ms fall 3 rise 1 resolvers host init-addr libc,none

resolvers host
    parse-resolv-conf
    resolve_retries 3
    timeout resolve 500ms
    timeout retry 500ms
    hold valid 500ms
    hold nx {FOREVER}
    hold other {FOREVER}
    hold refused {FOREVER}
    hold timeout {FOREVER}

frontend public
    bind :{PUBLIC}
    default_backend service

backend service
    balance roundrobin
    http-request disable-l7-retry unless METH_GET or {{ method HEAD }}
"""
    for slot in SLOTS:
        lines += (
            f"    server {slot} service-{slot}:{served[slot].port} "
            f"track {slot}/only weight {weights[slot]}\n"
        )
    for slot in SLOTS:
        lines += f"""
frontend {slot}
    bind :{SLOT_PORT[slot]}
    default_backend {slot}

backend {slot}
    option httpchk GET {served[slot].health}
    server only service-{slot}:{served[slot].port} check
"""
    # HAProxy says by which configuration it works.
    return f"global\n    description {hashlib.sha256(lines.encode()).hexdigest()[:16]}\n{lines}"


def container(project: str, image: str, address: str, written: str) -> Container:
    """The edge's container, with its configuration."""
    return Container(
        name=f"{project}-edge",
        image=image,
        files=(File(CONFIG, written),),
        ports={PUBLIC: address},
        network=project,
        aliases=("edge",),
        labels={"kitchen.role": "edge"},
        stop_seconds=30,
    )


@dataclass(frozen=True)
class Answer:
    """What an HTTP server answered."""

    status: int
    body: str


class Edge:
    """The edge that runs."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.name = f"{host.project}-edge"

    def get(self, server: str, port: int, path: str) -> Answer | None:
        """Ask a server of the environment's network; None when it does not answer.

        The edge's own shell asks: the host needs no other program, and no port is opened for it.
        """
        request = f"GET {path} HTTP/1.0\\r\\nHost: {server}\\r\\nConnection: close\\r\\n\\r\\n"
        code, out, _ = self._shell(server, port, f"printf '{request}'")
        head, _, body = out.partition("\r\n\r\n")
        words = head.split(" ", 2)
        if code != 0 or len(words) < 2 or not words[1].isdigit():
            return None
        return Answer(int(words[1]), body)

    def runtime(self, command: str) -> str:
        """Give HAProxy's runtime API a command.

        Raises:
            Refused: it does not answer.
        """
        code, out, err = self._shell("127.0.0.1", RUNTIME_PORT, f"printf '{command}\\n'")
        if code != 0 or not out:
            raise Refused(f"{self.name}: HAProxy's runtime API does not answer: {err.strip()}")
        return out.strip()

    def weights(self) -> dict[str, int]:
        """The weights as they are in the running process."""
        return {slot: int(self.runtime(f"get weight service/{slot}").split()[0]) for slot in SLOTS}

    def set_weights(self, weights: Weights, written: str) -> None:
        """Write the weights down, then set them: first what rises, so that one always serves."""
        self._host.write(self.name, (File(CONFIG, written),))
        for slot in sorted(SLOTS, key=lambda each: -weights[each]):
            problem = self.runtime(f"set weight service/{slot} {weights[slot]}")
            if problem:
                raise Refused(f"{self.name}: weight of {slot}: {problem}")
        if self.weights() != dict(weights):
            raise Refused(f"{self.name}: the weights are {self.weights()}, not {dict(weights)}")

    def reload(self, written: str) -> None:
        """A new configuration, without a connection lost: new workers start, old ones finish.

        What is told the old worker meanwhile, the new one does not know: this returns when that works.

        Raises:
            Refused: HAProxy does not take it.
        """
        end = time.monotonic() + 60
        while True:
            self._renew(written)
            if f"    description {self._info()['description']}\n" in written:
                return
            if time.monotonic() > end:
                last = self._host.last_lines(self.name)
                raise Refused(f"{self.name}: HAProxy goes on as it was configured before: {last}")

    def _renew(self, written: str) -> None:
        before = self.started()
        self._host.write(self.name, (File(CONFIG, written),))
        code, out, err = self._host.ask(self.name, ["haproxy", "-c", "-f", CONFIG])
        if code != 0:
            raise Refused(f"{self.name}: HAProxy does not take its configuration: {out}{err}")
        self._host.client.kill(self.name, "SIGUSR2")
        end = time.monotonic() + 20
        while self.started() == before and time.monotonic() < end:
            time.sleep(0.2)

    def must_find_servers(self) -> None:
        """What serves has an address: a worker that starts without one answers nobody.

        Raises:
            Refused: the host's name server does not know it, or does not answer.
        """
        for slot, weight in self.weights().items():
            if not weight or not self._host.running(f"{self._host.project}-service-{slot}"):
                continue
            server = f"service-{slot}"
            if self._host.ask(self.name, ["timeout", "20", "getent", "hosts", server])[0] != 0:
                raise Refused(
                    f"{self.name}: the host's name server has no address of {server} now, which "
                    "HAProxy needs to be configured anew: nothing was changed; run this again"
                )

    def drained(self, slot: str, seconds: int) -> bool:
        """Whether no request is left in a slot; waits for the last ones."""
        end = time.monotonic() + seconds
        while True:
            rows = self.counters()
            if rows.get(("service", slot), {}).get("scur", "0") == "0":
                return True
            if time.monotonic() > end:
                return False
            time.sleep(0.3)

    def counters(self) -> dict[tuple[str, str], dict[str, str]]:
        """HAProxy's counters of each server: (backend, server) -> column -> text."""
        head, *rows = self.runtime("show stat -1 6 -1").removeprefix("# ").splitlines()
        columns = head.split(",")
        parsed = [dict(zip(columns, row.split(","), strict=False)) for row in rows if row]
        return {(row["pxname"], row["svname"]): row for row in parsed}

    def started(self) -> str:
        """Which process counts: another one began at zero."""
        info = self._info()
        return f"{info['Pid']}-{info.get('Start_time_sec', '')}"

    def _info(self) -> dict[str, str]:
        """What HAProxy says of the worker that answers; an edge of earlier has no description."""
        lines = dict(line.partition(": ")[::2] for line in self.runtime("show info").splitlines())
        return {"description": "none", **lines}

    def _shell(self, server: str, port: int, send: str) -> tuple[int, str, str]:
        script = f"exec 3<>/dev/tcp/{server}/{port} && {send} >&3 && cat <&3"
        return self._host.answer(self.name, ["timeout", "10", "bash", "-c", script])
