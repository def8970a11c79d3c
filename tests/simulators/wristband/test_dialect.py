"""What a simulated band says is read back as its state, in every model: by tables, by functions, under keys."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodyd_drivers.wristband import Band
from custodyd_drivers.wristband.frames import adverts
from custodyd_drivers.wristband.frames.reading import Reading
from custodyd_drivers.wristband.models import Model, built_in
from custodyd_drivers.wristband.recognise import Ear, Known
from custodyd_simulators.wristband.air import Air, order
from custodyd_simulators.wristband.band import Body, Worn
from custodyd_simulators.wristband.dialect import speak

ADDRESS = "BC:57:29:02:A1:B2"
BANDS: dict[str, dict[str, Any]] = {
    "kbeacon": {"uuid": "b9407f30-f5f8-466e-aff9-25556b57fe60", "major": 3, "minor": 4, "address": ADDRESS},
    "ibeacon": {"uuid": "b9407f30-f5f8-466e-aff9-25556b57fe60", "major": 3, "minor": 4},
    "minew": {"address": ADDRESS},
    "eddystone": {"id": "0102030405060708090a0b0c0d0e0f10", "address": ADDRESS},
    "bthome": {"address": ADDRESS},
    "wearable": {"id": "010203"},
    "amazfit": {"address": ADDRESS},
}
WORN = st.builds(
    Worn,
    battery=st.integers(0, 100),
    strap_open=st.booleans(),
    counter=st.integers(0, 0xFF),
    body=st.builds(Body, bpm=st.integers(30, 200), skin=st.booleans(), temperature=st.integers(2000, 4200)),
)


def known(name: str, key: bytes = b"") -> Known:
    return msgspec.convert({"model": name, **BANDS[name]}, Band).known("band-1", key)


def read(one: Known, worn: Worn, model: Model) -> Reading:
    ear = Ear([one], {one.model: model})
    found: Reading | None = None
    spoken = speak(model, one, worn)
    for raw in spoken:
        advert = adverts.parse(raw)
        said = ear.hear(ADDRESS, advert.company, advert.service, advert.name)
        assert said is not None, raw.hex()
        assert said[0] == "band-1"
        found = found.joined(said[1]) if found is not None else said[1]
    assert found is not None
    return found


def test_every_built_in_model_has_a_band_here() -> None:
    assert set(BANDS) == set(built_in())


@given(name=st.sampled_from(sorted(BANDS)), worn=WORN)
def test_a_band_is_read_as_it_is(name: str, worn: Worn) -> None:
    said = read(known(name), worn, built_in()[name])
    assert said.strap_open in (None, worn.strap_open)
    assert said.counter in (None, worn.counter)
    assert said.heart_rate in (None, worn.body.bpm)
    assert said.temperature is None or abs(said.temperature - worn.body.temperature) <= 1
    assert said.event is None
    if name in ("kbeacon", "minew", "bthome"):
        assert (said.battery, said.strap_open) == (worn.battery, worn.strap_open)


@pytest.mark.parametrize(("name", "press"), [("kbeacon", "triple"), ("bthome", "long"), ("wearable", "press")])
def test_a_press_is_read_while_it_is_told_and_not_after(name: str, press: Any) -> None:
    worn = Worn()
    worn.press(press, seconds=5)
    assert read(known(name), worn, built_in()[name]).event == press
    worn.pass_time(5.1)
    assert read(known(name), worn, built_in()[name]).event is None


@pytest.mark.parametrize("name", ["kbeacon", "bthome"])
def test_a_band_with_a_key_says_nothing_in_clear_and_is_read_under_it(name: str) -> None:
    key, worn = b"0123456789abcdef", Worn(counter=7)
    said = read(known(name, key), worn, built_in()[name])
    assert said.sealed
    assert said.counter is not None
    for raw in speak(built_in()[name], known(name, key), worn):
        advert = adverts.parse(raw)
        clear = Ear([known(name)], built_in()).hear(ADDRESS, advert.company, advert.service, None)
        assert clear is None or clear[1] == Reading()


def test_a_model_that_a_station_describes_is_spoken_by_the_same_table() -> None:
    fields = [
        {"meaning": "strap_open", "offset": 3, "equals": 0xA5},
        {"meaning": "contact", "offset": 4, "bit": 2},
        {"meaning": "temperature", "offset": 5, "type": "s16", "endian": "little", "scale": 0.1},
        {"meaning": "battery", "offset": 7},
    ]
    frame = {"service": "fe59", "starts": "c?", "name": "JX-*", "identity": [{"offset": 1, "length": 2}]}
    model = msgspec.convert({"frames": [{**frame, "fields": fields}]}, Model)
    one = msgspec.convert({"model": "jx", "id": "0102"}, Band).known("band-1")
    said = read(one, Worn(battery=33, strap_open=True, body=Body(temperature=3650)), model)
    assert said == Reading(strap_open=True, contact=True, temperature=3650, battery=33)


@given(st.binary(max_size=60))
def test_no_spoilt_utterance_makes_the_wire_raise(utterance: bytes) -> None:
    for kind in (b"A", b"O", b""):
        line = order(kind + utterance)
        assert line is None or "\n" not in line


def test_bluetoothd_is_heard_line_by_line() -> None:
    air = Air()
    air.hear(b"scanning 1\nscanning 0\n")
    assert air.heard == ["scanning 1", "scanning 0"]
