"""Ingest: an export of orders, read as it is and refused when it is no such export.

Shape of the raw frame: one row per line of the file, every column a string, columns ``COLUMNS``.
"""

import hashlib
from pathlib import Path

import pandas as pd

COLUMNS = ("order_id", "placed_at", "channel", "dish", "quantity", "promotion")


class BadDataError(ValueError):
    """Data that must not go on; the message says which, where, and what was found."""


def read_raw(path: Path) -> pd.DataFrame:
    """The export at ``path`` as strings; an empty field is the empty string.

    Raises:
        BadDataError: no such file, no UTF-8 CSV, columns missing, or no rows.
    """
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, na_filter=False)
    except FileNotFoundError as error:
        raise BadDataError(f"{path.name}: there is no such file") from error
    except pd.errors.EmptyDataError as error:
        raise BadDataError(f"{path.name}: the file is empty") from error
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        raise BadDataError(f"{path.name}: no CSV in UTF-8: {error}") from error
    missing = [column for column in COLUMNS if column not in frame.columns]
    if missing:
        found = ", ".join(map(str, frame.columns))
        raise BadDataError(f"{path.name}: no column {', '.join(missing)}; it has: {found}")
    if frame.empty:
        raise BadDataError(f"{path.name}: a header, but no order")
    return frame[list(COLUMNS)]


def sha256(path: Path) -> str:
    """The hex digest of a file's bytes: which data a model was trained on."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
