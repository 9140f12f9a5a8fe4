"""Deployments of an ECS service, which ECS takes from stage to stage by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from access import Aws
from botocore.exceptions import ClientError
from ecs.logs import last_lines
from ecs.pause import PAUSE, own
from ecs.place import Place
from ecs.steady import described as service_now
from ecs.steady import event, targets
from problems import code_of
from refused import Refused
from waiting import wait

GOING_ON = ["PENDING", "IN_PROGRESS"]
GOING_BACK = ["STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"]


@dataclass(frozen=True)
class Deployment:
    """``about`` is as DescribeServiceDeployments gives it."""

    about: dict[str, Any]
    definition: str
    """ARN of the task definition that it brings"""

    @property
    def arn(self) -> str:
        return str(self.about["serviceDeploymentArn"])

    @property
    def weight(self) -> float:
        """Percent of the requests for what it brings, as ECS has asked for it."""
        target = self.about["targetServiceRevision"]
        return float(target.get("requestedProductionTrafficWeight", 0))

    @property
    def paused(self) -> str | None:
        """Id of the pause that it waits at."""
        for each in self.about.get("lifecycleHookDetails", []):
            if each.get("targetType") == "PAUSE" and each["status"] == "AWAITING_ACTION":
                return str(each["hookId"])
        return None

    @property
    def under_way(self) -> bool:
        return self.about["status"] in (*GOING_ON, *GOING_BACK)

    @property
    def went_back(self) -> str | None:
        """Why ECS goes back to what ran before, or has; None: it does not."""
        status = self.about["status"]
        if status in (*GOING_ON, "SUCCESSFUL"):
            return None
        alarms = self.about.get("alarms", {}).get("triggeredAlarmNames", [])
        why = self.about.get("rollback", {}).get("reason") or self.about.get("statusReason")
        which = f" ({', '.join(alarms)})" if alarms else ""
        return f"ECS went back to what ran before ({status}): {why or 'no reason given'}{which}"

    @property
    def ahead(self) -> list[int]:
        """The weights that are to come, by the strategy that it was begun with."""
        about = self.about["deploymentConfiguration"]
        steps: list[float] = []
        if about["strategy"] == "CANARY":
            steps = [about["canaryConfiguration"]["canaryPercent"]]
        if about["strategy"] == "LINEAR":
            step = about["linearConfiguration"]["stepPercent"]
            steps = [step * number for number in range(1, int(100 // step) + 1)]
        return [round(each) for each in dict.fromkeys([*steps, 100]) if each > self.weight]

    def __str__(self) -> str:
        target = self.about["targetServiceRevision"]
        run, wanted = (target.get(f"{each}TaskCount", 0) for each in ("running", "requested"))
        stage = self.about.get("lifecycleStage") or "not begun"
        where = f"{self.about['status']}, {'paused' if self.paused else stage}"
        return f"{where}: {run} of {wanted} tasks run, {self.weight:g} % of the requests"


def begin(
    aws: Aws, place: Place, definition: str, tasks: int, plan: dict[str, Any] | None
) -> Deployment:
    """Have ECS deploy a task definition.

    Args:
        plan: by which ECS raises the weight, with a pause before each step; None: at once
    """
    service = place.services[0]
    name = service["serviceName"]
    try:
        aws.client("ecs").update_service(
            cluster=place.cluster,
            service=name,
            taskDefinition=definition,
            desiredCount=tasks,
            deploymentConfiguration=_configuration(
                service.get("deploymentConfiguration", {}), plan
            ),
            # The same task definition as before, which went back, is to be deployed, too.
            forceNewDeployment=True,
        )
    except ClientError as error:
        # A try whose answer was lost has begun it, and the next one meets that.
        now = under_way(aws, place) if code_of(error) == "InvalidParameterException" else None
        if not now or now.definition != definition:
            raise
        aws.did(f"ecs:UpdateService {name}")
        return now
    found: list[Deployment] = []

    def look() -> str | None:
        # What was begun a moment ago may not be shown yet.
        now = under_way(aws, place)
        found[:] = [now] if now and now.definition == definition else []
        return None if found else f"ECS has not begun to deploy {definition}"

    words = wait(name, 60, look)
    if words:
        raise Refused(f"{name}: {words} after 60 s")
    return found[0]


def under_way(aws: Aws, place: Place) -> Deployment | None:
    """The deployment that has not ended."""
    listed = aws.client("ecs").list_service_deployments(
        cluster=place.cluster,
        service=place.services[0]["serviceName"],
        status=[*GOING_ON, *GOING_BACK],
    )["serviceDeployments"]
    if not listed:
        return None
    return described(aws, max(listed, key=lambda each: each["createdAt"])["serviceDeploymentArn"])


def described(aws: Aws, arn: str) -> Deployment | None:
    """A deployment as it is now; None: ECS does not know it any more."""
    ecs = aws.client("ecs")
    found = ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"]
    if not found:
        return None
    revision = found[0]["targetServiceRevision"]["arn"]
    answer = ecs.describe_service_revisions(serviceRevisionArns=[revision])
    return Deployment(found[0], answer["serviceRevisions"][0]["taskDefinition"])


def until(
    aws: Aws,
    place: Place,
    deployment: Deployment,
    done: Callable[[Deployment], bool],
    what: str,
    seconds: int,
    group: str | None = None,
) -> Deployment:
    """Wait for a deployment to be so far.

    Args:
        what: it is to be, in words
        group: ARN of the target group whose targets are shown when it takes too long

    Raises:
        Refused: ECS has gone back (`must_go_on`), or the time is over; with the last event that ECS
            gave, and the last lines of a task.
    """
    name = place.services[0]["serviceName"]
    last = [deployment]

    def look() -> str | None:
        last[0] = described(aws, deployment.arn) or last[0]
        if done(last[0]):
            return None
        must_go_on(aws, place, last[0])
        return f"{last[0]}{event(service_now(aws, place.cluster, name))}"

    words = wait(name, seconds, look)
    if words:
        raise Refused(
            f"{name} is not {what} after {seconds} s: {words}"
            f"{targets(aws, group)}{last_lines(aws, place.cluster, name)}"
        )
    return last[0]


def must_go_on(aws: Aws, place: Place, deployment: Deployment) -> None:
    """
    Raises:
        Refused: ECS has gone back; with the last event that it gave, and the last lines of a task.
    """
    if deployment.went_back:
        name = place.services[0]["serviceName"]
        raise Refused(
            f"{name}: {deployment.went_back}{event(service_now(aws, place.cluster, name))}"
            f"{last_lines(aws, place.cluster, name)}"
        )


def go_on(aws: Aws, place: Place, deployment: Deployment, pause: str) -> None:
    """Let ECS make the next change of the weights.

    Raises:
        Refused: it has gone back meanwhile.
    """
    try:
        aws.client("ecs").continue_service_deployment(
            serviceDeploymentArn=deployment.arn, hookId=pause, action="CONTINUE"
        )
    except ClientError as error:
        if code_of(error) != "InvalidParameterException":
            raise
        now = described(aws, deployment.arn) or deployment
        must_go_on(aws, place, now)
        # A try whose answer was lost has ended the pause, and the next one meets that.
        if now.paused == pause:
            raise
        aws.did("ecs:ContinueServiceDeployment")


def stop(aws: Aws, place: Place, deployment: Deployment, seconds: int) -> None:
    """Have ECS go back to what ran before, and wait until it has. What has come to its last stage
    is waited for.

    Raises:
        Refused: it takes too long, or ECS could not.
    """
    going_on = deployment.about["status"] in GOING_ON
    if going_on and deployment.about.get("lifecycleStage") != "CLEAN_UP":
        try:
            aws.client("ecs").stop_service_deployment(
                serviceDeploymentArn=deployment.arn, stopType="ROLLBACK"
            )
        except ClientError as error:
            # It has ended between two questions.
            if code_of(error) != "ConflictException":
                raise
    name, last = place.services[0]["serviceName"], deployment

    def look() -> str | None:
        nonlocal last
        last = described(aws, deployment.arn) or last
        return f"{last}" if last.under_way else None

    words = wait(name, seconds, look)
    if words:
        raise Refused(f"{name}: ECS has not gone back after {seconds} s: {words}")
    if last.about["status"] in ("ROLLBACK_FAILED", "STOPPED"):
        raise Refused(f"{name}: {last.went_back}")


def _configuration(about: dict[str, Any], plan: dict[str, Any] | None) -> dict[str, Any]:
    """How ECS is to deploy. What Terraform says of failures, and hooks of others, stay."""
    keys = ("deploymentCircuitBreaker", "alarms", "maximumPercent", "minimumHealthyPercent")
    kept = {key: about[key] for key in keys if key in about}
    hooks = [each for each in about.get("lifecycleHooks", []) if not own(each)]
    if plan is None:
        at_once = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0}
        return {**kept, **at_once, "lifecycleHooks": hooks}
    # How long a step takes is the rollout's to say: ECS waits at the pause after it.
    canary = {"canaryPercent": plan["percent"], "canaryBakeTimeInMinutes": 0}
    linear = {"stepPercent": plan["percent"], "stepBakeTimeInMinutes": 0}
    steps = {
        "canary": {"strategy": "CANARY", "canaryConfiguration": canary},
        "linear": {"strategy": "LINEAR", "linearConfiguration": linear},
    }[plan["strategy"]]
    return {
        **kept,
        **steps,
        "bakeTimeInMinutes": plan["bakeMinutes"],
        "lifecycleHooks": [*hooks, PAUSE],
    }
