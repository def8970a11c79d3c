"""What comes in by message leaves that somebody answered, and not a word of it."""

import logging
from pathlib import Path

import pytest
from tests.daemon.desk.support import Room, room

from custodyd.ledger.keys import Card
from custodyd.reminders.inbox import Inbox, same_number
from custodyd.station.directory import Directory
from custodyd_drivers.contract import MessageReceived

HERS = "+8613800138000"


async def inbox(at: Room) -> Inbox:
    people = at.register.people
    people.change(at.people["officer"], Card("模拟officer", HERS))
    return Inbox(at.disk, at.clock, "sms", Directory(people).whose)


async def test_an_answer_is_kept_as_whose_and_how_long_and_nothing_else(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await (await inbox(at)).received(MessageReceived("13800138000", "收到，马上处理"))
        entry = at.last("message.received")
        assert (entry.subject, entry.device, entry.data) == (at.people["officer"], "sms", {"length": 7})
        assert "马上处理" not in b"".join(at.disk.ledger.raw("1", 0, 500)).decode()


async def test_a_stranger_fills_neither_record_nor_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with room(tmp_path) as at:
        box = await inbox(at)
        before = at.disk.ledger.head()
        for sender in ("+8613900139000", "10086", "FRANCOIS", ""):
            await box.received(MessageReceived(sender, "点击链接\x1b[31m"))
        assert at.disk.ledger.head() == before
        assert "点击" not in caplog.text
        assert "13900139000" not in caplog.text


async def test_an_answer_waits_for_a_disk_that_refuses(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        box = await inbox(at)
        at.disk.refuses = True
        await box.received(MessageReceived(HERS, "收到"))
        at.disk.refuses = False
        await at.finger("officer")
        assert "message.received" in at.kinds()


async def test_a_card_that_cannot_be_read_has_no_number(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await inbox(at)
        directory, officer = Directory(at.register.people), at.people["officer"]
        (tmp_path / "keys" / officer).write_bytes(b"damaged")
        assert directory.phone(officer) == ""
        assert directory.phone("p-nobody") == ""
        assert directory.whose(HERS) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("+8613800138000", "13800138000", True),
        ("8613800138000", "+8613800138000", True),
        ("13800138000", "13800138000", True),
        ("13800138000", "13800138001", False),
        ("", "", False),
        ("86", "", False),
        ("8612345", "12345", False),
    ],
)
def test_a_number_is_the_same_with_and_without_its_country(one: str, other: str, same: bool) -> None:
    assert same_number(one, other) is same
