"""The application: routes, error answers and start-up put together."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool

from kitchen_api import __version__
from kitchen_api.context import Context
from kitchen_api.database import Database
from kitchen_api.demand import ModelUnavailableError
from kitchen_api.identity import version
from kitchen_api.menu import UnknownDishError
from kitchen_api.metrics import MeasureRequests, Metrics
from kitchen_api.model_file import ModelFile
from kitchen_api.orders import OrderNotFoundError, TransitionError
from kitchen_api.routes import forecast, operations, orders
from kitchen_api.schemas import Problem
from kitchen_api.settings import Settings

logger = logging.getLogger("uvicorn.error")

STATUS: dict[type[Exception], int] = {
    OrderNotFoundError: 404,
    TransitionError: 409,
    UnknownDishError: 422,
    ModelUnavailableError: 503,
}
"""Which of the product's own errors is which HTTP status; the message becomes ``detail``."""

REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem} for status in sorted({400, 422, *STATUS.values()})
}
"""What every route may answer instead, for the OpenAPI schema."""


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


def create_app(
    settings: Settings | None = None, clock: Callable[[], datetime] = utc_now
) -> FastAPI:
    """An application of its own: own settings, own connections, own metrics."""
    chosen = settings or Settings()
    context = Context(
        settings=chosen,
        database=Database(chosen.url(), chosen.migrate),
        model=ModelFile(chosen.model_path),
        metrics=Metrics(),
        clock=clock,
    )
    app = FastAPI(title="Kitchen", version=__version__, lifespan=_lifespan, responses=REFUSALS)
    app.state.context = context
    _announce_release(context)
    for router in (orders.router, forecast.router, operations.router):
        app.include_router(router)
    for error, status in STATUS.items():
        app.add_exception_handler(error, _answer(status))
    app.add_exception_handler(OperationalError, _database_down)
    app.add_middleware(MeasureRequests, metrics=context.metrics)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    context: Context = app.state.context
    # A database that is still starting is no reason to die: /readyz says so and tries again.
    problem = await run_in_threadpool(context.database.problem)
    if problem is not None:
        logger.warning("not ready yet: %s", problem)
    yield
    await run_in_threadpool(context.database.dispose)


def _announce_release(context: Context) -> None:
    served = version(context.settings)
    context.metrics.release.labels(
        served.version, served.release_id or "", served.image_digest or ""
    ).set(1)


def _answer(status: int) -> Callable[[Request, Exception], JSONResponse]:
    def answer(_: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, status_code=status)

    return answer


def _database_down(_: Request, __: Exception) -> JSONResponse:
    # The driver's message names hosts and users, so it stays in the log.
    return JSONResponse({"detail": "the database does not answer"}, status_code=503)
