"""What moto's ECS lacks: tasks that run, deployments that go on, and the load balancer before them.

moto keeps what services and listeners are to be; here containers on a host become it.
"""

import hashlib
import io
import itertools
import re
import tarfile
import threading
import time
import traceback
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import docker
from calls import ACCOUNT
from contract import AwsError
from metrics import Metrics
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend, Service, ecs_backends
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.elbv2.models import elbv2_backends
from moto.logs.models import logs_backends
from moto.moto_api import state_manager
from moto.secretsmanager.models import secretsmanager_backends
from service_deployments import ServiceDeployments

REGION = "eu-central-1"
# ECS's own threshold is 3 at least.
THRESHOLD = 3
# Where HAProxy says which configuration it works by.
VERSION = "/stand-in/configuration"
CONFIG = "/usr/local/etc/haproxy/haproxy.cfg"
REQUEST = re.compile(r"REQ (\S+) (\d+) (-?\d+)$")


@dataclass
class Running:
    """A task of moto's and the container that it is."""

    task: Any
    container: Any
    definition: dict[str, Any]
    address: str = ""
    healthy: bool = False
    written: int = 0


@dataclass
class Deployment:
    """One task definition of a service."""

    id: str
    definition: str
    created: datetime
    state: str = "IN_PROGRESS"
    reason: str = ""
    failed: int = 0
    tasks: list[Running] = field(default_factory=list)


@dataclass
class Edge:
    """What serves people as a load balancer does."""

    balancer: Any
    container: Any
    address: str
    config: str = ""


