"""Which release this process is: asked at every step of a rollout."""

from pathlib import Path

from kitchen_api import __version__
from kitchen_api.schemas import Version
from kitchen_api.settings import Settings


def version(settings: Settings) -> Version:
    """Release id and image digest; each is None when the deployment did not say."""
    return Version(
        version=__version__,
        release_id=settings.release_id or _first_line(settings.release_id_file),
        image_digest=settings.image_digest or _first_line(settings.image_digest_file),
    )


def _first_line(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    return lines[0].strip() or None if lines else None
