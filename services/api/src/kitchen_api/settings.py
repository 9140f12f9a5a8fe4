"""Settings, read from the environment with the prefix ``KITCHEN_API_``."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What a deployment decides; everything else is in the code.

    ``release_id`` and ``image_digest`` win over their ``*_file`` twins. The files exist for
    platforms that can mount a value but cannot know it when the container is defined.
    """

    model_config = SettingsConfigDict(env_prefix="KITCHEN_API_", frozen=True, extra="forbid")

    database_url: SecretStr = Field(
        default=SecretStr("sqlite:///kitchen.db"),
        description="SQLAlchemy address, e.g. postgresql+psycopg://kitchen@db/kitchen.",
    )
    model_path: Path = Field(
        default=Path("model/demand.json"),
        description="The published demand model; may appear or change while the API runs.",
    )
    stations: int = Field(default=4, ge=1, le=100, description="Orders cooked at the same time.")
    release_id: str | None = None
    release_id_file: Path | None = None
    image_digest: str | None = None
    image_digest_file: Path | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    log_level: str = Field(default="info", pattern="^(critical|error|warning|info|debug|trace)$")
