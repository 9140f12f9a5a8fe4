"""The DAGs of Airflow's own image, with the image's digest as their version.

This file is put into Airflow's containers (``config`` below its home is on Airflow's path), so that
every image of Airflow 3 can say which DAGs it runs.
"""

import os
from pathlib import Path

from airflow import settings
from airflow.dag_processing.bundles.base import BaseDagBundle

VERSION_FILE = Path("/kitchen/image-digest")
VERSION = "KITCHEN_IMAGE_DIGEST"
"""Variable with the same, where nobody can put a file into a container."""


class ReleaseBundle(BaseDagBundle):
    """There is one version: the image's. Runs are not held to the one that they began with."""

    supports_versioning = True

    def get_current_version(self) -> str:
        return os.environ.get(VERSION) or VERSION_FILE.read_text(encoding="utf-8").strip()

    def refresh(self) -> None:
        """An image does not change."""

    @property
    def path(self) -> Path:
        return Path(settings.DAGS_FOLDER)
