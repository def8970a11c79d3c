"""Wristbands in devices.toml: what their tables may say, and what no two of them may have in common."""

from pathlib import Path

import pytest
from tests.daemon.settings.support import KNOWN, SMALL, line_of, promised, written

from custodyd.settings import Mistakes, Settings, load
from custodyd.settings.known import Known
from custodyd.settings.mistakes import Mistake
from custodyd_drivers.wristband import FAMILY

BOTH = Known({**KNOWN.families, "wristband": FAMILY}, KNOWN.buses)
RECEIVER = """
[device.receiver]
driver = "wristband"
label = "手环接收器"
"""
BAND = """
[wristband.band-1]
label = "一号手环"
model = "kbeacon"
uuid = "7a3f9c10-5b1e-4d8a-9f62-31c0de400000"
major = 1
minor = 1
"""
OTHER = BAND.replace("band-1", "band-2").replace("minor = 1", "minor = 2")
MODEL = """
[[wristband_model.jx-7.frames]]
company = 0x1234
starts = "a1"
fields = [{ meaning = "battery", offset = 1 }, { meaning = "strap_open", offset = 2, bit = 0 }]
"""


def loaded(where: Path, text: str, known: Known = BOTH) -> Settings:
    return load(written(where, SMALL + text), known=known)


def the_mistake(where: Path, text: str, known: Known = BOTH) -> Mistake:
    with pytest.raises(Mistakes) as caught:
        loaded(where, text, known)
    assert len(caught.value.list) == 1, [one.text["en"] for one in caught.value.list]
    promised(caught.value.list[0])
    return caught.value.list[0]


def test_bands_are_read_with_their_labels_and_how_often_they_speak(tmp_path: Path) -> None:
    slow = OTHER + "interval_s = 8.0\n"
    settings = loaded(tmp_path, RECEIVER + BAND + slow)
    assert [(band.id, band.interval_s) for band in settings.wristbands.values()] == [("band-1", 1.28), ("band-2", 8.0)]
    assert settings.wristbands["band-1"].label == "一号手环"
    assert settings.remarks == ()


def test_a_band_of_a_described_model_is_read(tmp_path: Path) -> None:
    band = '\n[wristband.band-9]\nlabel = "九号手环"\nmodel = "jx-7"\naddress = "AC:23:3F:A1:23:09"\n'
    settings = loaded(tmp_path, RECEIVER + MODEL + band)
    assert settings.wristbands["band-9"].interval_s == 1.0
    assert list(settings.wristband_models) == ["jx-7"]


def test_a_model_that_nobody_described_is_named_with_what_was_meant(tmp_path: Path) -> None:
    one = the_mistake(tmp_path, RECEIVER + BAND.replace('"kbeacon"', '"kbeakon"'))
    assert (one.key, one.nearest) == ("wristband.band-1.model", "kbeacon")


def test_the_model_of_a_reference_beacon_must_exist_too(tmp_path: Path) -> None:
    reference = '\n[device.receiver.reference]\nmodel = "edystone"\nid = "01"\n'
    one = the_mistake(tmp_path, RECEIVER + reference + BAND)
    assert (one.key, one.nearest) == ("device.receiver.reference.model", "eddystone")


def test_two_bands_with_one_name_on_the_air_are_told_with_both_lines(tmp_path: Path) -> None:
    text = RECEIVER + BAND + OTHER.replace("minor = 2", "minor = 1")
    one = the_mistake(tmp_path, text)
    assert one.key == "wristband.band-2"
    assert str(line_of(SMALL + text, "[wristband.band-1]")) in one.text["en"]
    addresses = BAND + 'address = "AC:23:3F:A1:23:09"\n' + OTHER + 'address = "AC:23:3F:A1:23:09"\n'
    assert "AC:23:3F:A1:23:09" in the_mistake(tmp_path, RECEIVER + addresses).text["zh-CN"]


def test_an_unknown_key_of_a_band_and_of_a_model_is_a_mistake(tmp_path: Path) -> None:
    one = the_mistake(tmp_path, RECEIVER + BAND + 'colour = "blue"\n')
    assert one.key == "wristband.band-1.colour"
    one = the_mistake(tmp_path, RECEIVER + MODEL.replace("starts", "strats"))
    assert (one.key, one.nearest) == ("wristband_model.jx-7.frames[0].strats", "starts")


def test_a_band_without_anything_that_names_it_is_refused_with_the_reason(tmp_path: Path) -> None:
    one = the_mistake(tmp_path, RECEIVER + '\n[wristband.band-1]\nlabel = "一号手环"\nmodel = "kbeacon"\n')
    assert "address" in one.text["en"]


def test_one_adapter_serves_one_receiver(tmp_path: Path) -> None:
    text = RECEIVER + RECEIVER.replace("device.receiver", "device.receiver-2") + BAND
    one = the_mistake(tmp_path, text)
    assert one.key.startswith("device.receiver-2")
    assert "hci0" in one.text["zh-CN"]


def test_bands_that_nobody_hears_are_remarked(tmp_path: Path) -> None:
    (remark,) = loaded(tmp_path, BAND).remarks
    assert "接收器" in remark.text["zh-CN"]


def test_without_a_receivers_driver_nobody_knows_what_a_band_is(tmp_path: Path) -> None:
    assert the_mistake(tmp_path, BAND, KNOWN).key == "wristband.band-1"


def test_an_overlay_may_move_a_receiver_to_another_bus_and_change_no_more(tmp_path: Path) -> None:
    over = tmp_path / "overlay.toml"
    over.write_text('[device.receiver]\ndbus_address = "unix:path=/tmp/bus"\n', "utf-8")
    settings = load(written(tmp_path, SMALL + RECEIVER + BAND), over, known=BOTH)
    assert getattr(settings.devices["receiver"].settings, "dbus_address", None) == "unix:path=/tmp/bus"
    over.write_text('[device.receiver]\nadapter = "hci1"\n', "utf-8")
    with pytest.raises(Mistakes):
        load(written(tmp_path, SMALL + RECEIVER + BAND), over, known=BOTH)
    over.write_text("[wristband.band-1]\nminor = 2\n", "utf-8")
    with pytest.raises(Mistakes):
        load(written(tmp_path, SMALL + RECEIVER + BAND), over, known=BOTH)
