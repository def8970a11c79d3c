"""What comes in by message leaves that somebody answered, and not a word of it."""

import logging
from pathlib import Path

import pytest
from tests.daemon.desk.support import Room, room
from tests.daemon.reminders.networks import Network, freely

from custodyd.ledger.keys import Card
from custodyd.reminders import codes
from custodyd.reminders.inbox import MOST_ANSWERS, MOST_UNFIT, Inbox, same_number
from custodyd.reminders.outbox import Outbox
from custodyd.reminders.rounds import intend
from custodyd.station.directory import Directory
from custodyd_drivers.contract import MessageDelivered, MessageReceived

HERS = "+8613800138000"


async def inbox(at: Room) -> Inbox:
    people = at.register.people
    people.change(at.people["officer"], Card("模拟officer", HERS))
    return Inbox(at.disk, at.clock, Directory(people).whose, lambda text, **facts: (text, 1))


async def test_an_answer_is_kept_as_whose_and_how_long_and_nothing_else(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await (await inbox(at)).received("sms", MessageReceived("13800138000", "收到，马上处理"))
        entry = at.last("message.received")
        assert (entry.subject, entry.device, entry.data) == (at.people["officer"], "sms", {"length": 7, "code": "none"})
        assert "马上处理" not in b"".join(at.disk.ledger.raw("1", 0, 500)).decode()


async def test_a_stranger_fills_neither_record_nor_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with room(tmp_path) as at:
        box = await inbox(at)
        before = at.disk.ledger.head()
        for sender in ("+8613900139000", "10086", "FRANCOIS", ""):
            await box.received("sms", MessageReceived(sender, "点击链接\x1b[31m"))
        assert at.disk.ledger.head() == before
        assert "点击" not in caplog.text
        assert "13900139000" not in caplog.text


async def test_an_answer_waits_for_a_disk_that_refuses(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        box = await inbox(at)
        at.disk.refuses = True
        await box.received("sms", MessageReceived(HERS, "收到"))
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


async def asked(at: Room, who: str = "officer", about: str = "clock:1", phone: str = HERS) -> str:
    """A red message that left; the code that it asks for."""
    at.register.people.change(at.people[who], Card(f"模拟{who}", phone))
    await at.disk.append(intend(at.people[who], "text", 1, about, "red", at.clock.civil(), "A1", "0000000A"))
    network = Network(at.disk)
    box = Outbox(at.disk, at.clock, lambda: [("sms", network)], lambda person: phone, freely(at))  # type: ignore[list-item,return-value]  # the one verb used
    await box.send_due()
    code = codes.found(network.taken[-1].text)
    assert code is not None
    return code


def states(at: Room) -> dict[str, str]:
    return {str(row["about"]): str(row["state"]) for row in at.disk.view.select("message")}


def verdicts(at: Room) -> list[str]:
    return [entry.data["code"] for entry in at.disk.ledger.entries(kind="message.received")]


async def test_a_reply_with_its_code_acknowledges_the_message(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        box, code = await inbox(at), await asked(at)
        await box.received("sms", MessageReceived(HERS, f"收到{code}"))
        assert states(at) == {"clock:1": "acknowledged"}
        entry = at.last("message.acknowledged")
        actor = entry.actor
        assert actor is not None
        assert (actor.person, actor.by, actor.strength) == (at.people["officer"], "named", 1)
        assert (entry.data["how"], entry.case, entry.object) == ("reply", "A1", "0000000A")
        assert verdicts(at) == ["right"]


async def test_a_code_works_once_and_the_second_time_is_answered_so(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        box, code = await inbox(at), await asked(at)
        for _ in range(2):
            await box.received("sms", MessageReceived(HERS, code))
        assert at.kinds().count("message.acknowledged") == 1
        assert verdicts(at) == ["right", "used"]
        assert at.last("message.intended").data["text"] == "sms.answer.used"


async def test_the_code_of_somebody_else_acknowledges_nothing(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        box, code = await inbox(at), await asked(at, "leader", phone="+8613800138009")
        await box.received("sms", MessageReceived(HERS, code))
        assert states(at)["clock:1"] == "accepted"
        assert verdicts(at) == ["foreign"]
        assert at.last("message.intended").subject == at.people["officer"]


async def test_a_wrong_code_is_answered_three_times_a_day_and_counted_twenty(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        box, code = await inbox(at), await asked(at)
        wrong = f"{(int(code) + 1) % 10_000:04}"
        for _ in range(MOST_UNFIT + 5):
            await box.received("sms", MessageReceived(HERS, wrong))
        assert verdicts(at) == ["wrong"] * MOST_UNFIT
        assert len(at.disk.view.select("message", purpose="answer")) == MOST_ANSWERS
        await box.received("sms", MessageReceived(HERS, code))  # the right one counts all the same
        assert states(at)["clock:1"] == "acknowledged"
        at.clock.pass_time(86_400)
        await box.received("sms", MessageReceived(HERS, wrong))
        assert len(at.disk.view.select("message", purpose="answer")) == MOST_ANSWERS + 1


async def test_a_reply_without_a_code_is_answered_only_while_one_is_waited_for(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        box = await inbox(at)
        await box.received("sms", MessageReceived(HERS, "收到"))
        assert at.disk.view.select("message") == []
        await asked(at)
        await box.received("sms", MessageReceived(HERS, "收到"))
        assert at.last("message.intended").data["text"] == "sms.answer.none"


async def test_what_was_acknowledged_stays_so_whatever_the_network_says(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        box, code = await inbox(at), await asked(at)
        await box.received("sms", MessageReceived(HERS, code))
        outbox = Outbox(at.disk, at.clock, list, lambda person: HERS, freely(at))
        await outbox.reported("sms", MessageDelivered(0, "", 0x46))
        assert states(at) == {"clock:1": "acknowledged"}


async def test_of_two_messages_with_one_code_the_newer_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes, "fresh", lambda is_used: "0421")
    async with room(tmp_path) as at:
        box = await inbox(at)
        for about in ("clock:1", "clock:2"):
            await asked(at, about=about)
            at.clock.pass_time(60)
        await box.received("sms", MessageReceived(HERS, "0421"))
        assert states(at) == {"clock:1": "accepted", "clock:2": "acknowledged"}


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
