"""What AWS's own service models allow: requests and answers are held against them.

The models are those that boto3 sends by, so that a parameter that AWS does not know, or knows as
another type, fails here as it would there.
"""

import json
import re
from functools import cache
from typing import Any
from urllib.parse import unquote

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape
from werkzeug import Request, Response

SCALARS: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float),
    "blob": str,
}


class AwsError(Exception):
    """An error as AWS answers it."""

    def __init__(self, code: str, message: str, status: int = 400, **more: Any) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.more = code, message, status, more


@cache
def service_model(name: str) -> ServiceModel:
    """The model of a service, by boto3's name for it."""
    return botocore.session.get_session().get_service_model(name)


def read(operation: OperationModel, request: Request) -> dict[str, Any]:
    """The parameters of a request.

    Raises:
        AwsError: the model does not allow them.
    """
    try:
        given = json.loads(request.get_data() or b"{}")
    except ValueError as error:
        raise AwsError("SerializationException", f"no JSON: {error}") from error
    given |= _from_path(operation, request)
    found = list(wrong(given, operation.input_shape))
    if found:
        counted = f"{len(found)} validation error{'s' * (len(found) > 1)} detected"
        raise AwsError("ValidationException", f"{counted}: {'; '.join(found)}")
    return given


def answer(operation: OperationModel, document: dict[str, Any]) -> Response:
    """An answer, which has to be one that the model knows.

    Raises:
        ValueError: it is not.
    """
    found = list(wrong(document, operation.output_shape))
    if found:
        raise ValueError(f"{operation.name} cannot answer this: {'; '.join(found)}")
    return Response(json.dumps(document), mimetype="application/x-amz-json-1.0")


def wrong(value: Any, shape: Shape | None, at: str = "") -> list[str]:
    """What a model does not allow in a value as it is sent, a line each."""
    place = at or "the request"
    if shape is None or getattr(shape, "is_document_type", False):
        return []
    if shape.type_name == "structure":
        if not isinstance(value, dict):
            return [_type(place, value, "an object")]
        unknown = [
            f"Unknown parameter '{key}' in {place}" for key in set(value) - set(shape.members)
        ]
        missing = [
            f"Value null at '{_below(at, key)}' failed to satisfy constraint: Member must not be null"
            for key in shape.required_members
            if value.get(key) is None
        ]
        inner = [
            each
            for key, member in shape.members.items()
            if value.get(key) is not None
            for each in wrong(value[key], member, _below(at, key))
        ]
        return sorted(unknown) + missing + inner
    if shape.type_name == "list":
        if not isinstance(value, list):
            return [_type(place, value, "a list")]
        parts = [wrong(each, shape.member, f"{at}.{n}") for n, each in enumerate(value, 1)]
        return _constraints(shape, len(value), at) + [each for part in parts for each in part]
    if shape.type_name == "map":
        if not isinstance(value, dict):
            return [_type(place, value, "a map")]
        return [
            each
            for key, inner in value.items()
            for each in wrong(key, shape.key, f"{at}.key")
            + wrong(inner, shape.value, _below(at, key))
        ]
    return _scalar(value, shape, at)


def _scalar(value: Any, shape: Shape, at: str) -> list[str]:
    expected = SCALARS[shape.type_name]
    if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
        return [_type(at, value, f"a {shape.type_name}")]
    if not isinstance(value, str):
        return _constraints(shape, value, at) if shape.type_name in ("integer", "long") else []
    allowed = getattr(shape, "enum", [])
    if allowed and value not in allowed:
        return [_constraint(at, value, f"Member must satisfy enum value set: {allowed}")]
    found = _constraints(shape, len(value), at, value)
    pattern = _compiled(shape.metadata.get("pattern"))
    # Of an id of App Runner the model wants 32 characters and the 36 of a UUID at once.
    possible = shape.name not in ("ServiceId",)
    if pattern and possible and not found and not pattern.fullmatch(value):
        found.append(
            _constraint(
                at, value, f"Member must satisfy regular expression pattern: {pattern.pattern}"
            )
        )
    return found


def _constraints(shape: Shape, size: float, at: str, value: Any = None) -> list[str]:
    shown = size if value is None else value
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        return [_constraint(at, shown, f"Member must be greater than or equal to {least}")]
    if most is not None and size > most:
        return [_constraint(at, shown, f"Member must be less than or equal to {most}")]
    return []


def _constraint(at: str, value: Any, words: str) -> str:
    return f"Value '{value}' at '{at}' failed to satisfy constraint: {words}"


def _type(at: str, value: Any, expected: str) -> str:
    return f"{at} is {type(value).__name__} {json.dumps(value)}, not {expected}"


def _below(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key


@cache
def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern) if pattern else None
    except re.error:  # Java's, such as \p{L}
        return None


def _from_path(operation: OperationModel, request: Request) -> dict[str, Any]:
    found = path_pattern(operation).fullmatch(request.path)
    return {name: unquote(value) for name, value in found.groupdict().items()} if found else {}


@cache
def path_pattern(operation: OperationModel) -> re.Pattern[str]:
    """What the path of an operation's requests looks like, its parameters as groups."""
    path = re.split(r"[?#]", operation.http["requestUri"])[0]
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
