"""App Runner: services that run one image each, and the operations that exchange it."""

import copy
import json
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from calls import ACCOUNT
from contract import AwsError
from metrics import Metrics

Document = dict[str, Any]
# Seconds between two steps of an operation.
STEP = 0.3
# Requests that nobody counts: AWS asks them itself.
OVER = ("SUCCEEDED", "FAILED", "ROLLBACK_SUCCEEDED", "ROLLBACK_FAILED")


class Containers(Protocol):
    """Where the services' containers run."""

    def start(self, image: str, environment: Mapping[str, str], port: int) -> str:
        """Start one; its address, ``http://HOST:PORT``."""

    def stop(self, address: str) -> None:
        """Stop the one with that address."""


class AppRunner:
    """``planted`` says whether a fault of a kind strikes an operation that begins now."""

    name = "apprunner"
    operations = (
        "CreateService",
        "DescribeService",
        "ListServices",
        "ListOperations",
        "UpdateService",
    )

    def __init__(
        self, containers: Containers, metrics: Metrics, planted: Callable[[str], bool]
    ) -> None:
        self._containers, self._metrics, self._planted = containers, metrics, planted
        self._services: dict[str, Document] = {}
        self._operations: dict[str, list[Document]] = {}
        self._running: dict[str, str] = {}

    # API

    def create_service(self, given: Document) -> Document:
        service_id = uuid.uuid4().hex
        name = given["ServiceName"]
        arn = f"arn:aws:apprunner:eu-central-1:{ACCOUNT}:service/{name}/{service_id}"
        now = time.time()
        self._services[arn] = {
            "ServiceName": name,
            "ServiceId": service_id,
            "ServiceArn": arn,
            "ServiceUrl": f"{service_id[:10]}.eu-central-1.awsapprunner.com",
            "CreatedAt": now,
            "UpdatedAt": now,
            "Status": "RUNNING",
            "SourceConfiguration": given["SourceConfiguration"],
            "InstanceConfiguration": {"Cpu": "256", "Memory": "512"},
            "HealthCheckConfiguration": given.get(
                "HealthCheckConfiguration", {"Protocol": "TCP", "Path": "/"}
            ),
            "AutoScalingConfigurationSummary": {},
            "NetworkConfiguration": {"EgressConfiguration": {"EgressType": "DEFAULT"}},
        }
        self._operations[arn] = []
        return self._begin(arn, "CREATE_SERVICE")

    def describe_service(self, given: Document) -> Document:
        return {"Service": self._of(given)}

    def list_services(self, given: Document) -> Document:
        keys = ("ServiceName", "ServiceId", "ServiceArn", "ServiceUrl", "Status")
        found = [{key: each[key] for key in keys} for each in self._services.values()]
        return {"ServiceSummaryList": found}

    def list_operations(self, given: Document) -> Document:
        arn = self._of(given)["ServiceArn"]
        return {"OperationSummaryList": self._operations[arn][::-1]}

    def update_service(self, given: Document) -> Document:
        service = self._of(given)
        if service["Status"] != "RUNNING":
            raise AwsError(
                "InvalidStateException",
                f"Service cannot be updated in the current state: {service['Status']}. "
                "Only RUNNING services can be updated.",
            )
        source = given.get("SourceConfiguration", service["SourceConfiguration"])
        if "ImageRepository" not in source:
            raise AwsError("InvalidRequestException", "ImageRepository cannot be taken away.")
        # What is not said again is gone, as of every structure that is replaced.
        before = copy.deepcopy(service)
        service |= {"SourceConfiguration": source, "UpdatedAt": time.time()}
        return self._begin(service["ServiceArn"], "UPDATE_SERVICE", before)

    # People

    def asked(self, host: str, method: str, path: str, headers: Mapping[str, str], body: bytes):
        """A request of people's: status and body of the answer; counted for CloudWatch."""
        named = host.partition(":")[0]
        found = [each for each in self._services.values() if each["ServiceUrl"] == named]
        service = (found or list(self._services.values()))[0] if self._services else None
        if service is None or service["ServiceArn"] not in self._running:
            return 404, b"no service", "text/plain"
        since = time.monotonic()
        status, answer, kind = _forwarded(
            self._running[service["ServiceArn"]] + path, method, headers, body
        )
        self._count(service, status, (time.monotonic() - since) * 1000)
        return status, answer, kind

    def _count(self, service: Document, status: int, milliseconds: float) -> None:
        names = {key: service[key] for key in ("ServiceName", "ServiceId")}
        now = time.time()  # of one window in all metrics
        for metric, value in (
            ("Requests", 1),
            (f"{status // 100}xxStatusResponses", 1),
            ("RequestLatency", milliseconds),
        ):
            self._metrics.add("AWS/AppRunner", metric, names, value, at=now)

    # Operations

    def _of(self, given: Document) -> Document:
        arn = given["ServiceArn"]
        if arn not in self._services:
            raise AwsError(
                "ResourceNotFoundException", f"Service with the provided ARN does not exist: {arn}"
            )
        return self._services[arn]

    def _begin(self, arn: str, kind: str, before: Document | None = None) -> Document:
        service = self._services[arn]
        service["Status"] = "OPERATION_IN_PROGRESS"
        now = time.time()
        operation = {
            "Id": str(uuid.uuid4()),
            "Type": kind,
            "Status": "PENDING",
            "TargetArn": arn,
            "StartedAt": now,
            "UpdatedAt": now,
        }
        self._operations[arn].append(operation)
        answer = {"Service": copy.deepcopy(service), "OperationId": operation["Id"]}
        threading.Thread(target=self._operate, args=(arn, operation, before), daemon=True).start()
        return answer

    def _operate(self, arn: str, operation: Document, before: Document | None) -> None:
        _moved(operation, "IN_PROGRESS")
        while self._planted("never-ends"):
            time.sleep(STEP)
        service = self._services[arn]
        fails = self._planted("deployment-fails")
        address = None if fails else self._well(service)
        if address is None:
            _moved(operation, "ROLLBACK_IN_PROGRESS")
            if before is not None:
                self._services[arn] = before | {"Status": "RUNNING"}
            else:
                service["Status"] = "CREATE_FAILED"
            _moved(operation, "ROLLBACK_SUCCEEDED")
            return
        old = self._running.get(arn)
        self._running[arn] = address
        if old:
            self._containers.stop(old)
        service["Status"] = "RUNNING"
        _moved(operation, "SUCCEEDED")

    def _well(self, service: Document) -> str | None:
        """The address of a new container, when its health check is passed."""
        source = service["SourceConfiguration"]["ImageRepository"]
        about = source.get("ImageConfiguration", {})
        try:
            address = self._containers.start(
                source["ImageIdentifier"],
                about.get("RuntimeEnvironmentVariables", {}),
                int(about.get("Port", "8080")),
            )
        except Exception as error:
            print(f"{source['ImageIdentifier']}: {error}", file=sys.stderr)
            return None
        check = service["HealthCheckConfiguration"]
        end = time.monotonic() + 120
        while time.monotonic() < end:
            if check["Protocol"] == "TCP":
                return address
            status, _, _ = _forwarded(address + check.get("Path", "/"), "GET", {}, b"")
            if status == 200:
                return address
            time.sleep(STEP)
        self._containers.stop(address)
        return None


def _moved(operation: Document, status: str) -> None:
    time.sleep(STEP)
    now = time.time()
    operation |= {"Status": status, "UpdatedAt": now}
    if status in OVER:
        operation["EndedAt"] = now


def _forwarded(
    url: str, method: str, headers: Mapping[str, str], body: bytes
) -> tuple[int, bytes, str]:
    kept = {name: value for name, value in headers.items() if name in ("Content-Type", "Accept")}
    request = urllib.request.Request(url, body or None, kept, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read(), answer.headers.get_content_type()
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers.get_content_type()
    except OSError as error:
        return 502, json.dumps({"detail": str(error)}).encode(), "application/json"
