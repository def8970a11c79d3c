"""Wristbands at a real record: heard, unknown, lost, straps, calls, batteries, deaf receivers, restarts, reasons."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.daemon.desk.support import BY, Disk, Room, room

from custodyd.desk.bands.desk import BandDesk
from custodyd.desk.bands.events import Ears, Gone, Heard, Repeated, Sos, Strap, Tick
from custodyd.desk.bands.machine import Told
from custodyd.ledger import RecordUnavailable
from custodyd.model.entry import Draft, Entry
from custodyd.model.projection import Row
from custodyd.reminders.rounds import intend

RECEIVER, BAND, SLOW = "receiver-intake", "band-1", "band-slow"
INTERVALS = {BAND: 1.28, SLOW: 8.0}


@dataclass
class Bands:
    """The desk, and a test's motions."""

    room: Room
    desk: BandDesk

    def now(self) -> tuple[float, int]:
        return self.room.now()

    async def hear(self, band: str = BAND, battery: int | None = None, proof: Any = "advert") -> None:
        await self.desk.handle(Heard(*self.now(), RECEIVER, band, proof, battery))

    async def strap(self, how: Any) -> None:
        await self.desk.handle(Strap(*self.now(), RECEIVER, BAND, how))

    async def press(self, how: Any = "single") -> None:
        await self.desk.handle(Sos(*self.now(), RECEIVER, BAND, how))

    async def ears(self, *, hears: bool) -> None:
        await self.desk.handle(Ears(*self.now(), RECEIVER, hears, 0.0 if hears else 10.0))

    async def wait(self, seconds: float) -> None:
        """Let time pass in half seconds, as the desk looks."""
        for _ in range(round(seconds * 2)):
            self.room.clock.pass_time(0.5)
            await self.desk.handle(Tick(*self.now()))

    def worn(self) -> list[Entry]:
        entries = self.room.disk.ledger.entries(limit=5000)
        return [entry for entry in entries if entry.kind.startswith(("wristband.", "receiver."))]

    def kinds(self) -> list[str]:
        return [entry.kind.removeprefix("wristband.") for entry in self.worn()]

    def open(self) -> list[str]:
        rows = self.room.lookup.view.select("incident", closed=None)
        return [str(row["kind"]).removeprefix("wristband.") for row in rows]

    def row(self, band: str = BAND) -> Row:
        return self.room.lookup.view.get("wristband", band) or {}

    def told(self) -> list[str]:
        return [str(row["text"]) for row in self.room.lookup.view.select("message")]

    async def explain(self, kind: str) -> None:
        incident = next(entry.incident for entry in reversed(self.worn()) if entry.kind == f"wristband.{kind}")
        named = self.room.people["officer"]
        await self.room.register.explain(incident or "", "看过了", named, None, BY, None)


def desk(made: Room) -> BandDesk:
    def tell(told: Sequence[Told], civil: int) -> Sequence[Draft]:
        people = [(one, person) for one in told for person in made.lookup.holding(one.right)]
        return [
            intend(person, f"{one.text} {one.item}", 1, one.about, "red", civil, None, None) for one, person in people
        ]

    made_desk = BandDesk(Following(made.disk), made.clock, tell)
    made_desk.refit(INTERVALS, [RECEIVER])
    return made_desk


class Following(Disk):
    """The same record, followed as well."""

    def __init__(self, disk: Disk) -> None:
        super().__init__(disk.ledger)
        self._disk = disk

    def follow(self, after: Any) -> AsyncIterator[Entry]:
        return self.ledger.follow(after)

    async def happened(self, *drafts: Draft) -> tuple[Entry, ...]:
        return await self._disk.happened(*drafts)


@asynccontextmanager
async def bands(where: Path, *, fresh: bool = True) -> AsyncIterator[Bands]:
    async with room(where, fresh=fresh) as made:
        one = Bands(made, desk(made))
        await one.desk.start()
        yield one


async def test_a_band_is_watched_from_the_moment_it_is_heard_and_not_before(tmp_path: Path) -> None:
    async with bands(tmp_path) as one:
        await one.ears(hears=True)
        await one.wait(60)
        assert one.kinds() == []
        await one.hear(proof="counter")
        assert one.worn()[0].data == {"proof": "counter"}
        assert (one.row()["standing"], one.row()["receiver"]) == ("heard", RECEIVER)


