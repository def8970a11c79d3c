"""Files as case platforms and spreadsheets export them."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodyd.imports.csv_file import LARGEST, Unreadable, read

TEXT = "案件编号,受案时间,主办民警警号,案由\r\nA1,2026-11-20 08:30,031001,盗窃\r\n\r\nA2,2026-11-20 09:30,031002,\r\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(), codecs.BOM_UTF8 + TEXT.encode(), TEXT.encode("gb18030"), TEXT.encode("gbk"),
        TEXT.encode("utf-16"),
        TEXT.replace(",", "\t").encode(), TEXT.replace(",", ";").encode("gb18030"),
    ],
)  # fmt: skip
def test_every_encoding_of_a_platform_gives_the_same_rows(data: bytes) -> None:
    sheet = read(data, {})
    assert sheet.kind == "case"
    assert sheet.ignored == ("案由",)
    assert sheet.headers["accepted"] == "受案时间"
    assert [(raw.row, raw.fields["code"]) for raw in sheet.rows] == [(2, "A1"), (4, "A2")]


def test_the_headers_tell_what_a_file_holds() -> None:
    assert read("警号,姓名\n1,模拟\n".encode(), {}).kind == "officer"
    assert read("人员编号,案件编号,人员类型,姓名\n".encode(), {}).kind == "person"
    assert read(b"code,case\n", {}).kind == "document"
    assert read(b"Code,Accepted,Lead\n", {}).kind == "case"


def test_a_unit_names_its_own_headers() -> None:
    own = {"case": {"AJBH": "code", "SASJ": "accepted", "ZBMJ": "lead"}}
    sheet = read(b"AJBH,SASJ,ZBMJ\nA1,x,1\n", own)
    assert sheet.rows[0].fields == {"code": "A1", "accepted": "x", "lead": "1"}


def test_a_cell_may_hold_line_feeds_and_a_row_keeps_its_number() -> None:
    sheet = read(b'code,case\n"a\nb",A1\nc,A2\n', {})
    assert [raw.row for raw in sheet.rows] == [2, 3]


def test_what_stands_beyond_the_last_header_is_not_lost_in_silence() -> None:
    sheet = read(b"code,case\na,A1,,\nb,A1,more\nc\n", {})
    assert [dict(raw.fields) for raw in sheet.rows] == [
        {"code": "a", "case": "A1"}, {"code": "b", "case": "A1", "+": ""}, {"code": "c"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "kind", "why", "about"),
    [
        (b" " * (LARGEST + 1), None, "too_large", ""),
        (b"\xff\xff\xff", None, "no_text", ""),
        (b"a,\x00b", None, "no_text", ""),
        (codecs.BOM_UTF8 + b"\xff", None, "no_text", ""),
        (b"", None, "empty", ""),
        (b"\n , \n", None, "empty", ""),
        (b"foo,bar\n1,2\n", None, "no_kind", ""),
        ("案件编号\n".encode(), "case", "column_missing", "受案时间、主办民警警号"),
        ("警号,badge,姓名\n".encode(), None, "header_twice", ""),
        (b'code,case\na,A1\n"b,A2\n', None, "no_csv", "3"),
    ],
)
def test_a_file_that_is_none_is_named(data: bytes, kind: str | None, why: str, about: str) -> None:
    with pytest.raises(Unreadable) as told:
        read(data, {}, kind)  # type: ignore[arg-type]  # a test's word
    assert (told.value.why, told.value.about) == (why, about)


@given(data=st.binary(max_size=200))
def test_no_file_does_more_than_being_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read(data, {}, "case")
