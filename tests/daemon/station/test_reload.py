"""A reload touches what changed and nothing else; a file with mistakes, a busy cabinet, a full disk change nothing."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from tests.daemon.station.living import DEVICES, Living, living

from custodyd.ledger import RecordUnavailable
from custodyd.model.station import Right

FASTER = ('by-id/reader-a"', 'by-id/reader-a"\npoll_s = 0.1')
CODE = ('code = "hedong-01"', 'code = "hedong-02"')


@pytest.fixture
async def station(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Living]:
    async with living(monkeypatch) as made:
        yield made


def applied(station: Living) -> list[dict[str, object]]:
    return [entry.data for entry in station.entries() if entry.kind == "settings.applied"]


async def test_only_the_device_that_changed_is_opened_anew_and_an_open_door_stays_known(station: Living) -> None:
    door = station.twins.door("b/3")
    door[0].open(door[1])
    await station.until(lambda: station.station.desks["b"].state.open_doors)
    before, entries = station.drivers(), len(station.entries())
    open_doors = dict(station.station.desks["b"].state.open_doors)
    station.write(FASTER)
    status = await station.reload()
    await station.seen()
    after = station.drivers()
    assert [name for name in DEVICES if after[name] is not before[name]] == ["reader-a"]
    assert station.kinds("reader-a")[-3:] == ["device.blind.began", "device.blind.ended", "device.identified"]
    assert [entry.device for entry in station.entries()[entries:]] == [None, "reader-a", "reader-a", "reader-a"]
    assert station.station.desks["b"].state.open_doors == open_doors
    assert "1" in status
    door[0].shut(door[1])
    await station.until(lambda: not station.station.desks["b"].state.open_doors)


async def test_the_entry_names_keys_and_digests_and_no_value(station: Living) -> None:
    old = station.station.settings.digest
    station.write(('by-id/reader-a"', 'by-id/reader-a"\npassword = 4711'))
    await station.reload()
    (data,) = applied(station)
    assert data == {
        "before": old,
        "config": station.station.settings.digest,
        "changes": [{"table": "device.reader-a", "what": "changed", "effect": "reopened", "keys": ["password"]}],
    }
    assert old != station.station.settings.digest


async def test_a_file_with_mistakes_changes_nothing_and_says_so_until_it_is_mended(station: Living) -> None:
    before, settings, text = station.drivers(), station.station.settings, station.config.read_text("utf-8")
    station.write(FASTER, ("unit = 2", "unit = 1"), ('kind = "dossier"', 'kind = "shelf"'))
    await station.reload()
    assert station.drivers() == before
    assert station.station.settings is settings
    assert applied(station) == []
    lines = await said(station)
    assert any("devices.toml" in line and "2" in line for line in lines)
    station.config.write_text(text, "utf-8")
    station.write(FASTER)
    await station.reload()
    assert len(applied(station)) == 1
    assert not any("devices.toml" in line for line in await said(station))


async def said(station: Living) -> list[str]:
    """What systemd hears next of how the station stands."""
    async with asyncio.timeout(10):
        while True:
            lines = await station.heard()
            if lines[0].startswith("STATUS="):
                return lines


async def test_a_file_that_is_gone_changes_nothing(station: Living) -> None:
    before = station.drivers()
    station.config.unlink()
    await station.reload()
    assert station.drivers() == before


async def test_a_file_that_says_the_same_is_no_entry(station: Living) -> None:
    await station.reload()
    assert applied(station) == []


async def test_a_remark_in_the_file_is_an_entry_that_touches_nothing(station: Living) -> None:
    before = station.drivers()
    station.write(("[room.files]", "# the cellar\n[room.files]"))
    await station.reload()
    assert station.drivers() == before
    assert "changes" not in applied(station)[0]


async def test_devices_come_and_go_without_a_restart(station: Living) -> None:
    kept = station.drivers()["locks-b"]
    text = station.config.read_text("utf-8")
    start, end = text.index("[device.scanner-b]"), text.index("[device.locks-a]")
    station.config.write_text(
        text.replace(text[start:end], text[start:end].replace("scanner-b", "scanner-c")).replace(
            'scanner = "scanner-b"', 'scanner = "scanner-c"'
        ),
        "utf-8",
    )
    (station.config.parent / "wires" / "scanner-c").symlink_to(station.config.parent / "wires" / "scanner-b")
    overlay = station.station.settings.overlay
    assert overlay is not None
    overlay.write_text(overlay.read_text("utf-8").replace("scanner-b", "scanner-c"), "utf-8")
    await station.reload()
    await station.seen()
    assert "scanner-b" not in station.drivers()
    assert station.kinds("scanner-b")[-1] == "device.blind.began"
    assert station.kinds("scanner-c") == ["device.identified"]
    assert station.drivers()["locks-b"] is kept


async def test_a_bus_with_other_settings_takes_its_boards_along_and_nothing_else(station: Living) -> None:
    before = station.drivers()
    station.write(("baudrate = 115200", "baudrate = 57600"))
    await station.reload()
    await station.seen()
    after = station.drivers()
    assert [name for name in DEVICES if after[name] is not before[name]] == ["locks-a", "locks-b"]


async def test_rights_limits_and_names_are_taken_up_at_once(station: Living) -> None:
    before, living_station = station.drivers(), station.station
    station.write(
        ('label = "甲柜"', 'label = "一号柜"'),
        ('sms_signature = "河东办案"', 'sms_signature = "河东"'),
        ("[room.files]", '[limits]\nauthority_s = 30\n[role.guard]\nlabel = "辅警"\ngrants = ["verify"]\n[room.files]'),
    )
    await station.reload()
    assert station.drivers() == before
    assert living_station.desks["a"].context.limits.authority_s == 30
    assert living_station.lookup.grants["guard"] == {Right.VERIFY}
    assert living_station.settings.cabinets["a"].label == "一号柜"
    assert living_station.words("status.stopping")[0].startswith("【河东】")


async def test_a_compartment_goes_out_of_service_while_the_cabinet_rests(station: Living) -> None:
    station.write(('scanner = "scanner-a"', 'scanner = "scanner-a"\nout_of_service = [8]'))
    await station.reload()
    assert "a/8" not in station.station.desks["a"].context.places
    assert station.kinds("locks-a") == ["device.identified"]


async def test_a_cabinet_with_an_open_door_keeps_its_wiring_and_the_whole_reload_waits(station: Living) -> None:
    bank, door = station.twins.door("a/2")
    bank.open(door)
    await station.until(lambda: station.station.desks["a"].state.open_doors)
    before = station.drivers()
    station.write(('scanner = "scanner-a"', 'scanner = "scanner-a"\nout_of_service = [8]'), FASTER)
    assert "a" in await station.reload()
    assert station.drivers() == before
    assert applied(station) == []
    bank.shut(door)
    await station.until(lambda: not station.station.desks["a"].state.open_doors)
    await station.reload()
    assert len(applied(station)) == 1


async def test_cabinets_come_and_go_without_a_restart(station: Living) -> None:
    text = station.config.read_text("utf-8")
    cabinet = text[text.index("[cabinet.b]") :]
    station.config.write_text(text.replace(cabinet, cabinet.replace("cabinet.b", "cabinet.c")), "utf-8")
    await station.reload()
    assert set(station.station.desks) == {"a", "c"}
    bank, door = station.twins.door("b/1")
    bank.open(door)
    await station.until(lambda: station.station.desks["c"].state.open_doors)
    assert station.entries()[-1].place == "c/1"


async def test_what_needs_a_restart_keeps_running_and_stands_as_an_alarm(station: Living) -> None:
    station.write(CODE, FASTER)
    await station.reload()
    assert station.station.settings.station.code == "hedong-01"
    effects = {change["table"]: change["effect"] for change in applied(station)[0]["changes"]}  # type: ignore[attr-defined]
    assert effects == {"station": "restart", "device.reader-a": "reopened"}
    assert any("station.code" in line for line in await said(station))
    await station.reload()
    assert len(applied(station)) == 1


async def test_nothing_changes_that_cannot_be_written(station: Living, monkeypatch: pytest.MonkeyPatch) -> None:
    before, ledger = station.drivers(), station.station.ledger

    async def full(*_: object) -> None:
        raise RecordUnavailable("full")

    with monkeypatch.context() as broken:
        broken.setattr(ledger, "append", full)
        station.write(FASTER)
        assert "full" in await station.reload()
    assert station.drivers() == before
    await station.reload()
    assert len(applied(station)) == 1


async def test_two_signals_are_two_reloads_one_after_the_other(station: Living) -> None:
    station.write(FASTER)
    await station.reload()
    station.write(("poll_s = 0.1", "poll_s = 0.15"))
    await station.reload()
    await station.seen()
    assert len(applied(station)) == 2
