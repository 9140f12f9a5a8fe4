"""What orchestrators, rollouts and Prometheus ask."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from kitchen_api.context import Here
from kitchen_api.identity import version
from kitchen_api.schemas import Ready, Version

router = APIRouter(tags=["operations"])


@router.get("/healthz")
def read_health() -> dict[str, str]:
    """The process answers; says nothing about what it depends on."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"model": Ready}})
def read_readiness(here: Here, response: Response) -> Ready:
    """200 when orders and forecasts can be served, otherwise 503 with the reasons."""
    found = (here.database.problem(), here.model.problem())
    problems = [problem for problem in found if problem is not None]
    if problems:
        response.status_code = 503
    return Ready(ready=not problems, problems=problems)


@router.get("/version")
def read_version(here: Here) -> Version:
    """The release id and image digest of this process."""
    return version(here.settings)


@router.get("/metrics", include_in_schema=False)
def read_metrics(here: Here) -> Response:
    """All series in Prometheus' text format."""
    return Response(generate_latest(here.metrics.registry), media_type=CONTENT_TYPE_LATEST)
