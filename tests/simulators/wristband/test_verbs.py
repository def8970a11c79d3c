"""What a hand says about wristbands: done to the right room, or told what was expected."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import msgspec
import pytest

from custodyd.settings import load
from custodyd_drivers.wristband import Band, Settings
from custodyd_drivers.wristband.models import Model
from custodyd_simulators.twins import Station, build, overlay
from custodyd_simulators.verbs import Misunderstood, act
from custodyd_simulators.wristband import TWIN, Air
from custodyd_simulators.wristband.band import Worn

STATION = Path(__file__).parents[3] / "devices.toml"


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    made = build(load(STATION), tmp_path, tmp_path)
    yield made
    made.close()


def worn(station: Station, band: str) -> Worn:
    return cast("Air", station.wrists(band))._senders[band].worn


def test_the_bands_of_the_station_are_in_the_room_of_its_receiver(station: Station) -> None:
    assert station.wrists("band-1").bands == station.settings.wristbands.keys()
    with pytest.raises(KeyError):
        station.wrists("band-99")


def test_the_overlay_moves_the_receiver_to_the_private_bus(station: Station) -> None:
    assert '[device.receiver-intake]\ndbus_address = "unix:path=/' in overlay(station, Path("/tmp/civil"))


def test_hands_cut_press_walk_charge_and_feel(station: Station) -> None:
    for words in (
        ["strap", "band-1", "cut", "5"],
        ["sos", "band-2", "double"],
        ["walk", "band-3", "away"],
        ["charge", "band-4", "7"],
        ["pulse", "band-5", "140", "off"],
        ["strap", "band-6", "open"],
        ["deaf", "receiver-intake", "on"],
    ):
        act(station, words[0], words[1:])
    assert (worn(station, "band-1").event, worn(station, "band-1").strap_open) == ("cut", True)
    assert worn(station, "band-2").event == "double"
    assert not worn(station, "band-3").near
    assert worn(station, "band-4").battery == 7
    assert (worn(station, "band-5").body.bpm, worn(station, "band-5").body.skin) == (140, False)
    assert worn(station, "band-6").strap_open
    assert station.wires["receiver-intake"].faults.mute
    for words in (["walk", "band-3", "back"], ["strap", "band-6", "close"], ["deaf", "receiver-intake", "off"]):
        act(station, words[0], words[1:])
    assert worn(station, "band-3").near
    assert not worn(station, "band-6").strap_open
    assert not station.wires["receiver-intake"].faults.mute


@pytest.mark.parametrize(
    "words",
    [
        "strap band-1 tear",
        "strap band-99 cut",
        "strap band-1",
        "sos band-1 thrice",
        "walk band-1 home",
        "charge band-1 full",
        "pulse band-1 70 maybe",
        "deaf receiver-intake maybe",
        "deaf reader-a on",
        "bluetooth receiver-intake explode",
        "bluetooth scanner-a off",
    ],
)
def test_words_that_make_no_sense_are_told_what_was_expected(station: Station, words: str) -> None:
    verb, *rest = words.split()
    with pytest.raises(Misunderstood, match=verb):
        act(station, verb, rest)


def test_a_beacon_and_a_band_of_described_models_are_put_into_the_room(tmp_path: Path) -> None:
    model = msgspec.convert({"frames": [{"company": 1, "identity": [{"offset": 0, "length": 2}]}]}, Model)
    settings = msgspec.convert({"reference": {"model": "mine", "id": "0001"}}, Settings)
    air = TWIN.dialect(settings)
    said: list[bytes] = []
    air.attach(said.append)
    air.furnish({"band-1": Band(model="mine", id="0002")}, {"mine": model}, tmp_path)
    for _ in range(60):
        air.tick(0.02)
    assert {utterance[-2:].hex() for utterance in said} == {"0001", "0002"}
    assert air.take("band-1").known.band == "band-1"
    assert air.bands == frozenset()
    with pytest.raises(TypeError):
        TWIN.dialect(object())
