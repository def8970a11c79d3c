"""Projections as they are read, folded and made anew."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.daemon.ledger.support import COUNT, blind, record

from custodyd.ledger import Unrecordable
from custodyd.ledger.rows import WriteRows, table_name
from custodyd.model.entry import Entry
from custodyd.model.facts.devices import BlindBegan
from custodyd.model.projection import Projection, Rows, Table

ITEM = Table("item", {"a": "text", "b": "int", "due": "int", "note": "text"}, ("a", "b"), (("due",),))


@pytest.fixture
def rows() -> Iterator[WriteRows]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("CREATE TABLE p_item (a TEXT, b INTEGER, due INTEGER, note TEXT, PRIMARY KEY (a, b)) STRICT")
    rows = WriteRows(connection, (ITEM,))
    for number in range(20):
        rows.put("item", {"a": f"a{number % 3}", "b": number, "due": number // 4})
    yield rows
    connection.close()


def test_a_row_is_found_by_its_key_and_replaced_whole(rows: WriteRows) -> None:
    rows.put("item", {"a": "a0", "b": 0, "note": "n"})
    assert rows.get("item", "a0", 0) == {"a": "a0", "b": 0, "due": None, "note": "n"}
    rows.drop("item", "a0", 0)
    assert rows.get("item", "a0", 0) is None


def test_rows_are_selected_by_equality_null_and_bound(rows: WriteRows) -> None:
    assert [row["b"] for row in rows.select("item", a="a1", at_most={"due": 1})] == [1, 4, 7]
    assert len(rows.select("item", note=None)) == 20


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_no_more_rows_come_than_were_asked_for(rows: WriteRows, limit: int) -> None:
    assert list(rows.select("item", limit=limit)) == list(rows.select("item"))[:limit]


@pytest.mark.parametrize("order", [(), ("due",), ("due", "b")])
def test_pages_by_cursor_miss_nothing_and_repeat_nothing(rows: WriteRows, order: tuple[str, ...]) -> None:
    whole = rows.select("item", order=order)
    pages: list[object] = []
    after = None
    while page := rows.select("item", order=order, after=after, limit=3):
        pages += page
        after = tuple(page[-1][column] for column in (*order, *ITEM.key))
    assert pages == list(whole)


def test_only_declared_names_reach_the_database(rows: WriteRows) -> None:
    for wrong in ({"a; DROP TABLE p_item": 1}, {"rowid": 1}):
        with pytest.raises(KeyError):
            rows.select("item", **wrong)
    with pytest.raises(KeyError):
        rows.select("entry")
    with pytest.raises(KeyError):
        rows.select("item", order=("1; --",))
    with pytest.raises(KeyError):
        rows.put("item", {"a": "x", "b": 1, "zz": 1})
    with pytest.raises(ValueError, match="after"):
        rows.select("item", after=("a0",))


def _reasons(rows: Rows, entry: Entry) -> None:
    rows.put("reason", {"reason": entry.data["reason"]})


async def test_a_projection_declared_later_is_folded_from_the_first_entry(tmp_path: Path) -> None:
    async with record(tmp_path, (COUNT,)) as ledger:
        await ledger.append(blind("a", "r1"), blind("a", "r2"))
    reasons = Projection(
        "reasons", 1, (Table("reason", {"reason": "text"}, ("reason",), (("reason",),)),), {BlindBegan.kind: _reasons}
    )
    async with record(tmp_path, (COUNT, reasons)) as ledger:
        assert [row["reason"] for row in ledger.view.select("reason")] == ["r1", "r2"]
    async with record(tmp_path, (reasons,)) as ledger:
        with pytest.raises(KeyError):
            ledger.view.select("count")


def _twice(rows: Rows, entry: Entry) -> None:
    rows.put("count", {"device": entry.device, "blinks": 2})


async def test_a_raised_version_makes_the_rows_anew(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        await ledger.append(blind("a"))
    async with record(tmp_path, (replace(COUNT, version=2, folds={BlindBegan.kind: _twice}),)) as ledger:
        assert ledger.view.get("count", "a") == {"device": "a", "blinks": 2}


async def test_rebuilding_heals_what_it_found_wrong(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        await ledger.append(blind("a"), blind("b"))
    other = sqlite3.connect(tmp_path / "record.db")
    other.execute("DELETE FROM p_count WHERE device = 'a'")
    other.commit()
    other.close()
    async with record(tmp_path) as ledger:
        kept, rebuilt = (await ledger.rebuild())["count"]
        assert kept != rebuilt
        assert len(set((await ledger.rebuild())["count"])) == 1
        assert ledger.view.get("count", "a") == {"device": "a", "blinks": 1}


def _fails(_rows: Rows, entry: Entry) -> None:
    raise {"type": TypeError, "zero": ZeroDivisionError, "attribute": AttributeError, "sql": sqlite3.IntegrityError}[
        str(entry.data["reason"])
    ]


@pytest.mark.parametrize("how", ["type", "zero", "attribute", "sql", "key"])
async def test_however_a_fold_fails_the_writer_lives(tmp_path: Path, how: str) -> None:
    failing = replace(COUNT, name="failing", folds={BlindBegan.kind: _fails}, tables=())
    async with record(tmp_path, (failing,)) as ledger:
        with pytest.raises(Unrecordable):
            await ledger.append(blind("a", how))
        await ledger.heartbeat()
        assert ledger.head() == ("1", 0)


def test_rows_under_another_prefix_are_others_rows(rows: WriteRows) -> None:
    assert (table_name(ITEM), table_name(ITEM, "q_")) == ("p_item", "q_item")
    connection = rows._connection
    connection.execute("CREATE TABLE q_item (a TEXT, b INTEGER, due INTEGER, note TEXT, PRIMARY KEY (a, b)) STRICT")
    other = WriteRows(connection, (ITEM,), "q_")
    other.put("item", {"a": "a0", "b": 0, "note": "other"})
    assert other.get("item", "a0", 0) == {"a": "a0", "b": 0, "due": None, "note": "other"}
    assert len(other.select("item")) == 1
    other.drop("item", "a0", 0)
    assert other.get("item", "a0", 0) is None
    assert rows.get("item", "a0", 0) is not None