class Ecs:
    """Tasks as containers of a host. ``hold``: whether deployments get no further, and what else is
    planted."""

    def __init__(self, socket: str, registry: str, metrics: Metrics, hold: Any) -> None:
        self._client = docker.DockerClient(base_url=f"unix://{socket}", timeout=120)
        self._registry, self._metrics, self.hold = registry, metrics, hold
        self._deployments: dict[str, list[Deployment]] = {}
        self._once: dict[str, Running] = {}
        self._ids = itertools.count(1)
        self.lock = threading.RLock()
        self._edges: dict[str, Edge] = {}
        self.by_ecs = ServiceDeployments(self, self._share, minute=10)
        _patch(self)

    @property
    def _moto(self) -> EC2ContainerServiceBackend:
        return ecs_backends[ACCOUNT][REGION]

    def edge(self, image: str, port: int, balancer: str) -> None:
        """Begin to serve people on a port, as the load balancer of a name."""
        self._client.images.pull(image)
        ports = {"8080/tcp": ("127.0.0.1", port)}
        container = self._client.containers.create(image, ports=ports)
        balancers = elbv2_backends[ACCOUNT][REGION].load_balancers.values()
        found = next(each for each in balancers if each.name == balancer)
        edge = Edge(found, container, f"http://127.0.0.1:{port}")
        self._balance(edge)
        container.start()
        threading.Thread(target=self._count, args=(edge,), daemon=True).start()
        if not self._edges:
            threading.Thread(target=self._work, daemon=True).start()
        self._edges[balancer] = edge

    def changed(self, service: Service, forced: bool = False) -> None:
        """A service is to be something else from now on."""
        with self.lock:
            if self.by_ecs.is_for(service):
                self.by_ecs.begin(service, forced)
                return
            known = self._deployments.setdefault(service.name, [])
            if not known or known[0].definition != service.task_definition:
                number = next(self._ids)
                made = Deployment(
                    f"ecs-svc/{number:019d}", service.task_definition, datetime.now(UTC)
                )
                known.insert(0, made)
            elif known[0].state == "COMPLETED":
                known[0].state = "IN_PROGRESS"
            self._write(service)

    def stop_once(self, arn: str) -> None:
        """End such a task."""
        if running := self._once.get(arn):
            running.container.kill()

    def run_once(self, task: Any) -> None:
        """A task that no service asks for."""

        def run() -> None:
            running = self._start(task)
            self._once[task.task_arn] = running
            code = running.container.wait()["StatusCode"]
            self._ended(running, code)

        threading.Thread(target=run, daemon=True).start()

    # Services

    def _work(self) -> None:
        while True:
            for service in list(self._moto.services.values()):
                self._try(self._step, service)
            self._try(self.balance)
            time.sleep(0.7)

    def _try(self, work: Callable[..., None], *given: Any) -> None:
        """A stand-in that cannot go on shows why, and tries it again in its next round."""
        try:
            with self.lock:
                work(*given)
        except Exception:
            traceback.print_exc()

    def _step(self, service: Service) -> None:
        if self.by_ecs.is_for(service):
            self.by_ecs.step(service)
            return
        deployments = self._deployments.get(service.name)
        if not deployments:
            return
        now, *older = deployments
        if now.state == "FAILED":
            return
        for deployment in deployments:
            for running in list(deployment.tasks):
                self._look(service, deployment, running)
        healthy = [each for each in now.tasks if each.healthy]
        held = self.hold("never-ends")
        if now.failed >= THRESHOLD:
            now.state = "FAILED"
            now.reason = "ECS deployment circuit breaker: tasks failed to start."
            self.event(service, f"(deployment {now.id}) deployment failed: tasks failed to start.")
            for running in now.tasks:
                self._stop(running, "Task stopped by the deployment circuit breaker")
            now.tasks.clear()
            about = getattr(service, "deployment_configuration", None) or {}
            if older and about.get("deploymentCircuitBreaker", {}).get("rollback"):
                self._go_back(service, deployments, older[0])
        elif len(now.tasks) < service.desired_count:
            now.tasks.append(self.start_task(service, now.definition))
        elif len(now.tasks) > service.desired_count:
            self.stop_tasks(now.tasks)
        elif len(healthy) == service.desired_count and not held:
            # The load balancer has the new ones, and the old ones no more, before these end.
            del deployments[1:]
            self.balance()
            for deployment in older:
                for running in deployment.tasks:
                    self._stop(running, "Scaling activity initiated by deployment")
            if now.state != "COMPLETED":
                now.state, now.reason = "COMPLETED", f"ECS deployment {now.id} completed."
                self.event(service, "has reached a steady state.")
        self._write(service)

    def _go_back(self, service: Service, deployments: list[Deployment], to: Deployment) -> None:
        """The circuit breaker's own way back: one more deployment, of what ran before."""
        service.task_definition = to.definition
        back = Deployment(f"ecs-svc/{next(self._ids):019d}", to.definition, datetime.now(UTC))
        back.tasks = to.tasks
        back.reason = f"ECS deployment circuit breaker: rolling back to deploymentId {to.id}."
        deployments[:] = [back]

    def start_task(self, service: Service, definition: str) -> Running:
        """A task of a service."""
        task = self._task(service, definition)
        running = self._start(task)
        self.event(service, f"has started 1 tasks: (task {task.id}).")
        return running

    def stop_tasks(self, tasks: list[Running]) -> None:
        """Stop the last of them."""
        self._stop(tasks.pop(), "Scaling activity initiated by deployment")

    def looked_at(self, service: Service, tasks: list[Running]) -> int:
        """How many of these tasks ended before they were well; those that ended are gone."""
        held = Deployment("", "", datetime.now(UTC), tasks=tasks)
        for running in list(tasks):
            self._look(service, held, running)
        return held.failed

    def threshold(self, about: dict[str, Any]) -> int:
        """How many tasks may fail by a deployment configuration."""
        enabled = about.get("deploymentCircuitBreaker", {}).get("enable", False)
        return THRESHOLD if enabled else 1_000_000

    def _look(self, service: Service, deployment: Deployment, running: Running) -> None:
        running.container.reload()
        state = running.container.attrs["State"]
        if state["Status"] in ("exited", "stopped"):
            self._ended(running, state["ExitCode"])
            deployment.tasks.remove(running)
            if not running.healthy:
                deployment.failed += 1
            return
        networks = running.container.attrs["NetworkSettings"]
        address = networks["IPAddress"] or next(iter(networks["Networks"].values()))["IPAddress"]
        running.address = f"{address}:{service.load_balancers[0]['containerPort']}"
        if not running.healthy:
            running.healthy = _answers(f"http://{running.address}/healthz")
            self._keep_log(running)

    def _task(self, service: Service, definition: str) -> Any:
        [task] = _run_task(
            self._moto,
            service.cluster_name,
            definition,
            1,
            None,
            f"ecs-svc/{service.name}",
            None,
            "FARGATE",
            service.network_configuration,
            f"service:{service.name}",
        )
        task.created_at = datetime.now(UTC)
        return task

    def _start(self, task: Any) -> Running:
        definition = self._moto.describe_task_definition(task.task_definition_arn)
        [about] = definition.container_definitions
        overrides = (task.overrides or {}).get("containerOverrides", [{}])[0]
        environment = {each["name"]: each["value"] for each in about.get("environment", [])}
        for each in about.get("secrets", []):
            environment[each["name"]] = _secret(each["valueFrom"])
        image = f"{self._registry}/{about['image'].partition('/')[2]}"
        self._client.images.pull(image)
        for each in about.get("mountPoints", []):
            # As a file system's access point: whoever mounts it is its owner.
            volume = self._client.volumes.create(each["sourceVolume"])
            Path(volume.attrs["Mountpoint"]).chmod(0o777)
        container = self._client.containers.create(
            image,
            command=overrides.get("command") or about.get("command"),
            entrypoint=about.get("entryPoint"),
            environment=environment,
            volumes={
                each["sourceVolume"]: {"bind": each["containerPath"], "mode": "rw"}
                for each in about.get("mountPoints", [])
            },
        )
        container.start()
        return Running(task, container, about)

    def _stop(self, running: Running, why: str) -> None:
        running.container.stop(timeout=3)
        self._ended(running, 0, why)

    def _ended(self, running: Running, code: int, why: str = "Essential container in task exited"):
        self._keep_log(running)
        task = running.task
        task.containers[0].exit_code = code
        task.stopped_reason = why
        task.desired_status = "STOPPED"
        task.last_status = "STOPPED"
        running.container.remove(force=True)

    def _keep_log(self, running: Running) -> None:
        options = running.definition["logConfiguration"]["options"]
        group = logs_backends[ACCOUNT][REGION].groups[options["awslogs-group"]]
        stream = (
            f"{options['awslogs-stream-prefix']}/{running.definition['name']}/{running.task.id}"
        )
        if stream not in group.streams:
            group.create_log_stream(stream)
        lines = running.container.logs().decode("utf-8", "replace").splitlines()
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": line} for line in lines[running.written :]]
        if events:
            group.put_log_events(stream, events)
        running.written = len(lines)

    def event(self, service: Service, words: str) -> None:
        """Something happened to a service."""
        about = {
            "id": f"{next(self._ids)}",
            "createdAt": datetime.now(UTC),
            "message": f"(service {service.name}) {words}",
        }
        service.events.insert(0, about)

    def _write(self, service: Service) -> None:
        deployments = self._deployments[service.name]
        service.deployments = [
            {
                "id": each.id,
                "status": "ACTIVE" if number else "PRIMARY",
                "taskDefinition": each.definition,
                "desiredCount": 0 if number else service.desired_count,
                "runningCount": len(each.tasks),
                "pendingCount": 0,
                "failedTasks": each.failed,
                "createdAt": each.created,
                "updatedAt": datetime.now(UTC),
                "launchType": "FARGATE",
                "rolloutState": each.state,
                "rolloutStateReason": each.reason or f"ECS deployment {each.id} in progress.",
            }
            for number, each in enumerate(deployments)
        ]
        service.running_count = sum(len(each.tasks) for each in deployments)
        service.pending_count = max(0, service.desired_count - service.running_count)

    # The load balancer

    def _share(self, service: Service, shares: dict[str, float]) -> None:
        """ECS moves weights of a service's production listener rule."""
        if self.hold("rule-lags"):
            return
        arn = service.load_balancers[0]["advancedConfiguration"]["productionListenerRule"]
        elb = elbv2_backends[ACCOUNT][REGION]
        groups = [
            {"TargetGroupArn": group, "Weight": round(weight)} for group, weight in shares.items()
        ]
        action = {"Type": "forward", "Order": 1, "ForwardConfig": {"TargetGroups": groups}}
        elb.modify_rule(arn, [], [action])
        self.balance()

    def balance(self) -> None:
        """The load balancers' rules and targets are what their HAProxys work by."""
        for edge in list(self._edges.values()):
            self._balance(edge)

    def _balance(self, edge: Edge) -> None:
        """HAProxy as the listener is: weights, rules, and the targets that are healthy."""
        written = self._balanced(edge.balancer)
        if written == edge.config:
            return
        told = written.replace(
            "    bind :8080\n",
            "    bind :8080\n"
            f"    http-request set-log-level silent if {{ path {VERSION} }}\n"
            f"    http-request return status 200 content-type text/plain string {_digest(written)} "
            f"if {{ path {VERSION} }}\n",
        )
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            about = tarfile.TarInfo(CONFIG.lstrip("/"))
            about.size, about.mode = len(told.encode()), 0o444
            archive.addfile(about, io.BytesIO(told.encode()))
        # Podman's host has been seen to keep the file as it was.
        for _ in range(6):
            edge.container.put_archive("/", packed.getvalue())
            edge.container.reload()
            running = edge.container.status == "running"
            if running:
                edge.container.kill("SIGUSR2")
            if not running or self._works_by(edge, _digest(written)):
                edge.config = written
                return
        raise TimeoutError(f"{edge.address} does not work by its configuration")

    def _works_by(self, edge: Edge, version: str) -> bool:
        """Whether it soon does: tasks that get no requests may end then."""
        end = time.monotonic() + 10
        while _said(edge.address + VERSION) != version:
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def _balanced(self, balancer: Any) -> str:
        backend = elbv2_backends[ACCOUNT][REGION]
        [listener] = balancer.listeners.values()
        groups = {group.arn: group.name for group in backend.target_groups.values()}
        lines = [
            "global",
            "    log stdout format raw local0",
            "    hard-stop-after 20s",
            "defaults",
            "    mode http",
            "    log global",
            # A reload closes idle connections, which a load balancer's change of weights does not.
            "    option httpclose",
            '    log-format "REQ %b %ST %Tr"',
            "    timeout connect 1s",
            "    timeout client 60s",
            "    timeout server 60s",
            "frontend people",
            "    bind :8080",
            "    http-request set-var(txn.share) rand(100)",
        ]
        shared = listener.default_actions[0].data.get("ForwardConfig", {}).get("TargetGroups", [])
        for rule in listener.rules.values():
            if any(each["Field"] == "path-pattern" for each in rule.conditions):
                # Of all paths.
                shared = rule.actions[0].data["ForwardConfig"]["TargetGroups"]
            for condition in rule.conditions:
                about = condition.get("HttpHeaderConfig")
                if about:
                    group = groups[rule.actions[0].data["TargetGroupArn"]]
                    header, value = about["HttpHeaderName"], about["Values"][0]
                    lines.append(
                        f"    use_backend {group} if {{ req.hdr({header}) -m str {value} }}"
                    )
        upper = 0
        for each in shared:
            upper += int(each["Weight"])
            group = groups[each["TargetGroupArn"]]
            lines.append(f"    use_backend {group} if {{ var(txn.share) -m int lt {upper} }}")
        for arn, group in sorted(groups.items()):
            lines += [f"backend {group}", "    balance roundrobin"]
            for number, address in enumerate(self._targets(arn)):
                lines.append(f"    server task{number} {address}")
        return "\n".join(lines) + "\n"

    def _targets(self, group: str) -> list[str]:
        with self.lock:
            return sorted(
                running.address
                for service in list(self._moto.services.values())
                if service.load_balancers[0]["targetGroupArn"] == group
                for deployment in self._deployments.get(service.name, [])
                for running in deployment.tasks
                if running.healthy
            ) + sorted(self.by_ecs.targets(group))

    def _count(self, edge: Edge) -> None:
        """Each request is a few points of CloudWatch's metrics, as a load balancer gives them."""
        rest = b""
        for chunk in edge.container.logs(stream=True, follow=True):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                found = REQUEST.search(line.decode("utf-8", "replace").strip())
                if found:
                    self._point(edge, found[1], found[2], int(found[3]))

    def _point(self, edge: Edge, group: str, status: str, milliseconds: int) -> None:
        backend = elbv2_backends[ACCOUNT][REGION]
        whole = {"LoadBalancer": edge.balancer.arn.split(":loadbalancer/", 1)[1]}
        arn = next((each.arn for each in backend.target_groups.values() if each.name == group), "")
        places = [whole]
        if arn:
            places.append({**whole, "TargetGroup": arn.rsplit(":", 1)[1]})
        answered = milliseconds >= 0
        # Of one window in all metrics.
        add, now = partial(self._metrics.add, "AWS/ApplicationELB"), time.time()
        for place in places:
            add("RequestCount", place, 1, at=now)
            if answered:
                add(f"HTTPCode_Target_{status[0]}XX_Count", place, 1, at=now)
                add("TargetResponseTime", place, milliseconds / 1000, at=now)
            elif place is whole:
                add("HTTPCode_ELB_5XX_Count", place, 1, at=now)


