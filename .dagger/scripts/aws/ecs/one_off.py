"""A task that runs once: migrations."""

from typing import Any

from access import Aws
from ecs.logs import of_task
from ecs.place import Place, Slot
from refused import Refused
from waiting import wait


def run(aws: Aws, place: Place, slot: Slot, task_definition: str, what: str, seconds: int) -> None:
    """Run a task definition, where the service's tasks run, to the end of the service's container.

    Raises:
        Refused: it did not end well, or not in time; with the last lines that it wrote.
    """
    ecs, cluster = aws.client("ecs"), place.cluster
    like = slot.service
    answer = ecs.run_task(
        cluster=cluster,
        taskDefinition=task_definition,
        startedBy="kitchen-migration",
        count=1,
        **{
            key: like[key]
            for key in ("launchType", "networkConfiguration", "platformVersion")
            if like.get(key)
        },
    )
    if not answer["tasks"]:
        why = ", ".join(each.get("reason", "no reason given") for each in answer["failures"])
        raise Refused(f"{what}: ECS does not start a task for it: {why}")
    arn = answer["tasks"][0]["taskArn"]
    last: dict[str, Any] = {}

    def look() -> str | None:
        nonlocal last
        tasks = ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"]
        # A task that was just started is not known everywhere at once.
        last = tasks[0] if tasks else last
        status = last.get("lastStatus", "PENDING")
        return None if status == "STOPPED" else f"the task is {status}"

    what = f"{what} in {task_definition.rsplit('/', 1)[-1]}"
    words = wait(what, seconds, look)
    if words:
        ecs.stop_task(cluster=cluster, task=arn, reason=f"not done after {seconds} s")
        raise Refused(f"{what} did not end within {seconds} s: {words}{of_task(aws, last)}")
    about = next(each for each in last["containers"] if each["name"] == slot.container)
    code = about.get("exitCode")
    if code != 0:
        ended = "did not start" if code is None else f"exit code {code}"
        why = f" ({about['reason']})" if about.get("reason") else ""
        raise Refused(f"{what}: {ended}{why}{of_task(aws, last)}")
