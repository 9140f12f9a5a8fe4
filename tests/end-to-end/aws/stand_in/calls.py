"""Which operation of which service a request is, and what IAM calls it."""

import json
import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from contract import path_pattern, service_model
from werkzeug import Request

ACCOUNT = "123456789012"
# Name in a signature -> boto3's name, where they differ.
SIGNED = {"monitoring": "cloudwatch", "airflow": "mwaa", "elasticloadbalancing": "elbv2"}
SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
# S3 -> IAM, where they differ.
S3_ACTIONS = {
    "ListBuckets": "ListAllMyBuckets",
    "HeadObject": "GetObject",
    "HeadBucket": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
}


@dataclass(frozen=True)
class Call:
    """One request. ``service`` is boto3's name; ``key`` the access key that it is signed with."""

    service: str
    operation: str
    region: str
    resource: str
    key: str

    @property
    def action(self) -> str:
        """As a policy names it."""
        prefix = {"mwaa": "airflow", "elbv2": "elasticloadbalancing"}.get(
            self.service, self.service
        )
        operation = self.operation
        if self.service == "s3":
            operation = S3_ACTIONS.get(operation, operation)
        return f"{prefix}:{operation}"


def identify(request: Request) -> Call | None:
    """The call that a request is; None: it is no request to AWS's APIs."""
    body = request.get_data()
    scope = SCOPE.search(request.headers.get("Authorization", ""))
    target = request.headers.get("X-Amz-Target", "")
    if scope is None:
        action = parse_qs(body.decode(errors="replace")).get("Action", [""])[0]
        if action != "AssumeRoleWithWebIdentity":
            return None
        return Call("sts", action, "", "*", "")
    key, region, signed = scope.groups()
    service = SIGNED.get(signed, signed)
    if service == "s3":
        return Call(service, *_s3(request, region), key)
    if target:
        operation = target.split(".")[-1]
    elif request.mimetype == "application/x-www-form-urlencoded":
        operation = parse_qs(body.decode())["Action"][0]
    else:
        operation = _by_path(service, request)
    return Call(service, operation, region, _resource(service, region, request), key)


def _by_path(service: str, request: Request) -> str:
    model = service_model(service)
    for name in model.operation_names:
        operation = model.operation_model(name)
        same = operation.http["method"] == request.method
        if same and path_pattern(operation).fullmatch(request.path):
            return name
    raise ValueError(f"{request.method} {request.path} is no operation of {service}")


def _s3(request: Request, region: str) -> tuple[str, str, str]:
    bucket, _, key = request.path.strip("/").partition("/")
    resource = f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else "")
    kind = "Object" if key else "Bucket"
    names = {
        "GET": f"Get{kind}",
        "HEAD": f"Head{kind}",
        "PUT": f"Put{kind}",
        "DELETE": f"Delete{kind}",
    }
    operation = names.get(request.method, request.method)
    if not bucket:
        operation, resource = "ListBuckets", "*"
    elif not key:
        asked = {"list-type": "ListObjectsV2", "versions": "ListObjectVersions"}
        found = [name for query, name in asked.items() if query in request.args]
        operation = found[0] if found else {"PutBucket": "CreateBucket"}.get(operation, operation)
        if "versioning" in request.args:
            operation = f"{'Put' if request.method == 'PUT' else 'Get'}BucketVersioning"
    elif operation == "GetObject" and "versionId" in request.args:
        operation = "GetObjectVersion"
    return operation, region, resource


def _resource(service: str, region: str, request: Request) -> str:
    if service == "mwaa":
        name = request.path.rpartition("/")[2]
        return f"arn:aws:airflow:{region}:{ACCOUNT}:environment/{name}"
    try:
        document = json.loads(request.get_data() or b"{}")
    except ValueError:
        document = {}
    named = [value for value in document.values() if isinstance(value, str)]
    return next((value for value in named if value.startswith("arn:")), "*")