async def test_a_band_that_falls_silent_is_unknown_after_ten_seconds_and_lost_after_thirty(tmp_path: Path) -> None:
    async with bands(tmp_path) as one:
        await one.ears(hears=True)
        await one.hear()
        await one.wait(9.5)
        assert one.kinds() == ["heard"]
        await one.wait(0.5)
        assert one.kinds() == ["heard", "unknown.began"]
        assert one.worn()[-1].data["why"] == "silent"
        await one.wait(19.5)
        assert one.open() == []
        await one.wait(0.5)
        assert one.kinds()[-1] == "lost.began"
        assert one.open() == ["lost.began"]
        assert one.told() == ["sms.wristband.lost band-1"]
        await one.wait(600)
        assert one.kinds() == ["heard", "unknown.began", "lost.began"]
        await one.hear()
        assert one.kinds()[-2:] == ["unknown.ended", "lost.ended"]
        assert one.worn()[-1].data == {"seconds": 630}
        assert one.open() == []
        assert one.row()["standing"] == "heard"


async def test_a_band_that_speaks_seldom_is_given_five_of_its_intervals(tmp_path: Path) -> None:
    async with bands(tmp_path) as one:
        await one.ears(hears=True)
        await one.hear(SLOW)
        await one.wait(39.5)
        assert one.kinds() == ["heard"]
        await one.wait(0.5)
        assert one.kinds()[1] == "unknown.began"
        await one.wait(0.5)
        assert one.kinds()[2] == "lost.began"


async def test_a_deaf_receiver_loses_no_band_and_what_was_heard_is_unknown(tmp_path: Path) -> None:
    async with bands(tmp_path) as one:
        await one.ears(hears=True)
        await one.hear()
        await one.ears(hears=False)
        await one.ears(hears=False)
        assert one.kinds() == ["heard", "receiver.deaf.began"]
        await one.wait(300)
        assert one.kinds() == ["heard", "receiver.deaf.began", "unknown.began"]
        assert one.worn()[-1].data["why"] == "receiver"
        assert one.open() == ["receiver.deaf.began"]
        assert one.told() == ["sms.receiver.deaf receiver-intake"]
        await one.ears(hears=True)
        assert one.worn()[-1].data == {"seconds": 300}
        assert one.open() == []
        await one.wait(29.5)
        assert one.kinds()[-1] == "receiver.deaf.ended"
        await one.wait(0.5)
        assert one.kinds()[-1] == "lost.began"


async def test_a_receiver_that_nobody_sees_loses_no_band_either(tmp_path: Path) -> None:
    async with bands(tmp_path) as one:
        await one.ears(hears=True)
        await one.hear()
        await one.desk.handle(Gone(*one.now(), RECEIVER))
        await one.wait(120)
        assert one.kinds() == ["heard", "unknown.began"]
        await one.ears(hears=True)
        await one.wait(30)
        assert one.kinds()[-1] == "lost.began"


async def test_a_receiver_found_deaf_again_after_it_was_away_is_one_incident(tmp_path: Path) -> None:
    async with bands(tmp_path) as one:
        await one.ears(hears=False)
        await one.desk.handle(Gone(*one.now(), RECEIVER))
        await one.ears(hears=False)
        await one.wait(5)
        await one.ears(hears=True)
        assert one.kinds() == ["receiver.deaf.began", "receiver.deaf.ended"]


async def test_a_cut_strap_is_an_incident_once_and_told_once_until_it_is_explained(tmp_path: Path) -> None:
    async with bands(tmp_path) as one:
        running = asyncio.create_task(one.desk.run())
        try:
            await one.strap("cut")
            await one.strap("state")
            assert one.worn()[0].data == {"how": "cut"}
            await one.strap(None)
            await one.strap(None)
            await one.strap("state")
            assert one.kinds() == ["strap.opened", "strap.closed", "strap.opened"]
            assert len({entry.incident for entry in one.worn()}) == 1
            assert one.open() == ["strap.opened"]
            assert one.told() == ["sms.wristband.strap band-1"]
            await one.explain("strap.opened")
            async with asyncio.timeout(5):
                while one.desk.state.bands[BAND].strap_incident is not None:  # noqa: ASYNC110 - the record is followed
                    await asyncio.sleep(0.01)
            assert one.row()["strap"] is None
            await one.wait(1)
            await one.strap("cut")
            assert one.open() == ["strap.opened"]
            assert len(one.told()) == 2
        finally:
            running.cancel()
            await asyncio.wait([running])


