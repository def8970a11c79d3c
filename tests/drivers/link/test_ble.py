"""Which callbacks are adverts, and which bus bleak speaks on: the two things that the door to bleak decides."""

import asyncio
import os
from collections.abc import Mapping
from typing import Any

import pytest
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from custodyd_drivers.errors import LinkLost, Refused
from custodyd_drivers.link.ble import Scan, door
from custodyd_drivers.link.ble import scan as scanning

PATH = "/org/bluez/hci0/dev_AA"


class Callbacks:
    """A scan that is called as bleak calls it, and what it took for received."""

    def __init__(self) -> None:
        self.received: list[bool] = []
        self.scan = Scan("hci0", None, self._heard)

    def _heard(
        self,
        address: str,
        company: Mapping[int, bytes],
        service: Mapping[str, bytes],
        name: str | None,
        rssi: int,
        received: bool,
    ) -> None:
        self.received.append(received)

    def call(self, kept: dict[str, Any], path: str = PATH, rssi: int = -60) -> None:
        advert = AdvertisementData(None, {}, {}, [], None, rssi, (path, kept))
        self.scan._called(BLEDevice("AA:00:00:00:00:01", None, {}), advert)


async def test_a_device_that_was_kept_before_counts_from_its_second_advert() -> None:
    calls = Callbacks()
    calls.scan.kept_before(frozenset({PATH}))
    for _ in range(3):
        calls.call({"ManufacturerData": {1: b""}})
    assert calls.received == [False, True, True]


async def test_a_device_that_was_not_kept_counts_from_its_first_advert_and_not_before_that_is_known() -> None:
    calls = Callbacks()
    calls.call({"ManufacturerData": {1: b""}}, "before")
    calls.scan.kept_before(frozenset({PATH}))
    calls.call({"ManufacturerData": {1: b""}}, "after")
    assert calls.received == [False, True]


async def test_the_same_objects_again_are_no_advert_and_either_of_them_anew_is_one() -> None:
    calls = Callbacks()
    company, service = {1: b"\x01"}, {"feaa": b"\x02"}
    calls.call({"ManufacturerData": company, "ServiceData": service})
    calls.call({"ManufacturerData": company, "ServiceData": service})
    calls.call({"ManufacturerData": {1: b"\x01"}, "ServiceData": service})
    calls.call({"ManufacturerData": company, "ServiceData": {"feaa": b"\x02"}})
    assert calls.received == [False, True, True]


async def test_what_has_no_signal_strength_was_not_received() -> None:
    calls = Callbacks()
    calls.call({"ManufacturerData": {1: b""}})
    calls.call({"ManufacturerData": {1: b""}}, rssi=-127)
    assert calls.received == [False, False]


async def test_a_flood_of_false_devices_takes_a_bounded_memory_and_makes_nothing_count_that_did_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scanning, "_MOST", 100)
    calls = Callbacks()
    calls.scan.kept_before(frozenset())
    kept = {"ManufacturerData": {1: b""}}
    calls.call(kept)
    for number in range(250):
        calls.call({"ManufacturerData": {1: b""}}, f"false {number}")
    assert len(calls.scan._last) <= 100
    del calls.received[:]
    calls.call(kept)
    assert calls.received == [False]


async def test_bleak_finds_the_given_bus_in_the_environment_only_while_it_connects(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/before")
    with door.bus("unix:path=/given"):
        with door.bus("unix:path=/given"):
            assert os.environ["DBUS_SYSTEM_BUS_ADDRESS"] == "unix:path=/given"
        assert os.environ["DBUS_SYSTEM_BUS_ADDRESS"] == "unix:path=/given"
    assert os.environ["DBUS_SYSTEM_BUS_ADDRESS"] == "unix:path=/before"
    monkeypatch.delenv("DBUS_SYSTEM_BUS_ADDRESS")
    with door.bus("unix:path=/given"):
        pass
    assert "DBUS_SYSTEM_BUS_ADDRESS" not in os.environ
    with pytest.raises(Refused), door.bus(None):
        pass


async def test_without_an_address_the_environment_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/before")
    with door.bus(None):
        assert os.environ["DBUS_SYSTEM_BUS_ADDRESS"] == "unix:path=/before"


async def test_a_scan_that_does_not_begin_in_time_is_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "START_S", 0.05)
    calls = Callbacks()

    async def hang() -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(calls.scan._scanner, "start", hang)
    with pytest.raises(LinkLost, match="begin to scan"):
        await calls.scan.start()
    await calls.scan.stop()
