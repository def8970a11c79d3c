"""Another maker's band is data: matched, found and read by a table, with at most one function."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.drivers.wristband.golden import MODELS, heard, known

from custodyd_drivers.wristband.frames import adverts
from custodyd_drivers.wristband.frames.reading import Reading
from custodyd_drivers.wristband.models import Field, Frame, Model, Span, mask
from custodyd_drivers.wristband.recognise import Ear, Known, decoder
from custodyd_drivers.wristband.settings import Band


def model(**frame: Any) -> dict[str, Model]:
    """One model `band` of one frame."""
    return {"band": msgspec.convert({"frames": [frame]}, Model)}


def band(**more: Any) -> Known:
    return known("band-1", **{"model": "band", **more})


BY_ADDRESS = {"address": "BC:57:29:02:A1:B2"}


def test_a_band_found_by_company_and_first_bytes_is_read_by_its_table() -> None:
    fields = [
        {"meaning": "battery", "offset": 1},
        {"meaning": "strap_open", "offset": 2, "bit": 3},
        {"meaning": "sos", "offset": 2, "bit": 0},
        {"meaning": "temperature", "offset": 3, "type": "s16", "endian": "little", "scale": 0.1},
        {"meaning": "counter", "offset": 5, "type": "u24"},
    ]
    models = model(company=0x1234, starts="c?", fields=fields)
    said = heard(adverts.of_company(0x1234, bytes.fromhex("c85a096d01000102")), band(**BY_ADDRESS), models=models)
    assert said == ("band-1", Reading(True, "press", 90, None, 3650, counter=258))


def test_a_band_found_by_service_and_name_must_have_both() -> None:
    models = model(service="fe59", name="JX-*", fields=[{"meaning": "battery", "offset": 0}])
    advert = adverts.of_service(0xFE59, b"\x40")
    named = advert + adverts.structure(0x09, b"JX-07")
    assert heard(named, band(**BY_ADDRESS), models=models) == ("band-1", Reading(battery=64))
    assert heard(advert, band(**BY_ADDRESS), models=models) is None


def test_a_band_names_itself_in_its_data_whatever_its_address() -> None:
    models = model(company=0x1234, identity=[{"offset": 1, "length": 2, "reversed": True}])
    assert heard(adverts.of_company(0x1234, b"\x00\x02\x01"), band(id="0102"), models=models) == ("band-1", Reading())
    assert heard(adverts.of_company(0x1234, b"\x00\x01\x02"), band(id="0102"), models=models) is None


def test_a_frame_without_a_name_belongs_to_whom_the_address_named_last() -> None:
    frames = [
        {"company": 0x1234, "starts": "01", "identity": [{"offset": 1, "length": 2}]},
        {"company": 0x1234, "starts": "02", "fields": [{"meaning": "battery", "offset": 1}]},
    ]
    ear = Ear([band(id="0102")], {"band": msgspec.convert({"frames": frames}, Model)})
    battery = {0x1234: b"\x02\x32"}
    assert ear.hear("AA:00:00:00:00:01", battery, {}, None) is None
    assert ear.hear("AA:00:00:00:00:01", {0x1234: b"\x01\x01\x02"}, {}, None) == ("band-1", Reading())
    assert ear.hear("AA:00:00:00:00:01", battery, {}, None) == ("band-1", Reading(battery=50))
    assert ear.hear("AA:00:00:00:00:02", battery, {}, None) is None


def test_addresses_that_change_without_end_take_a_bounded_memory() -> None:
    ear = Ear([band(id="0102")], model(company=1, identity=[{"offset": 0, "length": 2}]))
    for number in range(10_000):
        ear.hear(f"AA:00:00:00:{number >> 8:02X}:{number & 0xFF:02X}", {1: b"\x01\x02"}, {}, None)
    assert len(ear._learnt) <= 4096


def test_a_name_under_a_foreign_address_does_not_count_when_the_address_is_given() -> None:
    models = model(company=0x1234, identity=[{"offset": 0, "length": 2}])
    raw = adverts.of_company(0x1234, b"\x01\x02")
    assert heard(raw, band(id="0102", **BY_ADDRESS), models=models) is not None
    assert heard(raw, band(id="0102", **BY_ADDRESS), models=models, address="AA:00:00:00:00:01") is None


def test_a_voltage_stands_for_a_percentage_where_the_maker_gives_none() -> None:
    fields = [{"meaning": "millivolts", "offset": 0, "type": "u16"}]
    kind = msgspec.convert({"frames": [{"company": 1, "fields": fields}], "empty_mv": 2000, "full_mv": 3000}, Model)
    for millivolts, percent in ((2500, 50), (1900, 0), (3300, 100)):
        said = heard(adverts.of_company(1, millivolts.to_bytes(2, "big")), band(**BY_ADDRESS), models={"band": kind})
        assert said is not None
        assert said[1].battery == percent


def test_a_value_that_cannot_be_is_none() -> None:
    fields = [{"meaning": "battery", "offset": 0}, {"meaning": "heart_rate", "offset": 1, "absent": 255}]
    models = model(company=1, fields=fields)
    assert heard(adverts.of_company(1, b"\xc8\xff"), band(**BY_ADDRESS), models=models) == ("band-1", Reading())


def test_the_home_built_wearable_and_a_heart_rate_broadcast_come_as_data_alone() -> None:
    worn = known("w", model="wearable", id="000007")
    raw = adverts.of_company(0xFFFF, bytes.fromhex("000007 0102 0f3c 0e42 01"))
    assert heard(raw, worn, models=dict(MODELS)) == (
        "w",
        Reading(event="press", battery=67, millivolts=3900, temperature=3650, counter=258),
    )
    watch = known("a", model="amazfit", **BY_ADDRESS)
    assert heard(adverts.of_company(0x0157, b"\x02\x01\x00\x4d"), watch) == ("a", Reading(heart_rate=77))


@pytest.mark.parametrize("name", ["kbeacon-event", "kbeacon-sensor", "kbeacon-encrypted", "bthome"])
def test_the_functions_that_the_built_in_models_name_are_there(name: str) -> None:
    assert decoder(name) is not None


def test_a_function_that_nobody_provides_is_named() -> None:
    with pytest.raises(LookupError, match="no-such"):
        Ear([band(**BY_ADDRESS)], model(company=1, decode="no-such"))


WRONG = [
    {"company": 1, "service": "feaa"},
    {},
    {"company": 1, "decode": "bthome", "fields": [{"meaning": "battery", "offset": 0}]},
    {"company": 1, "starts": "0"},
    {"company": 1, "starts": "0g"},
    {"company": 1, "service_uuid": "feaa"},
    {"service": "FEAA"},
    {"company": 1, "fields": [{"meaning": "battery", "offset": 0, "bit": 1}]},
    {"company": 1, "fields": [{"meaning": "sos", "offset": 0}]},
    {"company": 1, "fields": [{"meaning": "sos", "offset": 0, "bit": 8}]},
    {"company": 1, "fields": [{"meaning": "sos", "offset": 0, "bit": 1, "equals": 1}]},
    {"company": 1, "fields": [{"meaning": "mood", "offset": 0}]},
]


@pytest.mark.parametrize("frame", WRONG, ids=str)
def test_a_table_that_makes_no_sense_is_refused(frame: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        model(**frame)


@pytest.mark.parametrize("volts", [{"empty_mv": 1}, {"full_mv": 1}, {"empty_mv": 2, "full_mv": 2}], ids=str)
def test_a_scale_without_two_ends_is_refused(volts: dict[str, int]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"frames": [{"company": 1}], **volts}, Model)


@given(st.binary(min_size=3, max_size=3), st.integers(0, 5))
def test_a_mask_fits_what_differs_only_where_it_asks(data: bytes, hidden: int) -> None:
    digits = data.hex()
    pattern = mask(digits[:hidden] + "?" + digits[hidden + 1 :])
    assert pattern.match(data) is not None
    other = bytearray(data)
    other[hidden // 2] ^= 0x10 if hidden % 2 == 0 else 0x01
    assert pattern.match(bytes(other)) is not None
    other[(hidden // 2 + 1) % 3] ^= 0x01
    assert pattern.match(bytes(other)) is None


FIELDS = st.builds(
    dict,
    meaning=st.sampled_from(["battery", "millivolts", "temperature", "heart_rate", "counter"]),
    offset=st.integers(0, 20),
    type=st.sampled_from(["u8", "s8", "u16", "s16", "u24", "s24", "u32", "s32"]),
    endian=st.sampled_from(["big", "little"]),
    scale=st.floats(-1000, 1000),
)


@given(fields=st.lists(FIELDS, max_size=5), data=st.binary(max_size=40))
def test_no_bytes_make_a_table_raise(fields: list[dict[str, Any]], data: bytes) -> None:
    heard(adverts.of_company(1, data), band(**BY_ADDRESS), models=model(company=1, fields=fields))


def test_least_lengths_follow_from_what_is_read() -> None:
    assert Frame(company=1, fields=(Field(meaning="counter", offset=4, type="u32"),)).least == 8
    assert Frame(company=1, identity=(Span(offset=2, length=3),), length=2).least == 5


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"major": 1, "minor": 2},
        {"uuid": "b9407f30-f5f8-466e-aff9-25556b57fe61", "major": 1},
        {"uuid": "b9407f30-f5f8-466e-aff9-25556b57fe61"},
        {"address": "bc:57:29:02:a1:b2"},
        {"id": "012"},
        {"id": "01", "credential": "key"},
        {"id": "01", "vitals_s": 30},
        {"address": "BC:57:29:02:A1:B2", "vitals_s": 5},
        {"address": "BC:57:29:02:A1:B2", "colour": "blue"},
    ],
    ids=str,
)
def test_a_band_that_cannot_be_told_from_others_is_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"model": "kbeacon", **keys}, Band)
