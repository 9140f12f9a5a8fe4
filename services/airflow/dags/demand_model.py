"""Train the demand model every night and publish it when it is worth it."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from airflow.sdk import Asset, dag, get_current_context, task

MODEL = Asset("kitchen-demand-model", uri="kitchen://models/demand")

DEFAULT_ARGS = {
    "owner": "kitchen-data",
    "retries": 2,
    "retry_delay": timedelta(minutes=5),
    "execution_timeout": timedelta(minutes=30),
}


def run_folder() -> Path:
    """This run's own folder."""
    from kitchen_demand.places import places

    context = get_current_context()
    return places().run(context["dag"].dag_id, context["run_id"])


@task
def ingest() -> str:
    """Copy the export of orders into the run's folder; refuse what is no export."""
    from kitchen_demand.places import places
    from kitchen_demand.stages import ingest_stage

    return str(ingest_stage(places().source, run_folder()))


@task
def clean(raw: str) -> str:
    """Keep the rows that can be trusted; refuse an export that has too few of them."""
    from kitchen_demand.stages import clean_stage

    return str(clean_stage(Path(raw), run_folder()))


@task
def features(cleaned: str) -> str:
    """Count orders per opening hour."""
    from kitchen_demand.stages import features_stage

    return str(features_stage(Path(cleaned), run_folder()))


@task
def train(hours: str, raw: str) -> str:
    """Fit the model on the earlier days."""
    from kitchen_demand.stages import train_stage

    return str(train_stage(Path(hours), Path(raw), run_folder()))


@task(retries=0)
def evaluate(model: str, hours: str) -> str:
    """Compare with the baseline on the later days; a worse model ends the run here, at once."""
    from kitchen_demand.stages import evaluate_stage

    return str(evaluate_stage(Path(model), Path(hours), run_folder()))


@task(outlets=[MODEL])
def publish(evaluated: str) -> str:
    """Put the model where the API reads it; returns its SHA-256."""
    from kitchen_demand.places import places
    from kitchen_demand.stages import publish_stage

    return publish_stage(Path(evaluated), places().models)


@dag(
    dag_id="demand_model",
    schedule="30 2 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["demand", "training"],
    doc_md="""
### Demand model

`ingest → clean → features → train → evaluate → publish`, every night after closing.

| a run ends in | because | do |
|---|---|---|
| `ingest`, `clean` | the export is missing, or too many rows are unusable | ask its source |
| `evaluate` | the model is not better than the mean per hour of the day | the old one stays |

Every run keeps its files in a folder of its own below `KITCHEN_DEMAND_RUNS`; published models
are kept by digest below `KITCHEN_DEMAND_MODELS/versions`.
""",
)
def demand_model() -> None:
    """The nightly pipeline."""
    # While the file is parsed these are references to results; a task receives the string itself.
    raw = cast(str, ingest())
    hours = cast(str, features(cast(str, clean(raw))))
    model = cast(str, train(hours, raw))
    publish(cast(str, evaluate(model, hours)))


demand_model()
