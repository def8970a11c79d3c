"""Wristbands in a whole station: what a wearer does becomes an incident, what befalls Bluetooth becomes blindness."""

import asyncio
import time
from typing import Any

import pytest
from tests.station.support import all_entries
from tests.station.test_faults import hand, seen, station

from custodyd_simulators.running import Running

pytestmark = [pytest.mark.station, pytest.mark.xdist_group("station"), pytest.mark.timeout(120)]
RECEIVER = "receiver-intake"


async def band(running: Running, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        row for row in (await running.get("/v1/wristbands"))["items"] if row["wristband"] == name
    )
    return found


async def stands(running: Running, name: str, within: float, **facts: Any) -> float:
    """Wait until a band stands so; how long it took."""
    began = time.monotonic()
    async with asyncio.timeout(within):
        while not facts.items() <= (await band(running, name)).items():  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.02)
    return time.monotonic() - began


async def incident(running: Running, kind: str, within: float) -> dict[str, Any]:
    async with asyncio.timeout(within):
        while True:
            for row in (await running.get("/v1/incidents"))["items"]:
                if row["kind"] == kind:
                    return dict(row)
            await asyncio.sleep(0.05)


async def test_a_strap_that_is_cut_and_a_call_are_incidents_within_a_second_and_a_band_carried_away_is_lost() -> None:
    async with station() as running:
        for name in ("band-1", "band-7"):
            await stands(running, name, 10, standing="heard")
        await hand(running, "walk", "band-7", "away")
        gone = time.monotonic()
        await hand(running, "strap", "band-1", "cut", "0")
        assert (await incident(running, "wristband.strap.opened", 1.5))["object"] == "band-1"
        await hand(running, "sos", "band-2")
        assert (await incident(running, "wristband.sos.pressed", 1.5))["object"] == "band-2"
        await stands(running, "band-7", 15, standing="unknown")
        assert 8.0 <= time.monotonic() - gone <= 12.0
        assert (await incident(running, "wristband.lost.began", 30))["object"] == "band-7"
        assert time.monotonic() - gone <= 32.0
        await hand(running, "walk", "band-7", "back")
        await stands(running, "band-7", 5, standing="heard")
        kinds = [entry["kind"] for entry in await all_entries(running) if entry.get("object") == "band-7"]
        assert kinds == [
            "wristband.heard",
            "wristband.unknown.began",
            "wristband.lost.began",
            "wristband.unknown.ended",
            "wristband.lost.ended",
        ]


async def test_a_bluetoothd_that_dies_is_blindness_and_its_return_is_used_at_once() -> None:
    async with station() as running:
        await stands(running, "band-1", 10, standing="heard")
        await hand(running, "bluetooth", RECEIVER, "crash")
        assert await seen(running, RECEIVER, "blind", 5) <= 1.0
        await asyncio.sleep(4)  # long enough for the pauses between two attempts to have grown
        await hand(running, "bluetooth", RECEIVER, "start")
        assert await seen(running, RECEIVER, "seen", 5) <= 2.0
        await hand(running, "bluetooth", RECEIVER, "off")
        assert await seen(running, RECEIVER, "blind", 5) <= 1.0
        await hand(running, "bluetooth", RECEIVER, "on")
        assert await seen(running, RECEIVER, "seen", 5) <= 2.0
        kinds = [entry["kind"] for entry in await all_entries(running) if entry.get("device") == RECEIVER]
        assert [kind for kind in kinds if kind.startswith("device.blind")] == [
            "device.blind.began",
            "device.blind.ended",
        ] * 2
        assert "receiver.deaf.began" not in kinds


async def test_a_deaf_radio_is_the_receivers_incident_and_loses_no_band() -> None:
    async with station() as running:
        await stands(running, "band-1", 10, standing="heard")
        await hand(running, "deaf", RECEIVER, "on")
        assert (await incident(running, "receiver.deaf.began", 14))["device"] == RECEIVER
        await stands(running, "band-1", 5, standing="unknown")
        assert [row["kind"] for row in (await running.get("/v1/incidents"))["items"]] == ["receiver.deaf.began"]
        await hand(running, "deaf", RECEIVER, "off")
        await stands(running, "band-1", 5, standing="heard")
        async with asyncio.timeout(5):
            while (await running.get("/v1/incidents"))["items"]:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)
        kinds = [entry["kind"] for entry in await all_entries(running) if entry.get("device") == RECEIVER]
        assert [kind for kind in kinds if kind.startswith("receiver.")] == [
            "receiver.deaf.began",
            "receiver.deaf.ended",
        ]
