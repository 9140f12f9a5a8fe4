"""One port for all of AWS: what moto has is moto's, what it lacks is here.

Every call is written down, planted faults strike whatever service it is for, and requests that are
none to AWS's APIs are people's, for App Runner's services.
"""

import io
import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, fields
from typing import Any

import boto3
from app_runner import AppRunner, Containers
from botocore.config import Config
from calls import Call, identify
from contract import AwsError, answer, read, service_model
from ecs import Ecs
from faults import CODES, Fault, json_error, struck
from metrics import Metrics
from mwaa import Mwaa
from werkzeug import Request, Response

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Front:
    """A WSGI application. Below ``/stand-in/`` a test sets it up and asks what happened."""

    def __init__(
        self, moto: Wsgi, port: int, containers: Containers, host: tuple[str, str] | None = None
    ) -> None:
        self._moto, self._port = moto, port
        self._calls: list[Call] = []
        self._violations: list[str] = []
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._metrics = Metrics(self._planted("cloudwatch"))
        self._runner = AppRunner(containers, self._metrics, self._planted("apprunner"))
        self._ecs = Ecs(*host, self._metrics, self._planted("ecs")) if host else None
        own = [self._runner, Mwaa(self._files, self._planted("mwaa")), self._metrics]
        if self._ecs:
            own.append(self._ecs.by_ecs)
        self._own = {each.name: each for each in own}

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        request = Request(environ)
        body = request.get_data()
        environ["wsgi.input"] = io.BytesIO(body)
        call = identify(request)
        respond = self._response(request, call)
        if call and call.key != OWN_KEY and self._struck(call, ("lost",)):
            # It is done, and who asked is not told.
            if respond is None:
                Response.from_app(self._moto, environ)
            return Response("", 500)(environ, start)
        return self._moto(environ, start) if respond is None else respond(environ, start)

    def _response(self, request: Request, call: Call | None) -> Response | None:
        if request.path.startswith("/stand-in/"):
            return self._control(request)
        if call is None:
            return self._people(request) if not request.path.startswith("/moto-api") else None
        mine = call.key == OWN_KEY
        if not mine:
            with self._lock:
                self._calls.append(call)
            kind = self._struck(call, CODES)
            if kind:
                return struck(kind, call)
        service = self._own.get(call.service)
        # Of some services the rest is moto's.
        partly = call.service in ("cloudwatch", "ecs")
        if service is None or (partly and call.operation not in service.operations):
            return None
        return self._answered(service, call, request)

    def _answered(self, service: Any, call: Call, request: Request) -> Response | None:
        operation = service_model(call.service).operation_model(call.operation)
        try:
            given = read(operation, request)
            if call.service == "cloudwatch" and not service.takes(given):
                return None
            if call.operation not in service.operations:
                raise AwsError("NotImplemented", f"the stand-in has no {call.operation}", 501)
            method = "".join(
                f"_{each.lower()}" if each.isupper() else each for each in call.operation
            )
            return answer(operation, getattr(service, method.strip("_"))(given))
        except AwsError as error:
            if error.code in ("ValidationException", "SerializationException", "NotImplemented"):
                self._violations.append(f"{call.service} {call.operation}: {error.message}")
            return json_error(error.code, error.message, error.status, **error.more)
        except ValueError as error:
            self._violations.append(str(error))
            return json_error("InternalServiceErrorException", str(error), 500)

    def _people(self, request: Request) -> Response:
        path = request.path + (f"?{request.query_string.decode()}" if request.query_string else "")
        status, body, kind = self._runner.asked(
            request.host, request.method, path, dict(request.headers), request.get_data()
        )
        return Response(body, status, mimetype=kind)

    # Faults

    def _struck(self, call: Call, kinds: Iterable[str]) -> str | None:
        with self._lock:
            for fault in self._faults:
                if fault.kind in kinds and not fault.spent and fault.strikes(call):
                    return fault.kind
        return None

    def _planted(self, service: str) -> Callable[..., bool]:
        def planted(kind: str, operation: str = "") -> bool:
            call = Call(service, operation, "", "", "")
            with self._lock:
                return any(
                    fault.kind == kind and not fault.spent and fault.strikes(call)
                    for fault in self._faults
                )

        return planted

    # Tests

    def _control(self, request: Request) -> Response:
        what = request.path.removeprefix("/stand-in/")
        given = json.loads(request.get_data() or b"null")
        if what == "calls":
            seen = [asdict(call) | {"action": call.action} for call in self._calls]
            if request.method == "DELETE":
                self._calls.clear()
            return _json(seen)
        if what == "violations":
            return _json(self._violations)
        if what == "faults":
            known = {each.name for each in fields(Fault)}
            if unknown := [key for each in given for key in set(each) - known]:
                return _json({"unknown": unknown}, 400)
            with self._lock:
                self._faults = [Fault(**each) for each in given]
            return _json({})
        if what == "metrics":
            for each in given:
                self._metrics.add(
                    each["namespace"],
                    each["metric"],
                    each["dimensions"],
                    *each["values"],
                    at=each.get("at", 0),
                )
            return _json({})
        if what == "edge" and self._ecs:
            self._ecs.edge(given["image"], given["port"], given["balancer"])
            return _json({})
        if what == "call":
            client = self._client(given["service"])
            answered = getattr(client, given["operation"])(**given.get("parameters", {}))
            answered.pop("ResponseMetadata", None)
            return _json(answered)
        return _json({"unknown": what}, 404)

    def _client(self, service: str) -> Any:
        return boto3.client(
            service,
            region_name="eu-central-1",
            endpoint_url=f"http://127.0.0.1:{self._port}",
            aws_access_key_id=OWN_KEY,
            aws_secret_access_key="x",
            config=Config(inject_host_prefix=False, s3={"addressing_style": "path"}),
        )

    def _files(self, bucket: str, prefix: str) -> dict[str, bytes]:
        client = self._client("s3")
        below = prefix.strip("/") + "/"
        listed = client.list_objects_v2(Bucket=bucket, Prefix=below).get("Contents", [])
        return {
            each["Key"]
            .removeprefix(below): client.get_object(Bucket=bucket, Key=each["Key"])["Body"]
            .read()
            for each in listed
        }


# Who sets it up: these calls are neither counted nor struck.
OWN_KEY = "STANDINSTANDINSTAND1"


def _json(document: Any, status: int = 200) -> Response:
    return Response(json.dumps(document, default=str), status, mimetype="application/json")
