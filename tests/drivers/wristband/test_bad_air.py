"""Everything that happens to Bluetooth on a real machine: each ends in a clear error, soon, and a new driver works."""

import asyncio
import os
import random
import signal
import time
from pathlib import Path

import pytest
from tests.drivers.wristband.rig import KBEACON, MINEW, Rig, room

from custodyd_drivers.contract import BandHeard
from custodyd_drivers.errors import LinkLost, NoReply, Refused
from custodyd_simulators.wristband import Air, BluezWire, NoBus

pytestmark = pytest.mark.xdist_group("bluetooth")
NOTICED_S, USABLE_S = 1.0, 2.0


async def heard(rig: Rig) -> None:
    await rig.hears(BandHeard, band="band-1")


async def again(rig: Rig) -> float:
    """Start drivers as the supervisor does, a new one for each attempt, until a band is heard; how long it took."""
    began = time.monotonic()
    async with asyncio.timeout(10):
        while True:
            try:
                await rig.start()
                break
            except LinkLost:
                await asyncio.sleep(0.05)
    await heard(rig)
    return time.monotonic() - began


async def test_bluetoothd_that_dies_is_noticed_and_its_return_is_used() -> None:
    async with room(band_1=KBEACON) as rig:
        driver, _ = await rig.start()
        await heard(rig)
        await asyncio.to_thread(rig.wire.kill_bluetoothd)
        assert isinstance(await rig.loses(NOTICED_S), LinkLost)
        await driver.close()
        with pytest.raises(LinkLost, match="does not run"):
            await rig.driver().start()
        await asyncio.to_thread(rig.wire.start_bluetoothd)
        assert await again(rig) <= USABLE_S


async def test_a_bus_that_dies_is_noticed_and_its_return_is_used() -> None:
    async with room(band_1=KBEACON) as rig:
        driver, _ = await rig.start()
        await heard(rig)
        await asyncio.to_thread(rig.wire.kill_bus)
        assert isinstance(await rig.loses(NOTICED_S), LinkLost)
        await driver.close()
        with pytest.raises(LinkLost, match="no D-Bus"):
            await rig.driver().start()
        await asyncio.to_thread(rig.wire.kill_bluetoothd)
        await asyncio.to_thread(rig.wire.start_bus)
        await asyncio.to_thread(rig.wire.start_bluetoothd)
        assert await again(rig) <= USABLE_S


async def test_an_adapter_that_is_switched_off_is_noticed_and_switched_on_it_is_used() -> None:
    async with room(band_1=KBEACON) as rig:
        await rig.start()
        await heard(rig)
        rig.wire.power(on=False)
        assert "off" in str(await rig.loses(NOTICED_S))
        with pytest.raises(LinkLost, match="off"):
            await rig.driver().start()
        rig.wire.power(on=True)
        assert await again(rig) <= USABLE_S


async def test_an_adapter_that_is_pulled_out_is_noticed_and_put_in_it_is_used() -> None:
    async with room(band_1=KBEACON) as rig:
        await rig.start()
        await heard(rig)
        rig.wire.unplug()
        assert "taken away" in str(await rig.loses(NOTICED_S))
        with pytest.raises(LinkLost, match="no hci0"):
            await rig.driver().start()
        rig.wire.plug()
        assert await again(rig) <= USABLE_S


async def test_a_bluetoothd_that_hangs_is_silence_and_holds_nobody_up() -> None:
    async with room(band_1=KBEACON) as rig:
        driver, _ = await rig.start()
        await heard(rig)
        assert rig.wire.daemon is not None
        os.kill(rig.wire.daemon, signal.SIGSTOP)
        try:
            assert isinstance(await rig.loses(7.0), NoReply)
            began = time.monotonic()
            await driver.close()
            assert time.monotonic() - began <= 1.2
            with pytest.raises(NoReply):
                await rig.driver().start()
        finally:
            os.kill(rig.wire.daemon, signal.SIGCONT)
        assert await again(rig) <= 3.0


async def test_a_machine_without_bluetooth_says_so() -> None:
    async with room() as rig:
        with pytest.raises(LinkLost, match="no hci7"):
            await rig.driver(adapter="hci7").start()
        with pytest.raises(LinkLost, match="no D-Bus"):
            await rig.driver(dbus_address="unix:path=/nonexistent/bus").start()


async def test_a_second_bus_in_one_process_is_refused_rather_than_mistaken() -> None:
    async with room() as one, room() as other:
        await one.start()
        with pytest.raises(Refused, match="one bus"):
            await other.driver().start()


async def test_an_attempt_that_is_given_up_at_any_moment_leaves_nothing_that_hinders_the_next() -> None:
    async with room(band_1=KBEACON) as rig:
        for delay in (0.0, 0.001, 0.002, 0.004, 0.006, 0.01):
            driver = rig.driver()
            starting = asyncio.create_task(driver.start())
            await asyncio.sleep(delay)
            starting.cancel()
            await asyncio.wait([starting])
            await driver.close()
        assert await again(rig) <= USABLE_S


async def test_a_driver_closes_twice_and_unstarted() -> None:
    async with room() as rig:
        await rig.driver().close()
        driver, _ = await rig.start()
        await driver.close()
        await driver.close()
        assert isinstance(await rig.loses(1.0), LinkLost)


async def test_noise_on_the_air_is_nobody_and_the_bands_are_heard_through_it() -> None:
    chance = random.Random(7)
    async with room(band_1=KBEACON, band_2=MINEW) as rig:
        await rig.start()
        rig.wire.faults.corrupt = 1000
        noise = b"".join(_noise(chance) for _ in range(2000))
        await asyncio.to_thread(rig.wire.flood, noise)
        rig.wire.faults.clear()
        await heard(rig)
        await rig.hears(BandHeard, band="band-2")
        assert {report.band for report in rig.told if isinstance(report, BandHeard)} == {"band-1", "band-2"}


def _noise(chance: random.Random) -> bytes:
    address = ":".join(f"{chance.randrange(256):02X}" for _ in range(6))
    return f"advert {address} {chance.randrange(-100, -20)} {chance.randbytes(chance.randrange(40)).hex()}\n".encode()


@pytest.mark.parametrize(
    "knob",
    [{"delay_s": 0.3}, {"double": 1000}, {"swallow": 20}, {"junk": b"\xff\x00"}],
    ids=lambda knob: next(iter(knob)),
)
async def test_adverts_that_come_late_twice_seldom_or_spoilt_end_in_a_band_that_is_heard(
    knob: dict[str, object],
) -> None:
    async with room(band_1=KBEACON) as rig:
        await rig.start()
        for name, value in knob.items():
            setattr(rig.wire.faults, name, value)
        await asyncio.sleep(0.5)
        if "junk" in knob:
            rig.wire.faults.clear()
        await heard(rig)
        assert rig.ended is None


async def test_a_missing_dbus_daemon_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoBus, match="apt-get install dbus"):
        async with room():
            pass


def test_a_long_path_gets_a_short_bus(tmp_path: Path) -> None:
    wire = BluezWire(Air(), tmp_path / ("x" * 100))
    try:
        assert len(wire.address) < 120
    finally:
        wire.close()
