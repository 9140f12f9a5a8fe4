"""Where the demand model comes from: a file that the pipeline replaces while the API runs."""

from pathlib import Path

from kitchen_api.demand import MAX_BYTES, DemandModel, ModelUnavailableError, read_model


class ModelFile:
    """A model document on disk that may appear, change or vanish while the API runs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._loaded: DemandModel | ModelUnavailableError | None = None

    def load(self) -> DemandModel:
        """The model as it is on disk now, parsed only when the file has changed.

        Raises:
            ModelUnavailableError: absent, unreadable or refused by ``read_model``.
        """
        try:
            status = self._path.stat()
            stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
            if self._loaded is None or stamp != self._seen:
                self._loaded = _read(self._path)
                self._seen = stamp
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ModelUnavailableError(f"{self._path.name}: {reason}") from error
        if isinstance(self._loaded, ModelUnavailableError):
            raise ModelUnavailableError(str(self._loaded))
        return self._loaded

    def problem(self) -> str | None:
        """None when there is a model, otherwise why not."""
        try:
            self.load()
        except ModelUnavailableError as error:
            return f"model: {error}"
        return None


def _read(path: Path) -> DemandModel | ModelUnavailableError:
    with path.open("rb") as file:
        document = file.read(MAX_BYTES + 1)
    try:
        return read_model(document)
    except ModelUnavailableError as error:
        return error
