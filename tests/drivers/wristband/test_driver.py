"""The driver over a real bus and the unmodified bleak: what bands tell, and what only looks as if they told it."""

import asyncio
import secrets
from pathlib import Path

import pytest
from tests.drivers.wristband.rig import KBEACON, MINEW, UUID, room

from custodyd_drivers.contract import (
    Answered,
    BandHeard,
    HeartRate,
    Proof,
    ReceiverDeaf,
    ReceiverHears,
    SkinTemperature,
    SosPressed,
    StrapClosed,
    StrapOpened,
    Wire,
    WristbandReceiver,
)
from custodyd_drivers.errors import Refused
from custodyd_drivers.wristband import FAMILY, Settings
from custodyd_drivers.wristband.driver import Receiver
from custodyd_drivers.wristband.frames import adverts, beacons
from custodyd_simulators.wristband.bluetoothd.adapter import ADDRESS

pytestmark = pytest.mark.xdist_group("bluetooth")


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let proofs of life come often: a test that waits for one waits for all that was sent before it."""
    monkeypatch.setattr("custodyd_drivers.wristband.driver.PROVE_S", 0.3)


def test_the_family_is_a_receiver_on_dbus_that_names_its_tables() -> None:
    assert (FAMILY.name, FAMILY.wire, FAMILY.capability) == ("wristband", Wire.DBUS, "WristbandReceiver")
    assert {"kbeacon", "minew", "bthome", "ibeacon", "eddystone"} <= FAMILY.models
    assert isinstance(FAMILY.open(Settings()), WristbandReceiver)
    with pytest.raises(TypeError):
        FAMILY.open(object())


async def test_bands_of_two_makers_are_heard_with_their_batteries() -> None:
    async with room(band_1=KBEACON, band_2=MINEW) as rig:
        rig.air.charge("band-1", 64)
        _, identity = await rig.start()
        assert (identity.proof, identity.value) == (Proof.PATH, "hci0")
        await rig.hears(BandHeard, band="band-2", battery=90, proof="advert")
        heard = await rig.hears(BandHeard, band="band-1", battery=64)
        assert -90 < heard.rssi < -30
        await rig.hears(Answered)


async def test_an_adapter_with_the_given_address_is_proven_by_it_and_another_is_refused() -> None:
    async with room() as rig:
        _, identity = await rig.start(address=ADDRESS)
        assert (identity.proof, identity.value) == (Proof.ADDRESS, ADDRESS)
        with pytest.raises(Refused, match="another adapter"):
            await rig.driver(address="00:00:00:00:00:01").start()


async def test_a_strap_that_is_cut_is_told_although_its_advert_comes_once() -> None:
    async with room(band_1={**KBEACON, "interval_s": 1.0}) as rig:
        await rig.start()
        await rig.hears(BandHeard, band="band-1")
        rig.air.strap("band-1", "cut", seconds=0)
        await rig.hears(StrapOpened, band="band-1", how="cut", within=1.0)
        await rig.hears(BandHeard, band="band-1")
        assert [report.how for report in rig.told if isinstance(report, StrapOpened)].count("cut") == 1


async def test_the_very_first_advert_of_a_band_may_tell_that_it_was_cut() -> None:
    async with room(band_1={**KBEACON, "interval_s": 60.0}) as rig:
        await rig.start()
        rig.air.strap("band-1", "cut", seconds=0)
        await rig.hears(StrapOpened, band="band-1", how="cut", within=2.0)


async def test_a_strap_opened_and_closed_again_is_told_open_and_later_closed() -> None:
    async with room(band_1=KBEACON) as rig:
        await rig.start()
        await rig.hears(StrapClosed, band="band-1")
        rig.air.strap("band-1", "open")
        await rig.hears(StrapOpened, band="band-1", how="state", within=2.0)
        rig.air.strap("band-1", "close")
        await rig.hears(StrapClosed, band="band-1")


async def test_a_button_pressed_once_is_told_once() -> None:
    async with room(band_1=KBEACON) as rig:
        await rig.start()
        await rig.hears(BandHeard, band="band-1")
        rig.air.sos("band-1", "double", seconds=2.0)
        await rig.hears(SosPressed, band="band-1", press="double", within=1.0)
        await asyncio.sleep(3.0)
        assert sum(isinstance(report, SosPressed) for report in rig.told) == 1


async def test_a_property_that_changes_without_an_advert_is_no_sighting() -> None:
    async with room(band_2=MINEW) as rig:
        driver, _ = await rig.start()
        await rig.hears(BandHeard, band="band-2")
        rig.air.walk("band-2", "away")
        await rig.hears(Answered)
        taken, told = dict(driver.taken), len(rig.told)
        for _ in range(100):
            rig.wire.touch("AC:23:3F:A1:23:45")
        await rig.hears(Answered)
        assert driver.taken == taken
        assert {type(report) for report in rig.told[told:]} == {Answered}


async def test_what_bluetoothd_kept_from_before_is_no_sighting_at_the_first_change() -> None:
    async with room(band_2=MINEW) as rig:
        first, _ = await rig.start()
        await rig.hears(BandHeard, band="band-2")
        rig.air.walk("band-2", "away")
        await rig.hears(Answered)
        await first.close()
        second, _ = await rig.start()
        for _ in range(3):
            rig.wire.touch("AC:23:3F:A1:23:45")
        await rig.hears(Answered)
        assert second.taken == {"band-2": 0}
        rig.air.walk("band-2", "back")
        await rig.hears(BandHeard, band="band-2")


async def test_a_receiver_is_deaf_without_its_beacon_although_bands_are_heard_and_says_when_it_hears_again() -> None:
    async with room(beacon=True, band_2=MINEW) as rig:
        await rig.start(deaf_s=2.0)
        await rig.hears(ReceiverHears)
        rig.air.beacon(on=False)
        await rig.hears(ReceiverDeaf, within=4.0)
        await rig.hears(BandHeard, band="band-2")
        rig.air.beacon(on=True)
        await rig.hears(ReceiverHears, within=3.0)


async def test_a_deaf_radio_is_no_lost_band_and_gets_a_new_scan() -> None:
    async with room(beacon=True, band_2=MINEW) as rig:
        await rig.start(deaf_s=2.0, silent_s=5.0)
        await rig.hears(ReceiverHears)
        rig.wire.faults.mute = True
        await rig.hears(ReceiverDeaf, within=4.0)
        scans = rig.air.heard.count("scanning 1")
        await rig.until(lambda: rig.air.heard.count("scanning 1") > scans)
        rig.wire.faults.mute = False
        await rig.hears(ReceiverHears, within=3.0)
        assert rig.ended is None


async def test_a_thousand_adverts_a_second_reach_the_daemon_as_one_report_a_second() -> None:
    async with room(band_1=KBEACON) as rig:
        driver, _ = await rig.start()
        await rig.hears(BandHeard, band="band-1")
        beacon = beacons.IBeacon(bytes.fromhex(UUID.replace("-", "")), 1, 1).encode()
        order = f"advert C1:00:00:01:00:01 -60 {adverts.of_company(beacons.APPLE, beacon).hex()}\n".encode()
        before, told = driver.taken["band-1"], len(rig.told)
        await asyncio.to_thread(rig.wire.flood, order * 2000)
        await rig.until(lambda: driver.taken["band-1"] >= before + 2000)
        assert sum(isinstance(report, BandHeard) for report in rig.told[told:]) < 10


async def test_a_pulse_and_a_temperature_are_read_over_a_connection_while_others_go_on() -> None:
    async with room(band_1=KBEACON, band_2={**MINEW, "vitals_s": 10}) as rig:
        rig.air.pulse("band-2", 88)
        await rig.start()
        await rig.hears(HeartRate, band="band-2", bpm=88, contact=True)
        await rig.hears(SkinTemperature, band="band-2", hundredths=3350)
        rig.air.pulse("band-2", 0, skin=False)
        await rig.hears(StrapOpened, band="band-2", how="skin")
        await rig.hears(BandHeard, band="band-1")


async def test_a_band_with_a_key_is_heard_and_one_whose_key_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "tag").write_text(secrets.token_hex(16) + "\n")
    (tmp_path / "kkm").write_text("text:geheim")
    tag = {"model": "bthome", "address": "54:48:E6:8F:80:A5", "credential": "tag", "interval_s": 0.1}
    kkm = {"model": "kbeacon", "address": "BC:57:29:02:A1:B2", "uuid": KBEACON["uuid"], "credential": "kkm"}
    async with room(tag=tag, kkm={**kkm, "interval_s": 0.1}) as rig:
        driver, _ = await rig.start()
        await rig.hears(BandHeard, band="tag", proof="counter", battery=90)
        await rig.hears(BandHeard, band="kkm", proof="counter")
        rig.air.strap("kkm", "cut", seconds=0.5)
        await rig.hears(StrapOpened, band="kkm", how="cut")
        for text in ("", "abcd", "text:" + "x" * 17, "zz" * 16):
            (tmp_path / "kkm").write_text(text)
            assert driver.listen_for(rig.bands, {}).keys() == {"kkm"}
        (tmp_path / "kkm").unlink()
        assert "kkm" in driver.listen_for(rig.bands, {})["kkm"]
        await rig.hears(BandHeard, band="tag")


async def test_a_band_of_a_model_that_nobody_described_is_named() -> None:
    async with room(band_2=MINEW) as rig:
        driver: Receiver = rig.driver()
        strange = {"band-2": rig.bands["band-2"], "band-9": type(rig.bands["band-2"])(model="other", id="01")}
        assert driver.listen_for(strange, {}) == {"band-9": "no model other"}
