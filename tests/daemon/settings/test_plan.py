"""A changed file becomes a plan: only touched devices are opened anew; keys are named, values never."""

from pathlib import Path

import pytest
from tests.daemon.settings.support import KNOWN, SMALL, STATION, changed, written

from custodyd.settings import Mistakes, load
from custodyd.settings.plan import Change, Plan, plan

ALL = ("reader", "scanner", "board", "sms")


def planned(where: Path, *replacements: tuple[str, str]) -> Plan:
    new = SMALL
    for old_text, new_text in replacements:
        assert old_text in new
        new = new.replace(old_text, new_text)
    old = load(written(where, SMALL), known=KNOWN)
    return plan(old, load(written(where, new), known=KNOWN))


def test_a_file_that_says_the_same_in_other_words_changes_nothing(tmp_path: Path) -> None:
    found = planned(tmp_path, ("unit = 1", "unit = 1  # the only one"))
    assert found.changes == ()
    assert found.touched == found.begun == found.buses == found.resting == frozenset()
    assert found.untouched == ALL
    assert found.settings.digest == found.new.digest != found.old.digest


def test_only_the_device_with_other_settings_is_opened_anew(tmp_path: Path) -> None:
    found = planned(tmp_path, ('port = "/dev/serial/by-id/reader"', 'port = "/dev/r"\nbaudrate = 57600'))
    assert found.changes == (Change("device", "reader", "changed", ("port", "baudrate"), "reopened"),)
    assert found.touched == found.begun == {"reader"}
    assert found.untouched == ("scanner", "board", "sms")


def test_a_device_of_another_family_is_opened_anew(tmp_path: Path) -> None:
    found = planned(tmp_path, ('driver = "modem"', 'driver = "modem"\nbaudrate = 1200\npin = "1234"'))
    (change,) = found.changes
    assert (change.keys, change.effect) == (("baudrate", "pin"), "reopened")
    assert "1234" not in repr(change)


def test_a_name_for_people_is_taken_up_without_touching_the_device(tmp_path: Path) -> None:
    found = planned(tmp_path, ('label = "指纹仪"', 'label = "新指纹仪"'), ('label = "锁控总线"', 'label = "总线"'))
    assert [(change.name, change.keys, change.effect) for change in found.changes] == [
        ("bus.locks", ("label",), "live"),
        ("device.reader", ("label",), "live"),
    ]
    assert found.untouched == ALL


def test_a_bus_with_other_settings_takes_all_its_devices_along(tmp_path: Path) -> None:
    found = planned(tmp_path, ('port = "/dev/serial/by-id/locks"', 'host = "192.168.10.21"'))
    assert [(change.name, change.keys, change.effect) for change in found.changes] == [
        ("bus.locks", ("port", "host"), "reopened"),
        ("device.board", ("bus",), "reopened"),
    ]
    assert found.buses == {"locks"}
    assert found.touched == {"board"}


def test_a_renamed_device_on_a_changed_bus_is_named_once(tmp_path: Path) -> None:
    found = planned(
        tmp_path, ('port = "/dev/serial/by-id/locks"', 'port = "/dev/l"'), ('label = "锁控板"', 'label = "新锁控板"')
    )
    assert found.changes[1:] == (Change("device", "board", "changed", ("bus", "label"), "reopened"),)


def test_devices_come_and_go(tmp_path: Path) -> None:
    found = planned(tmp_path, ("[device.sms]", "[device.sms-2]"), ('gateways = ["sms"]', 'gateways = ["sms-2"]'))
    assert [(change.name, change.what, change.effect) for change in found.changes] == [
        ("device.sms", "removed", "closed"),
        ("device.sms-2", "added", "opened"),
        ("reminders", "changed", "live"),
    ]
    assert (found.touched, found.begun) == ({"sms"}, {"sms-2"})


