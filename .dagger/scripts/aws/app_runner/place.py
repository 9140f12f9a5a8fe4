"""The App Runner service that releases are put into, and what is remembered of them."""

import copy
from dataclasses import dataclass
from typing import Any

from access import Aws
from botocore.exceptions import ClientError
from memory import Memory
from problems import code_of
from refused import Refused
from state import State
from waiting import wait

SLOTS = ("blue", "green")
RELEASE = "KITCHEN_RELEASE"
"""Variable by which a service is known to run a release."""
BUSY = "OPERATION_IN_PROGRESS"
DONE = ("SUCCEEDED", "FAILED", "ROLLBACK_SUCCEEDED", "ROLLBACK_FAILED")


@dataclass
class Place:
    """``service`` is as DescribeService gives it.

    There is one service, and it runs one image. A slot is a place in the memory: the release in the
    slot with 100 % runs, the one in the other slot is ready to be run.
    """

    aws: Aws
    state: State
    memory: Memory
    service: dict[str, Any]

    @property
    def slots(self) -> dict[str, str | None]:
        """Slot -> release."""
        return {slot: self.state.document.get("slots", {}).get(slot) for slot in SLOTS}

    def kept(self, release: str) -> dict[str, Any]:
        """What is remembered of a release: image, variables, DAGs."""
        return dict(self.state.document["releases"][release])

    @property
    def running(self) -> str | None:
        """The release that the service is to run; None: it is none of Kitchen's."""
        source = self.service["SourceConfiguration"].get("ImageRepository", {})
        variables = source.get("ImageConfiguration", {}).get("RuntimeEnvironmentVariables", {})
        release = variables.get(RELEASE)
        if release is None or release not in self.slots.values():
            return None
        return release if source["ImageIdentifier"] == self.kept(release)["image"] else None

    def weights(self) -> dict[str, int]:
        """All or nothing."""
        running = self.running
        return {
            slot: 100 if release and release == running else 0
            for slot, release in self.slots.items()
        }

    @property
    def name(self) -> str:
        return str(self.service["ServiceName"])

    def refresh(self) -> None:
        """Ask App Runner again."""
        arn = self.service["ServiceArn"]
        self.service = self.aws.client("apprunner").describe_service(ServiceArn=arn)["Service"]

    def operations(self, number: int = 1) -> list[dict[str, Any]]:
        """What was done to the service, the last thing first."""
        answer = self.aws.client("apprunner").list_operations(
            ServiceArn=self.service["ServiceArn"], MaxResults=number
        )
        return list(answer["OperationSummaryList"])


def find(aws: Aws, request: dict[str, Any]) -> Place:
    """What is there.

    Raises:
        Refused: there is no such service in the region, or it runs no image.
    """
    name, runner = request["project"], aws.client("apprunner")
    listed = _services(aws)
    found = [each for each in listed if each["ServiceName"] == name]
    if not found:
        there = ", ".join(sorted(each["ServiceName"] for each in listed)) or "none"
        raise Refused(
            f"{aws.region} has no App Runner service {name}: there are {there}: "
            "is the region right, and was its Terraform applied?"
        )
    service = runner.describe_service(ServiceArn=found[0]["ServiceArn"])["Service"]
    if "ImageRepository" not in service["SourceConfiguration"]:
        raise Refused(f"App Runner builds {name} from source code: a release is an image")
    memory = Memory(aws, request)
    return Place(aws, State(memory), memory, service)


def _services(aws: Aws) -> list[dict[str, Any]]:
    """All of a region; boto3 has no paginator for them."""
    found: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    while True:
        answer = aws.client("apprunner").list_services(**more)
        found += answer["ServiceSummaryList"]
        if "NextToken" not in answer:
            return found
        more = {"NextToken": answer["NextToken"]}


def busy(place: Place) -> str | None:
    """What App Runner is at, in words; None: nothing, a release can be put there."""
    status = place.service["Status"]
    if status == "RUNNING":
        return None
    if status != BUSY:
        return f"App Runner service {place.name} is {status}: it has to be RUNNING"
    return (
        f"App Runner service {place.name} is at an operation already ({_words(place)}), and does "
        "one at a time: run this again when that has ended"
    )


def run(place: Place, release: str, seconds: int) -> None:
    """Have the service run a release, and wait until App Runner says that it does.

    Asked for again while it is under way, it waits for that.

    Raises:
        Refused: App Runner went back by itself, somebody else is at it, or it takes too long.
    """
    kept, operation = place.kept(release), None
    if place.running != release:
        if problem := busy(place):
            raise Refused(problem)
        operation = _update(place, release, kept)
    settle(place, seconds, operation)
    if place.running != release:
        raise Refused(
            f"App Runner did not get release {release} well as {kept['image']}, and serves what "
            f"served before ({_words(place)}): why is in its logs"
        )


def _update(place: Place, release: str, kept: dict[str, Any]) -> str | None:
    """Id of the operation; None: it is the one that is under way."""
    try:
        answer = place.aws.client("apprunner").update_service(
            ServiceArn=place.service["ServiceArn"],
            SourceConfiguration=_source(place, release, kept),
        )
    except ClientError as error:
        if code_of(error) != "InvalidStateException":
            raise
        # A try whose answer was lost has begun it, and the next one meets that.
        place.refresh()
        if place.running != release:
            raise
        place.aws.did(f"apprunner:UpdateService {place.service['ServiceArn']}")
        return None
    return str(answer["OperationId"])


def settle(place: Place, seconds: int, operation: str | None = None) -> None:
    """Wait until App Runner is at nothing, and has done an operation.

    Raises:
        Refused: the time is over. App Runner goes on: nothing can stop an operation of it.
    """

    def look() -> str | None:
        place.refresh()
        if operation is not None:
            # What was begun a moment ago may not be shown yet.
            last = next(iter(place.operations()), {"Id": None})
            if last["Id"] != operation or last["Status"] not in DONE:
                return _words(place)
        return _words(place) if place.service["Status"] == BUSY else None

    words = wait(place.name, seconds, look)
    if words:
        raise Refused(
            f"App Runner service {place.name} is not ready after {seconds} s: {words}. Nothing "
            "can stop an operation of App Runner: it goes on by itself, and until it has ended "
            "nothing else can be done"
        )


def _source(place: Place, release: str, kept: dict[str, Any]) -> dict[str, Any]:
    """The service's source with the release in it. Variables that Terraform gave it stay."""
    source = copy.deepcopy(place.service["SourceConfiguration"])
    image = source["ImageRepository"]
    image |= {"ImageIdentifier": kept["image"], "ImageRepositoryType": "ECR"}
    about = image.setdefault("ImageConfiguration", {})
    ours = {
        name
        for each in place.state.document["releases"].values()
        for name in (*each["variables"], RELEASE)
    }
    variables = about.get("RuntimeEnvironmentVariables", {})
    others = {name: value for name, value in variables.items() if name not in ours}
    about["RuntimeEnvironmentVariables"] = {**others, **kept["variables"], RELEASE: release}
    # A digest stays what it is: nothing is deployed because somebody has pushed.
    source["AutoDeploymentsEnabled"] = False
    return source


def _words(place: Place) -> str:
    operation = next(iter(place.operations()), None)
    if operation is None:
        return "no operation is known"
    since = operation["UpdatedAt"].strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{operation['Type']} {operation['Id']}: {operation['Status']} since {since}"
