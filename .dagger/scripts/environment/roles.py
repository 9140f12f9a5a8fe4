"""The containers that an environment is made of."""

import json
from pathlib import Path
from typing import Any

from edge import SLOTS
from spec import Container, File

DATABASES = ("service", "airflow")
AIRFLOW_PARTS = {
    "airflow-api": ["api-server", "--port", "8080"],
    "airflow-scheduler": ["scheduler"],
    "airflow-dags": ["dag-processor"],
}
AIRFLOW_PORT = 8080
OPERATOR = "kitchen"


def database(project: str, image: str, secrets: dict[str, str]) -> Container:
    """PostgreSQL with a database and a user for each who needs one."""
    sql = "".join(
        f"CREATE ROLE {name} LOGIN PASSWORD '{secrets[name]}';\n"
        f"CREATE DATABASE {name} OWNER {name};\n"
        for name in DATABASES
    )
    return Container(
        name=f"{project}-database",
        image=image,
        env={"POSTGRES_PASSWORD_FILE": "/kitchen/password"},
        # Read by the image's own user, whose number only the image knows.
        files=(
            _file("password", secrets["database"]),
            File("/docker-entrypoint-initdb.d/kitchen.sql", sql),
        ),
        volumes={"/var/lib/postgresql/data": f"{project}-database"},
        network=project,
        aliases=("database",),
        labels={"kitchen.role": "database"},
        stop_seconds=60,
    )


def service(
    project: str, slot: str, deployment: dict[str, Any], secrets: dict[str, str]
) -> Container:
    """The service in one slot."""
    about = deployment["service"]
    owner = about["owner"]
    return Container(
        name=f"{project}-service-{slot}",
        image=about["image"],
        env=about["env"],
        files=(
            _file("database-url", _database_url("service", secrets), 0o400, owner),
            _file("release-id", deployment["release"]["id"]),
            _file("image-digest", _digest(about["image"])),
        ),
        volumes={about["models"]: f"{project}-models"},
        read_only=(f"{project}-models",),
        network=project,
        aliases=(f"service-{slot}",),
        labels={
            "kitchen.role": "service",
            "kitchen.slot": slot,
            "kitchen.release": deployment["release"]["id"],
        },
        stop_seconds=30,
    )


def airflow(
    project: str, deployment: dict[str, Any], secrets: dict[str, str], address: str
) -> list[Container]:
    """Airflow's parts, all from the release's image."""
    about = deployment["airflow"]
    owner, home = about["owner"], about["home"]
    bundle = Path(__file__).with_name("release_bundle.py").read_text(encoding="utf-8")
    bundles = [{"name": "release", "classpath": "release_bundle.ReleaseBundle", "kwargs": {}}]
    settings = {
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://airflow:{AIRFLOW_PORT}/execution/",
        "AIRFLOW__CORE__FERNET_KEY_CMD": "cat /kitchen/fernet-key",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{OPERATOR}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": "/kitchen/passwords.json",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD": "cat /kitchen/database-url",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC_CMD": "cat /kitchen/database-url",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY_CMD": "cat /kitchen/session-key",
        "AIRFLOW__API_AUTH__JWT_SECRET_CMD": "cat /kitchen/jwt-secret",
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles),
        "AIRFLOW__DAG_PROCESSOR__DISABLE_BUNDLE_VERSIONING": "True",
        "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "2",
    }
    secret = {
        "database-url": _database_url("airflow", secrets),
        "fernet-key": secrets["fernet"],
        "jwt-secret": secrets["jwt"],
        "session-key": secrets["session"],
    }
    passwords = json.dumps({OPERATOR: secrets["operator"]})
    return [
        Container(
            name=f"{project}-{name}",
            image=about["image"],
            command=command,
            env={**settings, **about["env"]},
            files=(
                *(_file(each, text, 0o400, owner) for each, text in secret.items()),
                # Airflow opens it to write, and does not need to.
                _file("passwords.json", passwords, 0o600, owner),
                _file("image-digest", _digest(about["image"])),
                File(f"{home}/config/release_bundle.py", bundle, folder=f"{home}/config"),
            ),
            volumes={
                about["models"]: f"{project}-models",
                f"{home}/logs": f"{project}-airflow-logs",
                about["runs"]: f"{project}-airflow-runs",
            },
            ports={AIRFLOW_PORT: address} if name == "airflow-api" and address else {},
            network=project,
            aliases=("airflow",) if name == "airflow-api" else (),
            labels={"kitchen.role": name},
            stop_seconds=60,
        )
        for name, command in AIRFLOW_PARTS.items()
    ]


def names(project: str) -> list[str]:
    """All containers, in the order in which they are stopped."""
    parts = ["edge", *(f"service-{slot}" for slot in SLOTS), *AIRFLOW_PARTS, "database", "state"]
    return [f"{project}-{part}" for part in parts]


def _file(name: str, content: str, mode: int = 0o444, owner: int = 0) -> File:
    return File(f"/kitchen/{name}", content, mode, owner, "/kitchen")


def _database_url(name: str, secrets: dict[str, str]) -> str:
    return f"postgresql+psycopg://{name}:{secrets[name]}@database:5432/{name}"


def _digest(image: str) -> str:
    return image.split("@")[1]
