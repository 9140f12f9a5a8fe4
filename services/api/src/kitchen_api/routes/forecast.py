"""Demand of the coming hours."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from kitchen_api.context import Here
from kitchen_api.schemas import Forecast, ForecastHour

router = APIRouter(tags=["forecast"])


@router.get("/forecast")
def read_forecast(
    here: Here,
    start: AwareDatetime | None = None,
    hours: Annotated[int, Query(ge=1, le=168)] = 24,
    promotion: bool = False,
) -> Forecast:
    """Expected orders per hour from ``start`` (default: now) on; 503 without a model."""
    model = here.model.load()
    found = model.forecast(start or here.clock(), hours, promotion)
    return Forecast(
        model=model.digest,
        trained_through=model.trained_through,
        hours=[ForecastHour(start=at, orders=round(orders, 3)) for at, orders in found],
        total=round(sum(orders for _, orders in found), 3),
    )