_run_task = EC2ContainerServiceBackend.run_task


def _patch(ecs: Ecs) -> None:
    """moto's own functions, and what follows from them."""
    # moto's tasks ask for a name that moto gives to some interfaces only.
    NetworkInterface.private_dns_name = ""
    # Its tasks end by being looked at; here they end when their containers do.
    state_manager.set_transition("ecs::task", {"progression": "manual", "times": 1_000_000})
    update, tasks = EC2ContainerServiceBackend.update_service, EC2ContainerServiceBackend.list_tasks
    create, stop = EC2ContainerServiceBackend.create_service, EC2ContainerServiceBackend.stop_task
    create_by_request = EC2ContainerServiceResponse.create_service

    def update_service(self: Any, properties: dict[str, Any]) -> Service:
        forced = bool(properties.get("force_new_deployment"))
        # All of it at once: no task is started of the new count and the old definition.
        with ecs.lock:
            service = update(self, properties)
            if service.task_definition:
                # moto keeps what it was given: a family, or an ARN.
                service.task_definition = self.describe_task_definition(service.task_definition).arn
            try:
                ecs.changed(service, forced)
            except AwsError as error:
                raise InvalidParameterException(error.message) from error
        return service

    def create_service(self: Any, *args: Any, **kwargs: Any) -> Service:
        service = create(self, *args, **kwargs)
        ecs.changed(service)
        return service

    def created(self: Any) -> Any:
        # moto has no configuration of deployments.
        answer = create_by_request(self)
        service = self.ecs_backend.services[
            f"{self._get_param('cluster')}:{self._get_param('serviceName')}"
        ]
        service.deployment_configuration = self._get_param("deploymentConfiguration")
        return answer

    def run_task(self: Any, *args: Any, **kwargs: Any) -> list[Any]:
        made = _run_task(self, *args, **kwargs)
        for task in made:
            ecs.run_once(task)
        return made

    def stop_task(self: Any, cluster: str, arn: str, reason: str) -> Any:
        ecs.stop_once(arn)
        return stop(self, cluster, arn, reason)

    def list_tasks(
        self: Any,
        cluster: str | None = None,
        instance: str | None = None,
        family: str | None = None,
        started_by: str | None = None,
        service: str | None = None,
        status: str | None = None,
    ) -> list[Any]:
        return [
            task
            for task in tasks(self, cluster, instance, family, started_by)
            if service in (None, task.group.removeprefix("service:"))
            and task.desired_status == (status or "RUNNING")
        ]

    EC2ContainerServiceResponse.create_service = created
    EC2ContainerServiceBackend.update_service = update_service
    EC2ContainerServiceBackend.create_service = create_service
    EC2ContainerServiceBackend.run_task = run_task
    EC2ContainerServiceBackend.stop_task = stop_task
    EC2ContainerServiceBackend.list_tasks = list_tasks


def _secret(arn: str) -> str:
    found = secretsmanager_backends[ACCOUNT][REGION].get_secret_value(arn, None, None)
    return str(found["SecretString"])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _answers(url: str) -> bool:
    return _said(url) is not None


def _said(url: str) -> str | None:
    """What is answered with 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return str(answer.read().decode()) if answer.status == 200 else None
    except (OSError, urllib.error.URLError):
        return None
