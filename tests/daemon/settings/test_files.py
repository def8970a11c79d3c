"""A file that cannot be a settings file is refused in a sentence that says what to do."""

import hashlib
from pathlib import Path

import pytest
from tests.daemon.settings.support import KNOWN, SMALL, changed, mistakes, promised, the_mistake, written

from custodyd.settings import Mistake, Mistakes, digest, load


def refused(path: Path, overlay: Path | None = None) -> tuple[Mistake, ...]:
    with pytest.raises(Mistakes) as raised:
        load(path, overlay, known=KNOWN)
    for one in raised.value.list:
        promised(one)
    return raised.value.list


def test_a_missing_file_and_a_missing_overlay_are_both_told(tmp_path: Path) -> None:
    found = refused(tmp_path / "no.toml", tmp_path / "nor.toml")
    assert [one.file.name for one in found] == ["no.toml", "nor.toml"]
    assert all("does not exist" in one.text["en"] for one in found)


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    (one,) = refused(tmp_path)
    assert "directory" in one.text["en"]


def test_a_name_that_no_file_can_have_is_refused() -> None:
    (one,) = refused(Path("a\0b"))
    assert "cannot be read" in one.text["en"]


def test_a_path_through_a_file_does_not_exist(tmp_path: Path) -> None:
    (one,) = refused(written(tmp_path, SMALL) / "devices.toml")
    assert "does not exist" in one.text["en"]


def test_bytes_that_are_no_utf8_are_told_with_their_place(tmp_path: Path) -> None:
    file = tmp_path / "gbk.toml"
    file.write_bytes(b"[station]\nlabel = " + '"派出所"'.encode("gbk"))
    (one,) = refused(file)
    assert (one.line, one.column) == (2, 10)
    assert "UTF-8" in one.text["zh-CN"]


def test_a_file_larger_than_a_mebibyte_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "large.toml"
    file.write_bytes(b"#" * ((1 << 20) + 1))
    (one,) = refused(file)
    assert "1 MiB" in one.text["en"]


def test_a_byte_order_mark_from_windows_is_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "bom.toml"
    file.write_bytes(b"\xef\xbb\xbf" + SMALL.encode())
    assert load(file, known=KNOWN).station.code == "hedong-01"


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("a = 1\na = 2\n", 2, 6, "twice"),
        ("[a]\n[a]\n", 2, 3, "twice"),
        ('a = "x\n', 1, 7, "quotation"),
        ("a = [1\n", 2, 1, "bracket"),
        ("a\n", 1, 2, "equals"),
        ("[a\n", 1, 3, "header"),
        ("标签 = 1\n", 1, 1, "ASCII"),
        ("a = “x”\n", 1, 5, "half-width"),
        ('a = "x" b\n', 1, 9, "follows"),
        ('a = "C:\\devices"\n', 1, 10, "backslash"),
        ("a = " + "[" * 20_000, 1, 1, "nested"),
        ("a = " + "9" * 5_000, 1, 1, "TOML"),
    ],
)
def test_a_slip_of_the_pen_is_told_where_it_is(tmp_path: Path, text: str, line: int, column: int, said: str) -> None:
    one = the_mistake(tmp_path, text)
    assert (one.line, one.column) == (line, column)
    assert said in one.text["en"]


def test_an_empty_file_lacks_its_station(tmp_path: Path) -> None:
    assert the_mistake(tmp_path, "").key == "station"


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    file = written(tmp_path, SMALL)
    assert digest(file) == load(file, known=KNOWN).digest == hashlib.sha256(SMALL.encode()).hexdigest()


def test_what_is_quoted_cannot_command_a_terminal(tmp_path: Path) -> None:
    found = mistakes(tmp_path, SMALL + '\n[room.x]\nlabel = "\\u001b[31m\\u202e' + "x" * 500 + '"\n')
    assert len(found) == 1
    for text in (*found[0].text.values(), found[0].found):
        assert text.isprintable()
        assert len(text) < 200


def test_a_secret_is_not_repeated(tmp_path: Path) -> None:
    (one,) = mistakes(tmp_path, changed('by-id/modem"', 'by-id/modem"\npin = 4711'))
    assert one.key == "device.sms.pin"
    assert "4711" not in one.found + one.text["zh-CN"] + one.text["en"]
