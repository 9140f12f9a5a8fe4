"""What every route needs, made once per application."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, cast

from fastapi import Depends, Request

from kitchen_api.database import Database
from kitchen_api.metrics import Metrics
from kitchen_api.model_file import ModelFile
from kitchen_api.settings import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """Settings, the outside world, and the time as an argument."""

    settings: Settings
    database: Database
    model: ModelFile
    metrics: Metrics
    clock: Callable[[], datetime]


def _context(request: Request) -> Context:
    return cast(Context, request.app.state.context)


Here = Annotated[Context, Depends(_context)]