async def test_a_button_pressed_again_and_again_is_one_incident_and_one_entry_a_minute(tmp_path: Path) -> None:
    async with bands(tmp_path) as one:
        for _ in range(13):
            await one.press("long")
            await one.wait(10)
        assert one.kinds() == ["sos.pressed"] * 3
        assert one.open() == ["sos.pressed"]
        assert one.told() == ["sms.wristband.sos band-1"]


async def test_a_low_battery_stands_until_there_is_clearly_more(tmp_path: Path) -> None:
    async with bands(tmp_path) as one:
        for percent in (80, 21, 20, 22, 19, 24, None, 25, 24, 21):
            await one.hear(battery=percent)
        assert one.kinds() == ["heard", "battery.low.began", "battery.low.ended"]
        assert [entry.data.get("percent") for entry in one.worn()[1:]] == [20, 25]
        assert one.open() == []


async def test_old_adverts_played_again_are_one_incident(tmp_path: Path) -> None:
    async with bands(tmp_path) as one:
        for _ in range(3):
            await one.desk.handle(Repeated(*one.now(), RECEIVER, BAND))
        assert one.kinds() == ["adverts.repeated"]
        assert one.open() == ["adverts.repeated"]


async def test_what_concerns_no_band_or_receiver_of_the_station_is_nothing(tmp_path: Path) -> None:
    async with bands(tmp_path) as one:
        for event in (
            Heard(*one.now(), RECEIVER, "stranger", "advert", 5),
            Strap(*one.now(), RECEIVER, "stranger", "cut"),
            Sos(*one.now(), RECEIVER, "stranger", "single"),
            Repeated(*one.now(), RECEIVER, "stranger"),
            Ears(*one.now(), "stranger", hears=False),
            Gone(*one.now(), "stranger"),
        ):
            await one.desk.handle(event)
        assert one.worn() == []


async def test_after_a_restart_what_was_heard_is_unknown_and_then_lost_while_old_incidents_stand(
    tmp_path: Path,
) -> None:
    async with bands(tmp_path) as one:
        await one.ears(hears=True)
        await one.hear(battery=10)
        await one.strap("cut")
        await one.press()
        await one.ears(hears=False)
    async with bands(tmp_path, fresh=False) as one:
        assert one.kinds()[-1] == "unknown.began"
        assert one.worn()[-1].data == {"why": "start"}
        await one.strap("cut")
        await one.press()
        await one.ears(hears=False)
        before = len(one.kinds())
        await one.ears(hears=True)
        await one.wait(30)
        assert one.kinds()[before:] == ["receiver.deaf.ended", "lost.began"]
        assert sorted(one.open()) == ["battery.low.began", "lost.began", "sos.pressed", "strap.opened"]
    async with bands(tmp_path, fresh=False) as one:
        assert one.kinds()[-1] == "lost.began"
        await one.hear(battery=90)
        assert one.kinds()[-3:] == ["unknown.ended", "lost.ended", "battery.low.ended"]


async def test_an_explained_loss_is_watched_no_more_until_the_band_is_heard(tmp_path: Path) -> None:
    async with bands(tmp_path) as one:
        await one.ears(hears=True)
        await one.hear()
        await one.wait(30)
        await one.explain("lost.began")
    async with bands(tmp_path, fresh=False) as one:
        await one.ears(hears=True)
        await one.wait(120)
        assert one.kinds()[-1] == "lost.began"
        assert one.row()["standing"] is None
        await one.hear()
        assert one.kinds()[-1] == "heard"


