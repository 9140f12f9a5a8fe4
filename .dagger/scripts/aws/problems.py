"""What AWS's own errors mean, and what to do."""

import re

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
UNKNOWN = {
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidIdentityToken",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
    "AuthFailure",
}
DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "UnauthorizedOperation",
    "403",
}
THROTTLED = {
    "PriorRequestNotComplete",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
}
SAID = re.compile(
    r"User: (?P<who>\S+) is not authorized to perform: (?P<action>\S+)"
    r"(?: on resource: (?P<resource>\S+))?"
)


def code_of(error: ClientError) -> str:
    """AWS's name of an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def explained(error: BotoCoreError | ClientError, region: str) -> str:
    """An error of AWS's in words."""
    if not isinstance(error, ClientError):
        if isinstance(error, (ConnectionError, HTTPClientError)):
            return f"AWS in {region} does not answer: {error}: is the region right?"
        return f"AWS in {region}: {error}"
    code, said = code_of(error), str(error.response.get("Error", {}).get("Message", ""))
    operation = error.operation_name
    if code in EXPIRED:
        return f"AWS {operation}: the credentials have expired: give new ones, and run this again"
    if code in UNKNOWN:
        return f"AWS {operation}: it does not know these credentials ({code}: {said})"
    if code in DENIED:
        return _denied(operation, said)
    if code in THROTTLED:
        tries = error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0) + 1
        return f"AWS {operation}: throttled {tries} times ({code}: {said}): run this again later"
    return f"AWS {operation} in {region}: {code}: {said}"


def _denied(operation: str, said: str) -> str:
    found = SAID.search(said)
    if not found:
        return f"AWS {operation}: not allowed: {said}"
    resource = f" on {found['resource'].rstrip('.')}" if found["resource"] else ""
    return f"{found['who']} may not {found['action']}{resource}: its role's policy has to allow it"