def test_what_needs_a_restart_is_named_and_keeps_running_as_it_is(tmp_path: Path) -> None:
    found = planned(
        tmp_path,
        ('code = "hedong-01"', 'code = "hedong-02"'),
        ('sms_signature = "河东办案"', 'sms_signature = "河东"'),
        ('gateways = ["sms"]', ""),
    )
    assert [(change.name, change.keys) for change in found.waiting] == [("station", ("code",))]
    running = found.settings
    assert (running.station.code, running.station.sms_signature) == ("hedong-01", "河东")
    assert running.reminders.gateways == ()
    again = plan(running, found.new)
    assert again.changes == found.waiting


@pytest.mark.parametrize(
    ("old", "new", "rests"),
    [
        ('numbers = "1-8"', 'numbers = "11-18"', True),
        ('kind = "dossier"', 'kind = "dossier"\nout_of_service = [8]', True),
        ('label = "一号柜"', 'label = "甲柜"', False),
    ],
)
def test_a_cabinet_must_rest_while_its_doors_change_and_need_not_for_its_name(
    tmp_path: Path, old: str, new: str, rests: bool
) -> None:
    found = planned(tmp_path, (old, new))
    assert [change.effect for change in found.changes] == ["live"]
    assert found.resting == (frozenset({"a"}) if rests else frozenset())


def test_rights_limits_and_ladders_are_taken_up_live(tmp_path: Path) -> None:
    more = """
[limits]
authority_s = 30
[role.keeper]
label = "保管员"
grants = ["verify"]
[account]
custodyd-auditor = ["auditor"]
[[reminders.loan]]
blue = { hours_left = 4 }
yellow = { hours_left = 3 }
orange = { hours_left = 2 }
red = { hours_left = 0 }
"""
    found = planned(tmp_path, ('gateways = ["sms"]\n', 'gateways = ["sms"]\n' + more))
    assert {change.effect for change in found.changes} == {"live"}
    assert [change.name for change in found.changes] == [
        "limits",
        "role.keeper",
        "account.custodyd-operator",
        "account.custodyd-technician",
        "reminders",
    ]
    assert found.changes[0].keys == ("authority_s",)
    assert found.changes[-1].keys == ("loan",)
    assert found.untouched == ALL


def test_a_wristband_comes_and_goes_without_its_receiver_noticing(tmp_path: Path) -> None:
    text = STATION.read_text("utf-8")
    assert "[wristband.band-8]" in text
    new = written(tmp_path, text.replace("[wristband.band-8]", "[wristband.band-9]"))
    found = plan(load(STATION), load(new))
    assert [(change.name, change.what, change.effect) for change in found.changes] == [
        ("wristband.band-8", "removed", "live"),
        ("wristband.band-9", "added", "live"),
    ]
    assert found.touched == frozenset()


def test_a_changed_law_and_new_holidays_are_taken_up_live(tmp_path: Path) -> None:
    before = load(written(tmp_path, SMALL), known=KNOWN)
    (tmp_path / "law.toml").write_text(
        'edition = "1"\n[change.bail-12mo]\nlength = "11mo"\ndocument = "某文"\n', "utf-8"
    )
    off = ", ".join(f"2031-{day}" for day in ("01-01", "05-01", "10-01", "10-02", "10-03"))
    (tmp_path / "holidays.d").mkdir()
    (tmp_path / "holidays.d" / "2031.toml").write_text(f'document = "某文"\noff = [{off}]\n', "utf-8")
    found = plan(before, load(written(tmp_path, SMALL), known=KNOWN))
    assert [(one.name, one.keys, one.effect) for one in found.changes] == [
        ("law", ("bail-12mo",), "live"),
        ("holidays", ("2031",), "live"),
    ]


def test_mistakes_of_the_law_are_told_with_those_of_the_station(tmp_path: Path) -> None:
    (tmp_path / "law.toml").write_text("edition = 1", "utf-8")
    with pytest.raises(Mistakes) as found:
        load(written(tmp_path, changed("unit = 1", "unit = 0")), known=KNOWN)
    assert {one.file.name for one in found.value.list} == {"law.toml", "devices.toml"}
