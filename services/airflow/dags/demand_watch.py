"""Watch the published demand model: does it still beat the baseline on the days since then?"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from airflow.sdk import dag, get_current_context, task

DEFAULT_ARGS = {
    "owner": "kitchen-data",
    "retries": 1,
    "retry_delay": timedelta(minutes=10),
    "execution_timeout": timedelta(minutes=15),
}


@task
def prepare() -> str:
    """Ingest, clean and count the orders of today's export."""
    from kitchen_demand.places import places
    from kitchen_demand.stages import clean_stage, features_stage, ingest_stage

    context = get_current_context()
    run = places().run(context["dag"].dag_id, context["run_id"])
    raw = ingest_stage(places().source, run)
    return str(features_stage(clean_stage(raw, run), run))


@task(retries=0)
def judge(hours: str) -> dict[str, float]:
    """Fail when the model that is served has become worse than the baseline."""
    from kitchen_demand.places import places
    from kitchen_demand.publish import CURRENT
    from kitchen_demand.stages import watch_stage

    return watch_stage(places().models / CURRENT, Path(hours))


@dag(
    dag_id="demand_watch",
    schedule="0 9 * * 1",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["demand", "monitoring"],
    doc_md="""
### Demand watch

Every Monday: judges the model that is served by the hours after its training data. A failed
`judge` means that customers' habits have changed: look at the last runs of `demand_model`.
""",
)
def demand_watch() -> None:
    """The weekly judgement."""
    # While the file is parsed this is a reference to a result; a task receives the string itself.
    judge(cast(str, prepare()))


demand_watch()
