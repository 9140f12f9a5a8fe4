"""Faults that a test plants: what AWS answers on its bad days."""

import json
from dataclasses import dataclass
from xml.sax.saxutils import escape

from calls import ACCOUNT, Call
from contract import service_model
from werkzeug import Response


@dataclass
class Fault:
    """``kind``: throttled, denied or expired; lost, an answer on its way; or what a stand-in itself
    knows. ``after`` calls that match pass first; then it strikes ``times`` (None: always)."""

    kind: str
    service: str | None = None
    operation: str | None = None
    after: int = 0
    times: int | None = None

    def strikes(self, call: Call) -> bool:
        """Whether it is this call's turn; each question counts."""
        if self.service not in (None, call.service) or self.operation not in (None, call.operation):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self.times is not None:
            self.times -= 1
        if self.kind == "expired":
            # Of a token that has expired everybody takes no more.
            self.service = self.operation = None
        return True

    @property
    def spent(self) -> bool:
        return self.times is not None and self.times <= 0


CODES = {
    "throttled": ("ThrottlingException", "Throttling", "SlowDown"),
    "denied": ("AccessDeniedException", "AccessDenied", "AccessDenied"),
    "expired": ("ExpiredTokenException", "ExpiredToken", "ExpiredToken"),
}


def struck(kind: str, call: Call) -> Response:
    """AWS's answer when it refuses a call whatever it says."""
    json_code, query_code, s3_code = CODES[kind]
    user = f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/kitchen"
    message = {
        "throttled": "Rate exceeded",
        "denied": f"User: {user} is not authorized to perform: {call.action} on resource: "
        f"{call.resource} because no identity-based policy allows the {call.action} action",
        "expired": "The security token included in the request is expired",
    }[kind]
    protocol = "rest-xml" if call.service == "s3" else service_model(call.service).resolved_protocol
    if protocol == "rest-xml":
        status = 503 if kind == "throttled" else 403 if kind == "denied" else 400
        text = f"<Error><Code>{s3_code}</Code><Message>{escape(message)}</Message></Error>"
        return Response(text, status, mimetype="application/xml")
    if protocol == "query":
        inner = f"<Type>Sender</Type><Code>{query_code}</Code><Message>{escape(message)}</Message>"
        text = (
            f"<ErrorResponse><Error>{inner}</Error><RequestId>stand-in</RequestId></ErrorResponse>"
        )
        return Response(text, 400 if kind == "throttled" else 403, mimetype="text/xml")
    return json_error(json_code, message, 403 if protocol == "rest-json" else 400)


def json_error(code: str, message: str, status: int, **more: object) -> Response:
    """An error in AWS's JSON protocols; services write the message with either letter."""
    document = {"__type": code, "message": message, "Message": message, **more}
    response = Response(json.dumps(document), status, mimetype="application/x-amz-json-1.0")
    response.headers["x-amzn-ErrorType"] = code
    return response
