"""Settings, read from the environment with the prefix ``KITCHEN_API_``."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What a deployment decides; everything else is in the code.

    ``release_id`` and ``image_digest`` win over their ``*_file`` twins. The files exist for
    platforms that can mount a value but cannot know it when the container is defined. The file of
    the database's address wins over the address, which has a default: it holds a password, and
    files are not shown by whoever lists containers.
    """

    model_config = SettingsConfigDict(env_prefix="KITCHEN_API_", frozen=True, extra="forbid")

    database_url: SecretStr = Field(
        default=SecretStr("sqlite:///kitchen.db"),
        description="SQLAlchemy address, e.g. postgresql+psycopg://kitchen@db/kitchen.",
    )
    database_url_file: Path | None = None
    migrate: bool = Field(
        default=True,
        description="Bring the schema to this version at the start; off where deployments do it.",
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

    def url(self) -> str:
        """The database's address, from its file when there is one.

        Raises:
            OSError: the file cannot be read.
        """
        if self.database_url_file is not None:
            return self.database_url_file.read_text(encoding="utf-8").strip()
        return self.database_url.get_secret_value()