@pytest.mark.parametrize("kind", ["sos.pressed", "adverts.repeated", "lost.began"])
async def test_what_was_explained_while_nobody_followed_is_caught_up(tmp_path: Path, kind: str) -> None:
    async with bands(tmp_path) as one:
        await one.ears(hears=True)
        await one.hear()
        await one.press()
        await one.desk.handle(Repeated(*one.now(), RECEIVER, BAND))
        await one.wait(30)
        await one.explain(kind)
        await one.desk._catch_up()
        await one.hear()
        await one.press()
        await one.desk.handle(Repeated(*one.now(), RECEIVER, BAND))
        again = {"sos.pressed": "sos.pressed", "adverts.repeated": "adverts.repeated", "lost.began": "heard"}[kind]
        assert one.kinds().count(again) == 2


async def test_bands_and_receivers_come_and_go_while_the_others_stand_as_they_stood(tmp_path: Path) -> None:
    async with bands(tmp_path) as one:
        await one.ears(hears=True)
        await one.hear()
        await one.hear(SLOW)
        await one.strap("cut")
        one.desk.refit({BAND: 3.0}, [RECEIVER, "receiver-2"])
        assert one.desk.state.bands.keys() == {BAND}
        assert one.desk.state.bands[BAND].interval_s == 3.0
        assert one.desk.state.hearing_since is not None
        await one.strap("cut")
        assert one.kinds() == ["heard", "heard", "strap.opened"]
        one.desk.refit(INTERVALS, [RECEIVER])
        await one.wait(50)
        assert one.kinds()[-1] == "lost.began"


async def test_a_low_battery_is_over_when_it_is_over_and_not_when_somebody_explains_it(tmp_path: Path) -> None:
    async with bands(tmp_path) as one:
        await one.hear(SLOW, battery=5)
        await one.explain("battery.low.began")
        await one.desk._catch_up()
        await one.hear(SLOW, battery=5)
        assert one.open() == []
        await one.hear(SLOW, battery=80)
        assert one.kinds() == ["heard", "battery.low.began", "battery.low.ended"]


async def test_the_desk_stops_to_follow_when_the_record_ends(tmp_path: Path) -> None:
    async with bands(tmp_path) as one:
        following = asyncio.create_task(one.desk._explanations())
        await asyncio.sleep(0.05)
        await one.room.disk.ledger.close()
        async with asyncio.timeout(5):
            await following


async def test_a_record_that_cannot_be_read_or_written_stops_nobody(tmp_path: Path) -> None:
    async with bands(tmp_path) as one:
        one.room.disk.refuses = True
        await one.ears(hears=True)
        await one.hear()
        await one.strap("cut")
        assert one.desk.state.bands[BAND].strap_open
        assert one.kinds() == []
        one.room.disk.refuses = False
        await one.press()
        assert one.kinds() == ["heard", "strap.opened", "sos.pressed"]


async def test_a_desk_whose_record_cannot_be_read_starts_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with bands(tmp_path) as one:

        class Unread(Following):
            @property
            def view(self) -> Any:
                raise RecordUnavailable("failing")

        def nobody(told: Sequence[Told], civil: int) -> Sequence[Draft]:
            raise RecordUnavailable("failing")

        monkeypatch.setattr("custodyd.desk.bands.desk.RETRY_S", 0.01)
        other = BandDesk(Unread(one.room.disk), one.room.clock, nobody)
        other.refit(INTERVALS, [RECEIVER])
        await other.start()
        await other.handle(Strap(*one.now(), RECEIVER, BAND, "cut"))
        await other.handle(Sos(*one.now(), RECEIVER, BAND, "single"))
        assert one.kinds() == ["strap.opened", "sos.pressed"]
        running = asyncio.create_task(other.run())
        await asyncio.sleep(0.05)
        assert not running.done()
        running.cancel()
        await asyncio.wait([running])
        assert "nobody was told" in caplog.text


async def test_time_passes_by_itself_while_the_desk_runs_and_it_ends_with_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custodyd.desk.bands.desk.TICK_S", 0.01)
    async with bands(tmp_path) as one:
        await one.ears(hears=True)
        await one.hear()
        running = asyncio.create_task(one.desk.run())
        one.room.clock.pass_time(11)
        async with asyncio.timeout(5):
            while one.kinds()[-1] != "unknown.began":  # noqa: ASYNC110 - the desk looks by itself
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.wait([running])
