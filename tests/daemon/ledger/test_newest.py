"""The number of the newest segment beside the database: kept whole, and nothing but digits counts."""

from pathlib import Path

import pytest

from custodyd.ledger import newest


def test_a_number_is_kept_and_read_back(tmp_path: Path) -> None:
    assert newest.read(tmp_path) == 0
    for number in (1, 17):
        newest.keep(tmp_path, number)
        assert newest.read(tmp_path) == number
    assert [path.name for path in tmp_path.iterdir()] == ["segment"]


@pytest.mark.parametrize("content", [b"", b"\n", b"x", b"-1", b"1 2", b"\xff", "７".encode()])
def test_what_is_no_number_in_ascii_digits_counts_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "segment").write_bytes(content)
    assert newest.read(tmp_path) == 0
