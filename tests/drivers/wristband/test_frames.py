"""Bytes to values: pinned by the makers' frames, and indifferent to whatever else arrives."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.drivers.wristband.golden import BANDS, BASE, GOLDEN, heard, known

from custodyd_drivers.wristband.frames import adverts, beacons, bthome, gatt, kbeacon
from custodyd_drivers.wristband.frames.reading import SILENT, Reading


def hexed(section: str, name: str) -> bytes:
    return bytes.fromhex(GOLDEN[section][name])


@pytest.mark.parametrize("frame", GOLDEN["frame"], ids=lambda frame: frame["name"])
def test_a_makers_frame_is_read_as_the_maker_says(frame: dict[str, Any]) -> None:
    band = known(frame["band"])
    address = band.address.hex(":").upper() or "00:00:00:00:00:01"
    assert heard(bytes.fromhex(frame["raw"]), band, address=address) == (frame["band"], Reading(**frame["says"]))


@pytest.mark.parametrize("frame", GOLDEN["frame"], ids=lambda frame: frame["name"])
def test_a_strangers_frame_is_nobodys(frame: dict[str, Any]) -> None:
    other = known("other", model=BANDS[frame["band"]].model, address="00:00:00:00:00:02")
    assert heard(bytes.fromhex(frame["raw"]), other, address="00:00:00:00:00:01") is None


def test_an_ibeacon_of_another_uuid_with_the_same_numbers_is_not_ours() -> None:
    raw = adverts.of_company(beacons.APPLE, beacons.IBeacon(bytes(16), 12, 10, -59).encode())
    assert heard(raw, known("beacon")) is None


def test_an_ibeacon_survives_the_way_there_and_back() -> None:
    beacon = beacons.IBeacon(BASE, 12, 10, -59)
    assert beacons.ibeacon(beacon.encode()) == beacon
    assert beacon.encode() == adverts.parse(bytes.fromhex(GOLDEN["frame"][0]["raw"])).company[0x004C]


def test_telemetry_is_made_as_the_specification_shows_it() -> None:
    made = beacons.Telemetry(3000, 2550, 1000, 36000).encode()
    assert made.hex() == "20000bb81980000003e800008ca0"


def test_the_changed_uuid_is_the_makers() -> None:
    assert kbeacon.changed_uuid(BASE, 7)[-1] == 0x68
    assert kbeacon.event(BASE, kbeacon.changed_uuid(BASE, 7)) == Reading(event="cut")
    assert kbeacon.event(BASE, BASE) == SILENT
    assert kbeacon.event(BASE, kbeacon.changed_uuid(BASE, 12)) is None


def test_an_encrypted_ibeacon_opens_under_its_password_and_no_other() -> None:
    golden = GOLDEN["ebeacon"]
    data, mac = hexed("ebeacon", "data"), hexed("ebeacon", "mac")
    password = golden["password"].encode()
    assert kbeacon.encrypted(data, mac, password) == (BASE, golden["utc"])
    assert kbeacon.encrypt(BASE, mac, password, golden["utc"]) == data
    wrong = kbeacon.encrypted(data, mac, b"1" * 16)
    assert wrong is not None
    assert wrong[0] != BASE


def test_a_sealed_packet_opens_under_its_key_and_no_other() -> None:
    key, mac = hexed("bthome", "key"), hexed("bthome", "mac")
    warm = hexed("bthome", "warm")
    assert bthome.unseal(warm, mac, key) == (hexed("bthome", "warm_plain"), GOLDEN["bthome"]["warm_counter"])
    assert bthome.unseal(warm, mac, bytes(16)) is None
    assert bthome.unseal(warm, mac, b"short") is None
    assert bthome.seal(hexed("bthome", "tamper_plain"), mac, key, 1) == hexed("bthome", "tamper")


def test_a_sealed_tamper_is_an_open_strap() -> None:
    said = bthome.reading(hexed("bthome", "tamper"), hexed("bthome", "mac"), hexed("bthome", "key"))
    assert said == Reading(strap_open=True, battery=80, counter=1, sealed=True)


def test_what_stands_in_clear_does_not_count_for_a_band_with_a_key() -> None:
    tag = known("tag", hexed("bthome", "key"))
    plain = adverts.of_service(bthome.SERVICE, b"\x40\x00\x01\x2b\x00")
    sealed = adverts.of_service(bthome.SERVICE, hexed("bthome", "tamper"))
    assert heard(plain, tag, address="54:48:E6:8F:80:A5") is None
    assert heard(sealed, tag, address="54:48:E6:8F:80:A5") is not None


def test_a_copied_ibeacon_does_not_count_for_a_kbeacon_with_a_password() -> None:
    band = known("kkm", b"0" * 16)
    assert heard(bytes.fromhex(GOLDEN["frame"][0]["raw"]), band) is None
    sealed = adverts.of_company(kbeacon.KKM, hexed("ebeacon", "data"))
    assert heard(sealed, band) == ("kkm", Reading(counter=GOLDEN["ebeacon"]["utc"], sealed=True))


def test_a_cut_told_in_an_encrypted_ibeacon_is_heard() -> None:
    cut = kbeacon.encrypt(kbeacon.changed_uuid(BASE, 7), hexed("ebeacon", "mac"), b"0" * 16, 1_795_000_009)
    said = heard(adverts.of_company(kbeacon.KKM, cut), known("kkm", b"0" * 16))
    assert said == ("kkm", Reading(event="cut", counter=1_795_000_009, sealed=True))


@pytest.mark.parametrize("golden", GOLDEN["pulse"], ids=lambda golden: golden["value"])
def test_a_heart_rate_is_read_with_its_contact(golden: dict[str, Any]) -> None:
    expected = gatt.Pulse(golden["bpm"], golden["contact"], tuple(golden.get("intervals", ())))
    assert gatt.pulse(bytes.fromhex(golden["value"])) == expected


@pytest.mark.parametrize("golden", GOLDEN["temperature"], ids=lambda golden: golden["value"])
def test_a_temperature_is_read_in_hundredths(golden: dict[str, Any]) -> None:
    assert gatt.temperature(bytes.fromhex(golden["value"])) == golden["hundredths"]


@pytest.mark.parametrize("value", ["00ffff7f00", "000000800000", "00feff7f00", "0002008000", "0001008000", "000a", ""])
def test_what_is_not_a_number_is_no_temperature(value: str) -> None:
    assert gatt.temperature(bytes.fromhex(value)) is None


def test_fahrenheit_becomes_celsius() -> None:
    assert gatt.temperature(b"\x01" + (977).to_bytes(3, "little") + b"\xff") == 3650


@given(bpm=st.integers(0, 0xFFFF), contact=st.sampled_from([None, True, False]), rr=st.lists(st.integers(0, 0xFFFF)))
def test_a_pulse_survives_the_way_there_and_back(bpm: int, contact: bool | None, rr: list[int]) -> None:
    pulse = gatt.Pulse(bpm, contact, tuple(rr))
    assert gatt.pulse(pulse.encode()) == pulse


@given(st.binary(max_size=40))
def test_no_bytes_make_a_codec_raise(data: bytes) -> None:
    adverts.parse(data)
    beacons.ibeacon(data)
    kbeacon.sensor(data)
    kbeacon.system(data)
    kbeacon.encrypted(data, bytes(6), b"pw")
    kbeacon.event(BASE, data[:16])
    bthome.reading(data)
    bthome.reading(data, bytes(6), bytes(16))
    gatt.pulse(data)
    gatt.temperature(data)
    gatt.battery(data)


@given(st.binary(max_size=60))
def test_an_advert_is_parsed_up_to_where_it_is_whole(data: bytes) -> None:
    whole = list(adverts.structures(data))
    again = b"".join(adverts.structure(kind, body) for kind, body in whole)
    assert data.startswith(again)


@given(name=st.sampled_from(sorted(BANDS)), company=st.integers(0, 0xFFFF), data=st.binary(max_size=40), at=st.data())
def test_no_advert_makes_the_ear_raise_or_name_a_band_that_is_not_there(
    name: str, company: int, data: bytes, at: st.DataObject
) -> None:
    heads = [b"\x02\x15" + BASE[:15], b"\x21", b"\x22", b"\xa1\x20", b"\xa1\x03", b"\xa4\x01", b"\x20\x00", b"\x40"]
    data = at.draw(st.sampled_from([b"", *heads])) + data
    company = at.draw(st.sampled_from([company, 0x004C, 0x0A53, 0x0639, 0xFFFF]))
    raw = adverts.of_company(company, data) + adverts.of_service(0xFFE1, data[:20]) + adverts.of_service(0xFCD2, data)
    found = heard(raw[:255], known(name), address=BANDS[name].address or "00:00:00:00:00:01")
    assert found is None or found[0] == name
