"""Gets at AWS: as whom, how patiently, and what was changed by it."""

import configparser
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from refused import Refused

Credentials = Mapping[str, str]

# Calls that change nothing in an environment, whatever their names look like; Airflow's API is only
# read by them.
READS = (
    *("Describe", "Get", "List", "Filter", "BatchGet", "BatchCheck", "Head", "AssumeRole"),
    "InvokeRestApi",
)


class Aws:
    """Clients of AWS's services in one region. ``changes``: each call that changed something."""

    def __init__(self, access: Mapping[str, Any], region: str) -> None:
        self.region = region
        self.edge: str | None = access["edge"]
        self.changes: list[str] = []
        self._endpoint = access["endpoint"]
        self._clients: dict[tuple[str, str], Any] = {}
        self._config = Config(
            # Slower when AWS throttles, by itself; ten tries take about a minute and a half.
            retries={"mode": "adaptive", "total_max_attempts": 10},
            connect_timeout=10,
            read_timeout=30,
            user_agent_extra="kitchen",
            # A stand-in has one name: neither buckets nor parts of a service are names below it.
            s3={"addressing_style": "path" if self._endpoint else "auto"},
            inject_host_prefix=not self._endpoint,
        )
        self._session = boto3.Session(region_name=region)
        self._session = self._as_whom(access)

    def client(self, service: str, region: str | None = None) -> Any:
        """A client of a service: ``ecs``, ``elbv2``."""
        key = (service, region or self.region)
        if key not in self._clients:
            client = self._session.client(
                service, region_name=key[1], endpoint_url=self._endpoint, config=self._config
            )
            client.meta.events.register("before-parameter-build.*.*", _keep_parameters)
            client.meta.events.register("after-call.*.*", self._note)
            self._clients[key] = client
        return self._clients[key]

    def pages(self, service: str, operation: str, key: str, **parameters: Any) -> list[Any]:
        """All that an operation lists."""
        pages = self.client(service).get_paginator(operation).paginate(**parameters)
        return [each for page in pages for each in page[key]]

    def did(self, action: str) -> None:
        """Note a change whose answer was lost on its way: ``ecs:UpdateService api``."""
        self.changes.append(action)

    def _as_whom(self, access: Mapping[str, Any]) -> boto3.Session:
        role, session = access["role"], self._session
        if access["token"]:
            sts = session.client("sts", endpoint_url=self._endpoint, config=self._config)
            taken = sts.assume_role_with_web_identity(
                RoleArn=role,
                RoleSessionName="kitchen",
                WebIdentityToken=Path(access["token"]).read_text(encoding="utf-8").strip(),
            )
            return self._session_of(taken["Credentials"])
        found = credentials_in(Path(access["credentials"]).read_text(encoding="utf-8"))
        own = self._session_of(found)
        if not role:
            return own
        sts = own.client("sts", endpoint_url=self._endpoint, config=self._config)
        taken = sts.assume_role(RoleArn=role, RoleSessionName="kitchen")
        return self._session_of(taken["Credentials"])

    def _session_of(self, found: Credentials) -> boto3.Session:
        return boto3.Session(
            aws_access_key_id=found["AccessKeyId"],
            aws_secret_access_key=found["SecretAccessKey"],
            aws_session_token=found.get("SessionToken"),
            region_name=self.region,
        )

    def _note(self, model: Any, parsed: Any, context: dict[str, Any], **_: Any) -> None:
        status = parsed["ResponseMetadata"].get("HTTPStatusCode", 500)
        if status >= 300 or model.name.startswith(READS):
            return
        service = model.service_model.endpoint_prefix
        self.changes.append(f"{service}:{model.name} {context.get('kitchen', '')}".rstrip())


def credentials_in(text: str) -> Credentials:
    """What ``aws configure export-credentials`` prints, or a credentials file with one profile.

    Raises:
        Refused: it is neither.
    """
    wanted = (
        'give what `aws configure export-credentials` prints (cmd:"aws configure '
        'export-credentials"), or a credentials file with one profile'
    )
    if text.lstrip().startswith("{"):
        try:
            found: dict[str, str] = json.loads(text)
        except ValueError:
            found = {}
    else:
        parser = configparser.ConfigParser(default_section="", interpolation=None)
        try:
            parser.read_string(text)
        except configparser.Error as error:
            # Its message quotes the text, and that is the secret.
            raise Refused(f"aws-credentials: cannot be read: {wanted}") from error
        names = parser.sections()
        if len(names) > 1:
            raise Refused(f"aws-credentials: profiles {', '.join(names)}: {wanted}")
        about = parser[names[0]] if names else {}
        keys = {
            "AccessKeyId": "aws_access_key_id",
            "SecretAccessKey": "aws_secret_access_key",
            "SessionToken": "aws_session_token",
        }
        found = {ours: about[theirs] for ours, theirs in keys.items() if theirs in about}
    if not found.get("AccessKeyId") or not found.get("SecretAccessKey"):
        raise Refused(f"aws-credentials: no access key in it: {wanted}")
    return found


# Parameters that say what a call changed, the most telling first.
TELLING = (
    *("service", "family", "taskDefinition", "ListenerArn", "Key", "Bucket", "cluster"),
    *("ServiceArn", "Name"),
)


def _keep_parameters(params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
    context["kitchen"] = next((str(params[name]) for name in TELLING if name in params), "")
