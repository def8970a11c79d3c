"""What the record promises: durable, in order, unchangeable, provable, rebuildable."""

import asyncio
import os
import sqlite3
from collections.abc import Awaitable
from pathlib import Path

import msgspec
import pytest
from tests.daemon.ledger.support import COUNT, KEYS, ORIGIN, blind, record

from custodyd.clock import SystemClock
from custodyd.ledger import Ledger, Unrecordable, WrongDirectory, suite
from custodyd.ledger import note as notes
from custodyd.ledger.errors import Erased
from custodyd.ledger.keys import Card, PersonKeys, pseudonym
from custodyd.ledger.ledger import Origin
from custodyd.ledger.seals import Seals
from custodyd.model.entry import Draft, Label
from custodyd.model.facts.devices import BlindBegan
from custodyd.model.facts.people import PersonRegistered


async def test_an_entry_is_there_after_the_record_was_opened_anew(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        (entry,) = await ledger.append(blind("reader-a"))
        assert entry.at == ("1", 1)
    async with record(tmp_path) as ledger:
        assert [found.kind for found in ledger.entries()] == ["segment.opened", "device.blind.began"]
        assert ledger.entry(("1", 1)) == entry


async def test_entries_of_one_call_stand_side_by_side(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        calls = [ledger.append(blind(f"d{n}"), blind(f"d{n}")) for n in range(40)]
        for pair in await asyncio.gather(*calls):
            assert pair[1].seq == pair[0].seq + 1


async def test_an_unrecordable_entry_fails_alone(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        results = await asyncio.gather(
            ledger.append(blind("good-1")),
            ledger.append(blind("bad", "x" * 70_000)),
            ledger.append(blind("good-2")),
            return_exceptions=True,
        )
        assert isinstance(results[1], Unrecordable)
        kept = [entry.device for entry in ledger.entries(("1", 0))]
        assert kept == ["good-1", "good-2"]
        assert [entry.seq for entry in ledger.entries()] == [0, 1, 2]


async def test_a_fold_that_fails_takes_only_its_own_entry_along(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        with pytest.raises(Unrecordable):
            await ledger.append(Draft(fact=BlindBegan(reason="r"), happened=0))  # no device: no key for the row
        await ledger.append(blind("reader-a"))
        assert ledger.view.get("count", "reader-a") == {"device": "reader-a", "blinks": 1}


async def test_nothing_written_can_be_changed_or_removed(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        await ledger.append(blind("reader-a"))
        await ledger.checkpoint()
    other = sqlite3.connect(tmp_path / "record.db")
    for table in ("entry", "node", "checkpoint", "segment"):
        for sql in (f"DELETE FROM {table}", f"UPDATE {table} SET number = 9"):
            with pytest.raises(sqlite3.IntegrityError, match="never"):
                other.execute(sql)
    other.close()


async def test_the_checkpoint_is_signed_within_a_second_and_covers_every_entry(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        await ledger.append(*(blind(f"d{n}") for n in range(13)))
        async with asyncio.timeout(1.0):
            while ledger.note("1") is None or notes.parse(ledger.note("1") or "").size < 14:  # noqa: ASYNC110 - the writer's thread signs
                await asyncio.sleep(0.02)
        checkpoint = notes.verify(ledger.note("1") or "", ledger.vkey)
        leaves = [suite.leaf_hash(data) for data in ledger.raw("1", 0, 14)]
        assert checkpoint.root == _naive_root(leaves)


def _naive_root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return suite.node_hash(_naive_root(leaves[:split]), _naive_root(leaves[split:]))


async def test_the_stored_bytes_are_canonical_and_hold_no_null(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        await ledger.append(blind("读卡器", "静默"))
        for data in ledger.raw("1", 0, 2):
            parsed = msgspec.json.decode(data)
            assert msgspec.json.encode(parsed, order="deterministic") == data
            assert b"null" not in data


async def test_what_is_kept_equals_what_is_rebuilt(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        for n in range(50):
            await ledger.append(blind(f"d{n % 7}"))
        for kept, rebuilt in (await ledger.rebuild()).values():
            assert kept == rebuilt


async def test_a_tampered_projection_is_told_by_rebuilding(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        await ledger.append(blind("a"))
    other = sqlite3.connect(tmp_path / "record.db")
    other.execute("UPDATE p_count SET blinks = 7")
    other.commit()
    other.close()
    async with record(tmp_path) as ledger:
        kept, rebuilt = (await ledger.rebuild())["count"]
        assert kept != rebuilt


async def test_following_misses_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        await ledger.append(blind("before"))
        seen: list[int] = []

        async def follow() -> None:
            async for entry in ledger.follow(("1", -1)):
                seen.append(entry.seq)
                if entry.seq == 30:
                    return

        async with asyncio.TaskGroup() as group:
            group.create_task(follow())
            for _ in range(29):
                group.create_task(_later(ledger.append(blind("d"))))
        assert seen == list(range(31))


async def _later(append: Awaitable[object]) -> None:
    await append


async def test_a_real_start_refuses_a_simulated_record(tmp_path: Path) -> None:
    async with record(tmp_path):
        pass
    with pytest.raises(WrongDirectory) as caught:
        async with record(tmp_path, origin=Origin("test-bureau", "test-station")):
            pass
    assert caught.value.text == "start.real_in_simulated"


@pytest.mark.parametrize("damage", ["torn", "garbage", "changed entry", "dropped tail"])
async def test_a_broken_record_is_put_aside_and_named(tmp_path: Path, damage: str) -> None:
    async with record(tmp_path) as ledger:
        for n in range(20):
            await ledger.append(blind(f"d{n}"))
        await ledger.checkpoint()
    _damage(tmp_path / "record.db", damage)
    async with record(tmp_path) as ledger:
        assert ledger.quarantined
        assert not ledger.clean
        (first,) = ledger.entries()
        assert first.kind == "segment.opened"
        assert first.data["broken"] is True
        await ledger.append(blind("after"))
    kept = tmp_path / "quarantine" / "0001" / "record.db"
    assert kept.exists()
    assert kept.stat().st_mode & 0o777 == 0o400


def _damage(path: Path, how: str) -> None:
    if how == "torn":
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size // 2)
        return
    if how == "garbage":
        path.write_bytes(os.urandom(20_000))
        return
    other = sqlite3.connect(path)
    other.execute("DROP TRIGGER entry_kept")
    other.execute("DROP TRIGGER entry_stays")
    if how == "changed entry":
        spoilt = "CAST(replace(CAST(bytes AS TEXT), 'd19', 'd91') AS BLOB)"
        other.execute(f"UPDATE entry SET bytes = {spoilt} WHERE seq = 20")
    else:
        other.execute("DELETE FROM entry WHERE seq > 15")
    other.commit()
    other.close()


async def test_what_a_checkpoint_confirms_of_a_broken_record_still_counts(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        await ledger.append(blind("a"))
        await ledger.checkpoint()
    _spoil_last(tmp_path / "record.db")
    async with record(tmp_path) as ledger:
        assert ledger.quarantined
        assert ledger.entries()[0].data["previous_size"] == 2
        assert ledger.view.get("count", "a") == {"device": "a", "blinks": 1}
        assert all(kept == rebuilt for kept, rebuilt in (await ledger.rebuild()).values())


def _spoil_last(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("INSERT INTO entry (number, seq, kind, bytes) VALUES (1, 2, 'x', x'00')")
    other.commit()
    other.close()


async def test_sealed_labels_leave_no_name_in_the_entry(tmp_path: Path) -> None:

    people = PersonKeys(tmp_path / "keys", KEYS.wrap)
    person = pseudonym()
    people.create(person, Card("模拟民警甲", "+8613800138000"))
    seals = Seals(people.key)
    ledger = await Ledger.open(tmp_path, ORIGIN, KEYS, seals, SystemClock(), (COUNT,))
    label = Label("/data/name", person, "模拟民警甲")
    draft = Draft(fact=PersonRegistered(roles=("clerk",)), happened=0, subject=person, labels=(label,))
    (entry,) = await ledger.append(draft)
    assert "模拟".encode() not in next(ledger.raw("1", entry.seq, entry.seq + 1))
    assert seals.open(entry.sealed[0]) == "模拟民警甲"
    people.destroy(person)
    with pytest.raises(Erased):
        seals.open(entry.sealed[0])
    await ledger.close()
