"""Ingest: what is read, and what is refused."""

import hashlib
from pathlib import Path

import pytest
from conftest import SAMPLE
from frames import ROW

from kitchen_demand.raw import COLUMNS, BadDataError, read_raw, sha256

HEADER = ",".join(COLUMNS)
LINE = ",".join(ROW.values())


def test_everything_is_read_as_text() -> None:
    frame = read_raw(SAMPLE)
    assert tuple(frame.columns) == COLUMNS
    assert len(frame) == len(SAMPLE.read_text(encoding="utf-8").splitlines()) - 1
    assert all(isinstance(value, str) for value in frame.iloc[0])


def test_columns_of_others_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(f"{HEADER},tip\n{LINE},3\n", encoding="utf-8")
    assert read_raw(path).to_dict("records") == [ROW]


def test_words_that_pandas_takes_for_missing_stay_words(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(f"{HEADER}\n{LINE.replace('ramen', 'NA')}\n", encoding="utf-8")
    assert read_raw(path)["dish"].tolist() == ["NA"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"^orders.csv: there is no such file$"),
        (b"", r"^orders.csv: the file is empty$"),
        (f"{HEADER}\n".encode(), r"^orders.csv: a header, but no order$"),
        (b"order_id,dish\n1,dal\n", r"^orders.csv: no column placed_at, channel, quantity, promo"),
        (f"{HEADER}\n".encode() + b"\xff\xfe,\xff\n", r"^orders.csv: no CSV in UTF-8: "),
        (f'{HEADER}\n"{LINE}\n'.encode(), r"^orders.csv: no CSV in UTF-8: "),
    ],
)
def test_what_is_no_export(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "orders.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadDataError, match=message):
        read_raw(path)


def test_digest() -> None:
    assert sha256(SAMPLE) == hashlib.sha256(SAMPLE.read_bytes()).hexdigest()
