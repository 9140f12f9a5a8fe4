"""Service deployments of ECS: blue/green, linear and canary, as ECS takes them from stage to stage.

Checked in November 2026 against ECS's developer guide (blue/green, linear and canary deployments,
pause hooks, stopping service deployments) and botocore's model. A minute of it is shorter here.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from calls import ACCOUNT
from contract import AwsError

REGION = "eu-central-1"
# Pauses are not possible where requests are being moved.
PAUSES = {
    *("RECONCILE_SERVICE", "PRE_SCALE_UP", "POST_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT"),
    *("PRE_PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT"),
}
# Seconds that requests have to end that were on their way.
DRAINING = 1
ALARMS = "Service deployment rolled back because alarms were detected."
GOING_ON = ("PENDING", "IN_PROGRESS")
OVER = ("SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED")


@dataclass
class Revision:
    """A service's configuration, and the tasks that run with it."""

    arn: str
    definition: str
    group: str
    created: float
    tasks: list[Any] = field(default_factory=list)

    @property
    def healthy(self) -> int:
        return sum(each.healthy for each in self.tasks)


@dataclass
class Deployment:
    """``weight``: percent of the requests for what it brings."""

    arn: str
    service: Any
    source: Revision | None
    target: Revision
    about: dict[str, Any]
    created: float
    status: str = "PENDING"
    stage: str = "PRE_SCALE_UP"
    weight: float = 0.0
    failed: int = 0
    since: float = 0.0
    """When it came to its stage"""
    shared: float = 0.0
    """When requests were moved last"""
    moved: bool = False
    """Whether the weight of the step is asked for"""
    hook: dict[str, Any] | None = None
    reason: str = ""
    finished: float | None = None

    @property
    def steps(self) -> list[float]:
        """All weights that it goes through."""
        strategy = self.about["strategy"]
        if strategy == "CANARY":
            first = self.about.get("canaryConfiguration", {}).get("canaryPercent", 5.0)
            return [first, 100.0]
        if strategy == "LINEAR":
            step = self.about.get("linearConfiguration", {}).get("stepPercent", 10.0)
            return [min(100.0, step * number) for number in range(1, int(-(-100 // step)) + 1)]
        return [100.0]

    @property
    def baked(self) -> float:
        """Minutes after the step that it is at."""
        keys = {
            "CANARY": ("canaryConfiguration", "canaryBakeTimeInMinutes", 10),
            "LINEAR": ("linearConfiguration", "stepBakeTimeInMinutes", 6),
        }
        outer, inner, usual = keys.get(self.about["strategy"], ("", "", 0))
        return float(self.about.get(outer, {}).get(inner, usual))


class ServiceDeployments:
    """Of all services whose strategy is not ROLLING. ``ecs``: starts and stops their tasks."""

    name = "ecs"
    operations = (
        *("ListServiceDeployments", "DescribeServiceDeployments", "DescribeServiceRevisions"),
        *("StopServiceDeployment", "ContinueServiceDeployment"),
    )

    def __init__(
        self, ecs: Any, share: Callable[[Any, dict[str, float]], None], minute: float
    ) -> None:
        self._ecs, self._share, self._minute = ecs, share, minute
        self._deployments: dict[str, Deployment] = {}
        self._revisions: dict[str, Revision] = {}
        self._hooks = 0

    def is_for(self, service: Any) -> bool:
        about = getattr(service, "deployment_configuration", None) or {}
        return about.get("strategy", "ROLLING") != "ROLLING"

    def begin(self, service: Any, forced: bool) -> None:
        """A service is to be something else from now on."""
        _must_be_possible(service)
        current = self.current(service)
        same = current and current.definition == service.task_definition
        if same and not forced:
            return
        if self._active(service):
            raise AwsError(
                "InvalidParameterException",
                "Unable to update the service while a service deployment is in progress.",
            )
        behind = service.load_balancers[0]
        both = (
            behind["targetGroupArn"],
            behind["advancedConfiguration"]["alternateTargetGroupArn"],
        )
        group = both[1] if current and current.group == both[0] else both[0]
        now, number = time.time(), len(self._deployments) + 1
        place = (
            f"arn:aws:ecs:{REGION}:{ACCOUNT}:%s/{service.cluster_name}/{service.name}/{number:019d}"
        )
        target = Revision(place % "service-revision", service.task_definition, group, now)
        self._revisions[target.arn] = target
        # A service without tasks has nobody whose requests could be shared.
        if current is None or not current.tasks:
            current = None
        made = Deployment(
            place % "service-deployment",
            *(service, current, target, dict(service.deployment_configuration), now),
        )
        self._deployments[made.arn] = made

    def current(self, service: Any) -> Revision | None:
        """What the service ran when no deployment was under way."""
        for each in reversed(self._of(service)):
            if each.status == "SUCCESSFUL":
                return each.target
        return None

    def targets(self, group: str) -> list[str]:
        """Addresses that get a target group's requests."""
        return [
            task.address
            for each in self._revisions.values()
            if each.group == group
            for task in each.tasks
            if task.healthy
        ]

    # Stages

    def step(self, service: Any) -> None:
        """Go on, as far as nothing has to be waited for."""
        active, current = self._active(service), self.current(service)
        for each in self._revisions.values():
            if each.arn.split("/")[-2] == service.name:
                lost = self._ecs.looked_at(service, each.tasks)
                if active and each is active.target:
                    active.failed += lost
        if active and active.status in GOING_ON:
            self._go_on(active)
        elif active:
            self._go_back(active)
        elif current:
            self._scale(service, current)
        self._write(service)

    def _go_on(self, now: Deployment) -> None:
        now.status = "IN_PROGRESS"
        if now.failed >= self._ecs.threshold(now.about):
            self._roll_back(
                now,
                "Service deployment rolled back because the circuit breaker threshold was exceeded.",
            )
            return
        if now.stage != "SCALE_UP" and self._ecs.hold("alarm"):
            self._roll_back(now, ALARMS)
            return
        before = None
        while before != (now.stage, now.weight, now.moved) and now.status in GOING_ON:
            if now.hook and not self._let_go(now):
                return
            before = (now.stage, now.weight, now.moved)
            getattr(self, f"_{now.stage.lower()}")(now)

    def _pre_scale_up(self, now: Deployment) -> None:
        self._next(now, "SCALE_UP")

    def _scale_up(self, now: Deployment) -> None:
        self._scale(now.service, now.target)
        enough = now.target.healthy >= now.service.desired_count
        if enough and not self._ecs.hold("never-ends"):
            self._ecs.balance()
            self._next(now, "POST_SCALE_UP")

    def _post_scale_up(self, now: Deployment) -> None:
        self._next(now, "TEST_TRAFFIC_SHIFT")

    def _test_traffic_shift(self, now: Deployment) -> None:
        # There is no test listener rule: this goes by.
        self._next(now, "POST_TEST_TRAFFIC_SHIFT")

    def _post_test_traffic_shift(self, now: Deployment) -> None:
        self._next(now, "PRODUCTION_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT")

    def _production_traffic_shift(self, now: Deployment) -> None:
        ahead = [each for each in now.steps if each > now.weight]
        baking = (
            now.moved and now.weight < 100 and time.time() - now.since < now.baked * self._minute
        )
        if baking:
            return
        if now.moved and ahead:
            now.moved = False
            self._next(now, "PRODUCTION_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT")
            return
        if not ahead:
            self._next(now, "POST_PRODUCTION_TRAFFIC_SHIFT")
            return
        self._shared(now, ahead[0])
        now.since, now.moved = time.time(), True

    def _post_production_traffic_shift(self, now: Deployment) -> None:
        self._next(now, "BAKE_TIME")

    def _bake_time(self, now: Deployment) -> None:
        if time.time() - now.since >= now.about.get("bakeTimeInMinutes", 0) * self._minute:
            self._next(now, "CLEAN_UP")

    def _clean_up(self, now: Deployment) -> None:
        if time.time() - now.shared < DRAINING:
            return
        if now.source:
            while now.source.tasks:
                self._ecs.stop_tasks(now.source.tasks)
        now.status, now.finished = "SUCCESSFUL", time.time()
        self._ecs.event(now.service, "has reached a steady state.")

    def _next(self, now: Deployment, stage: str, before: str = "") -> None:
        """To a stage, unless a hook says wait."""
        now.stage, now.since = stage, time.time()
        for each in now.about.get("lifecycleHooks", []):
            if (
                each.get("targetType") != "PAUSE"
                or (before or stage) not in each["lifecycleStages"]
            ):
                continue
            self._hooks += 1
            limit = each.get("timeoutConfiguration", {})
            now.hook = {
                "hookId": f"ecs-pause-{self._hooks:010d}",
                "targetType": "PAUSE",
                "status": "AWAITING_ACTION",
                "expiresAt": time.time() + limit.get("timeoutInMinutes", 1440) * self._minute,
                "timeoutAction": limit.get("action", "ROLLBACK"),
            }

    def _let_go(self, now: Deployment) -> bool:
        assert now.hook
        if now.hook["status"] == "AWAITING_ACTION" and time.time() > now.hook["expiresAt"]:
            if now.hook["timeoutAction"] == "ROLLBACK":
                self._roll_back(
                    now, "Service deployment rolled back because a lifecycle hook timed out."
                )
                return False
            now.hook["status"] = "TIMED_OUT"
        if now.hook["status"] == "AWAITING_ACTION":
            return False
        now.hook = None
        return True

    def _roll_back(self, now: Deployment, why: str) -> None:
        now.status, now.reason, now.hook, now.since = "ROLLBACK_IN_PROGRESS", why, None, time.time()
        self._ecs.event(now.service, f"(deployment {now.arn.rpartition('/')[2]}) {why}")
        if now.weight:
            self._shared(now, 0.0)

    def _go_back(self, now: Deployment) -> None:
        if now.status == "ROLLBACK_REQUESTED":
            self._roll_back(now, "Service deployment rolled back because of a stop request.")
            return
        if time.time() - now.shared < DRAINING:
            return
        while now.target.tasks:
            self._ecs.stop_tasks(now.target.tasks)
        if now.source:
            now.service.task_definition = now.source.definition
        now.status, now.finished = "ROLLBACK_SUCCESSFUL", time.time()

    def _shared(self, now: Deployment, weight: float) -> None:
        shares = {now.target.group: weight}
        if now.source:
            shares[now.source.group] = 100 - weight
        else:
            shares[now.target.group] = 100
        self._share(now.service, shares)
        now.weight, now.shared = weight, time.time()

    def _scale(self, service: Any, revision: Revision) -> None:
        if len(revision.tasks) < service.desired_count:
            revision.tasks.append(self._ecs.start_task(service, revision.definition))
        elif len(revision.tasks) > service.desired_count:
            self._ecs.stop_tasks(revision.tasks)

    # What is asked

    def _write(self, service: Any) -> None:
        active, current = self._active(service), self.current(service)
        revisions = [each for each in (current, active and active.target) if each]
        service.current_service_revisions = [
            {
                "arn": each.arn,
                "requestedTaskCount": service.desired_count,
                "runningTaskCount": len(each.tasks),
                "pendingTaskCount": 0,
            }
            for each in revisions
        ]
        deployments = self._of(service)
        service.current_service_deployment = deployments[-1].arn if deployments else None
        service.running_count = sum(len(each.tasks) for each in revisions)
        service.pending_count = 0

    def list_service_deployments(self, given: dict[str, Any]) -> dict[str, Any]:
        found = [
            each
            for each in list(self._deployments.values())
            if each.service.name == given["service"].rpartition("/")[2]
            and each.status in given.get("status", [each.status])
        ]
        return {
            "serviceDeployments": [
                {
                    **_times(each),
                    "serviceDeploymentArn": each.arn,
                    "serviceArn": each.service.arn,
                    "clusterArn": each.service.cluster_arn,
                    "targetServiceRevisionArn": each.target.arn,
                    "status": each.status,
                }
                for each in reversed(found[-given.get("maxResults", 20) :])
            ]
        }

    def describe_service_deployments(self, given: dict[str, Any]) -> dict[str, Any]:
        asked = given["serviceDeploymentArns"]
        found = [self._deployments[arn] for arn in asked if arn in self._deployments]
        missing = [arn for arn in asked if arn not in self._deployments]
        return {
            "serviceDeployments": [self._described(each) for each in found],
            "failures": [{"arn": arn, "reason": "MISSING"} for arn in missing],
        }

    def _described(self, each: Deployment) -> dict[str, Any]:
        went_back = each.status.startswith("ROLLBACK")
        threshold = self._ecs.threshold(each.about)
        breaker = "TRIGGERED" if each.failed >= threshold else "MONITORING"
        wanted = 0 if went_back or each.stage == "PRE_SCALE_UP" else each.service.desired_count
        return {
            **_times(each),
            "serviceDeploymentArn": each.arn,
            "serviceArn": each.service.arn,
            "clusterArn": each.service.cluster_arn,
            "status": each.status,
            "lifecycleStage": each.stage,
            "sourceServiceRevisions": (
                [self._summary(each.source, each.service.desired_count, 100 - each.weight)]
                if each.source
                else []
            ),
            "targetServiceRevision": self._summary(each.target, wanted, each.weight),
            "lifecycleHookDetails": [each.hook] if each.hook else [],
            "deploymentConfiguration": each.about,
            "deploymentCircuitBreaker": {
                **{"status": breaker, "failureCount": each.failed, "threshold": threshold},
            },
            **({"statusReason": each.reason} if each.reason else {}),
            **({"rollback": {"reason": each.reason, "startedAt": each.since}} if went_back else {}),
        }

    def _summary(self, revision: Revision, wanted: int, weight: float) -> dict[str, Any]:
        return {
            "arn": revision.arn,
            "requestedTaskCount": wanted,
            "runningTaskCount": len(revision.tasks),
            "pendingTaskCount": 0,
            "requestedTestTrafficWeight": 0.0,
            "requestedProductionTrafficWeight": float(weight),
        }

    def describe_service_revisions(self, given: dict[str, Any]) -> dict[str, Any]:
        found = [
            self._revisions[arn] for arn in given["serviceRevisionArns"] if arn in self._revisions
        ]
        return {
            "serviceRevisions": [
                {
                    "serviceRevisionArn": each.arn,
                    "taskDefinition": each.definition,
                    "launchType": "FARGATE",
                    "createdAt": each.created,
                    "resolvedConfiguration": {"loadBalancers": [{"targetGroupArn": each.group}]},
                }
                for each in found
            ],
            "failures": [],
        }

    def stop_service_deployment(self, given: dict[str, Any]) -> dict[str, Any]:
        now = self._known(given)
        if given.get("stopType", "ROLLBACK") != "ROLLBACK":
            raise AwsError("InvalidParameterException", "The stopType has to be ROLLBACK.")
        with self._ecs.lock:
            if now.status in OVER:
                raise AwsError("ConflictException", f"The service deployment is {now.status}.")
            if now.status in GOING_ON:
                now.status, now.hook = "ROLLBACK_REQUESTED", None
        return {"serviceDeploymentArn": now.arn}

    def continue_service_deployment(self, given: dict[str, Any]) -> dict[str, Any]:
        now = self._known(given)
        with self._ecs.lock:
            if self._ecs.hold("alarm", "ContinueServiceDeployment"):
                self._roll_back(now, ALARMS)
            hook = now.hook or {"hookId": None, "status": None}
            asked = hook["hookId"] == given["hookId"] and hook["status"] == "AWAITING_ACTION"
            if now.status != "IN_PROGRESS" or not asked:
                raise AwsError(
                    "InvalidParameterException",
                    f"The hook {given['hookId']} is not awaiting action.",
                )
            if given.get("action", "CONTINUE") == "ROLLBACK":
                now.status, now.hook = "ROLLBACK_REQUESTED", None
            else:
                hook["status"] = "SUCCEEDED"
        return {"serviceDeploymentArn": now.arn}

    def _known(self, given: dict[str, Any]) -> Deployment:
        found = self._deployments.get(given["serviceDeploymentArn"])
        if not found:
            raise AwsError("ServiceDeploymentNotFoundException", "There is no such deployment.")
        return found

    def _of(self, service: Any) -> list[Deployment]:
        return [each for each in list(self._deployments.values()) if each.service is service]

    def _active(self, service: Any) -> Deployment | None:
        return next((each for each in self._of(service) if each.status not in OVER), None)


def _must_be_possible(service: Any) -> None:
    """What ECS demands of such a service."""
    about = service.deployment_configuration
    behind = service.load_balancers[0] if service.load_balancers else {}
    advanced = behind.get("advancedConfiguration", {})
    percent = about.get("canaryConfiguration", {}).get("canaryPercent", 5.0)
    step = about.get("linearConfiguration", {}).get("stepPercent", 10.0)
    wrong = [
        words
        for words, is_wrong in {
            "advancedConfiguration.alternateTargetGroupArn is needed": not advanced.get(
                "alternateTargetGroupArn"
            ),
            "advancedConfiguration.productionListenerRule is needed": not advanced.get(
                "productionListenerRule"
            ),
            "advancedConfiguration.roleArn is needed": not advanced.get("roleArn"),
            "bakeTimeInMinutes is needed": "bakeTimeInMinutes" not in about
            and about["strategy"] == "BLUE_GREEN",
            "bakeTimeInMinutes has to be 0 to 1440": not 0
            <= about.get("bakeTimeInMinutes", 0)
            <= 1440,
            "canaryPercent has to be 0.1 to 100": not 0.1 <= percent <= 100,
            "stepPercent has to be 3 to 100": not 3 <= step <= 100,
            "canaryConfiguration is of CANARY only": "canaryConfiguration" in about
            and about["strategy"] != "CANARY",
            "linearConfiguration is of LINEAR only": "linearConfiguration" in about
            and about["strategy"] != "LINEAR",
            "PAUSE hooks cannot be there": any(
                each.get("targetType") == "PAUSE" and not PAUSES.issuperset(each["lifecycleStages"])
                for each in about.get("lifecycleHooks", [])
            ),
        }.items()
        if is_wrong
    ]
    if wrong:
        raise AwsError("InvalidParameterException", f"{service.name}: {'; '.join(wrong)}")


def _times(each: Deployment) -> dict[str, Any]:
    found: dict[str, Any] = {"createdAt": each.created, "startedAt": each.created}
    return {**found, "finishedAt": each.finished} if each.finished else found
