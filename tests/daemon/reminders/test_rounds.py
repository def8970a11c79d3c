"""Every rung is reached once, on time or marked late, and each person is told once by the rung that matters."""

from pathlib import Path

from tests.daemon.desk.support import HOUR_US, Room, room

from custodyd.model.entry import Entry
from custodyd.reminders.rounds import Rounds


def words(text: str, **facts: str | int) -> tuple[str, int]:
    return f"{text} {facts}", 1


async def held(at: Room) -> list[Entry]:
    """One round: the entries that it made."""
    before = at.disk.ledger.head()
    await Rounds(at.disk.view, at.lookup.recipients, words).hold(at.disk, at.clock.civil())
    return at.disk.ledger.entries(before)


def colours(entries: list[Entry]) -> list[str]:
    return [entry.data["colour"] for entry in entries if entry.kind == "reminder.step.reached"]


async def test_a_deposit_clock_climbs_five_colours_and_each_once(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.case()
        seen = colours(await held(at))
        for hours in (12, 8, 3, 1.1):
            at.clock.pass_time(hours * 3600)
            seen += colours(await held(at))
            assert await held(at) == []
        assert seen == ["green", "blue", "yellow", "orange", "red"]


async def test_what_fell_due_while_nobody_looked_is_told_at_once_marked_late_and_only_by_the_last_rung(
    tmp_path: Path,
) -> None:
    async with room(tmp_path) as at:
        await at.case()
        await held(at)
        at.clock.pass_time(30 * 3600)
        made = await held(at)
        assert colours(made) == ["blue", "yellow", "orange", "red"]
        assert all(entry.data["late"] for entry in made if entry.kind == "reminder.step.reached")
        told = [entry for entry in made if entry.kind == "message.intended"]
        assert {entry.data["colour"] for entry in told} == {"red"}
        people = [entry.subject for entry in told]
        assert len(people) == len(set(people))
        assert at.people["officer"] in people
        assert at.people["leader"] in people
        assert at.people["stranger"] not in people


async def test_a_deposit_in_time_ends_the_clock_and_nothing_more_is_told(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await held(at)
        await at.stored(dossier)
        at.clock.pass_time(48 * 3600)
        assert await held(at) == []


async def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.stored(dossier)
        await at.lent(dossier)
    async with room(tmp_path, fresh=False) as at:
        at.clock.pass_time(5 * 3600)
        assert "red" in colours(await held(at))


async def test_the_round_is_woken_for_the_next_rung(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        accepted = at.clock.civil()
        await at.case()
        await held(at)
        rounds = Rounds(at.disk.view, at.lookup.recipients, words)
        assert rounds.next_due() == accepted + 12 * HOUR_US
