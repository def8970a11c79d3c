"""Each mistake that a technician makes is told at its line, with what was expected and what was probably meant."""

from pathlib import Path

import pytest
from tests.daemon.settings.support import SMALL, changed, line_of, mistakes, promised, the_mistake

TWO = """
[device.reader-2]
driver = "finger"
label = "二号指纹仪"
port = "/dev/serial/by-id/reader-2"

[device.scanner-2]
driver = "window"
label = "二号扫码器"
port = "/dev/serial/by-id/scanner-2"

[device.board-2]
driver = "relay"
label = "二号锁控板"
bus = "locks"
unit = 2

[cabinet.b]
label = "二号柜"
room = "files"
kind = "dossier"
reader = "reader-2"
scanner = "scanner-2"

[[cabinet.b.compartments]]
numbers = "1-4"
locks = "board-2"
doors = "1-4"
"""


def test_the_small_station_has_none(tmp_path: Path) -> None:
    assert mistakes(tmp_path, SMALL) == ()
    assert mistakes(tmp_path, SMALL + TWO) == ()


def test_an_unknown_key_names_the_one_that_was_meant(tmp_path: Path) -> None:
    text = changed('driver = "finger"\n', 'driver = "finger"\nbaudrat = 9600\n')
    one = the_mistake(tmp_path, text)
    assert one.key == "device.reader.baudrat"
    assert one.line == line_of(text, "baudrat")
    assert one.nearest == "baudrate"
    assert "baudrate" in one.expected["zh-CN"]
    assert "baudrate" in one.text["zh-CN"]


def test_a_misspelt_required_key_is_one_mistake_not_two(tmp_path: Path) -> None:
    one = the_mistake(tmp_path, changed('bureau = "', 'bureua = "'))
    assert (one.key, one.nearest) == ("station.bureua", "bureau")


def test_an_unknown_table_is_an_unknown_key(tmp_path: Path) -> None:
    one = the_mistake(tmp_path, SMALL + '\n[rooms.other]\nlabel = "房间"\n')
    assert (one.key, one.nearest) == ("rooms", "room")


def test_a_missing_key_is_told_at_its_table(tmp_path: Path) -> None:
    one = the_mistake(tmp_path, changed('label = "指纹仪"\n', ""))
    assert one.key == "device.reader.label"
    assert one.line == line_of(SMALL, "[device.reader]")


@pytest.mark.parametrize(
    ("old", "new", "key", "found", "expected"),
    [
        ("unit = 1", 'unit = "1"', "device.board.unit", '"1"', "an integer from 1 to 247"),
        ("unit = 1", "unit = true", "device.board.unit", "true", "an integer from 1 to 247"),
        ("unit = 1", "unit = 248", "device.board.unit", "248", "an integer from 1 to 247"),
        ("unit = 1", "unit = 1979-05-27", "device.board.unit", "1979-05-27", "an integer from 1 to 247"),
        ("unit = 1", "unit = 99999999999999999999", "device.board.unit", "99999999999999999999", "an integer"),
        ('label = "卷宗室"', 'label = "files"', "room.files.label", '"files"', "Chinese"),
        ('label = "卷宗室"', 'label = ""', "room.files.label", '""', "Chinese"),
        ('label = "卷宗室"', "label = []", "room.files.label", "[…]", "Chinese"),
        ('kind = "dossier"', 'kind = "dosier"', "cabinet.a.kind", '"dosier"', "one of"),
        ('numbers = "1-8"', 'numbers = "one"', "cabinet.a.compartments[0].numbers", '"one"', "range"),
        ('code = "hedong-01"', 'code = "Hedong"', "station.code", '"Hedong"', "lower-case"),
        ('[room.files]\nlabel = "卷宗室"', "[room]\nfiles = 1", "room.files", "1", "table"),
        ('port = "/dev/serial/by-id/reader"', 'port = "ttyUSB0"', "device.reader.port", '"ttyUSB0"', "path"),
    ],
)
def test_a_wrong_value_says_what_would_be_right(
    tmp_path: Path, old: str, new: str, key: str, found: str, expected: str
) -> None:
    one = the_mistake(tmp_path, changed(old, new))
    assert (one.key, one.found) == (key, found)
    assert expected in one.expected["en"]
    assert one.found in one.text["zh-CN"]


def test_limits_may_be_shortened_but_never_widened(tmp_path: Path) -> None:
    assert mistakes(tmp_path, SMALL + "\n[limits]\nauthority_s = 30\ndeposit_hours = 12\n") == ()
    for limit in ("authority_s = 61", "lapse_s = 11", "left_open_s = 60.5", "deposit_hours = 25", "lapse_s = nan"):
        one = the_mistake(tmp_path, f"{SMALL}\n[limits]\n{limit}\n")
        assert "只能缩短" in one.text["zh-CN"]


@pytest.mark.parametrize("name", ["Reader", "reader_1", "1reader", "reader-", "读卡器", "a" * 33])
def test_ids_are_ascii_kebab_case(tmp_path: Path, name: str) -> None:
    one = the_mistake(tmp_path, SMALL + f'\n[room."{name}"]\nlabel = "房间"\n')
    assert "reader-a" in one.expected["en"]


def test_an_unknown_driver_names_the_nearest(tmp_path: Path) -> None:
    one = the_mistake(tmp_path, changed('driver = "finger"', 'driver = "fingr"'))
    assert (one.key, one.nearest) == ("device.reader.driver", "finger")
    assert one.expected["en"] == "finger, relay, window, modem"


def test_a_device_without_a_driver_is_told_so(tmp_path: Path) -> None:
    one = the_mistake(tmp_path, changed('driver = "finger"\n', ""))
    assert one.key == "device.reader.driver"


@pytest.mark.parametrize(
    ("old", "new", "key", "nearest"),
    [
        ('reader = "reader"', 'reader = "readr"', "cabinet.a.reader", "reader"),
        ('locks = "board"', 'locks = "bord"', "cabinet.a.compartments[0].locks", "board"),
        ('room = "files"', 'room = "file"', "cabinet.a.room", "files"),
        ('bus = "locks"', 'bus = "lock"', "device.board.bus", "locks"),
        ('gateways = ["sms"]', 'gateways = ["smss"]', "reminders.gateways[0]", "sms"),
    ],
)
def test_an_unknown_reference_names_the_nearest(tmp_path: Path, old: str, new: str, key: str, nearest: str) -> None:
    one = the_mistake(tmp_path, changed(old, new))
    assert (one.key, one.nearest) == (key, nearest)


def test_a_device_that_cannot_do_it_is_refused(tmp_path: Path) -> None:
    one = the_mistake(tmp_path, changed('gateways = ["sms"]', 'gateways = ["reader"]'))
    assert "an SMS gateway" in one.text["en"]
    assert one.expected["en"] == "sms"


def test_two_devices_on_one_port_clash(tmp_path: Path) -> None:
    text = changed("by-id/scanner", "by-id/../by-id//reader")
    one = the_mistake(tmp_path, text)
    assert (one.key, one.line) == ("device.scanner.port", line_of(text, 'port = "/dev/serial/by-id/../'))
    assert "device.reader" in one.text["zh-CN"]


def test_a_bus_and_a_device_on_one_port_clash(tmp_path: Path) -> None:
    assert the_mistake(tmp_path, changed("by-id/reader", "by-id/locks")).key == "device.reader.port"


def test_two_buses_on_one_address_clash_even_by_default(tmp_path: Path) -> None:
    more = '\n[bus.{}]\nlabel = "网络总线"\nhost = "192.0.2.7"\n{}\n'
    one = the_mistake(tmp_path, SMALL + more.format("x", "") + more.format("y", "tcp_port = 502"))
    assert one.key == "bus.y.host"
    assert mistakes(tmp_path, SMALL + more.format("x", "") + more.format("y", "tcp_port = 503")) == ()


def test_a_bus_with_both_wires_is_refused_by_its_own_rule(tmp_path: Path) -> None:
    one = the_mistake(tmp_path, changed("by-id/locks" + '"', 'by-id/locks"\nhost = "192.0.2.7"'))
    assert one.key == "bus.locks"
    assert "either port or host" in one.text["en"]


def test_two_units_of_one_address_on_a_bus_clash(tmp_path: Path) -> None:
    one = the_mistake(tmp_path, SMALL + TWO.replace("unit = 2", "unit = 1"))
    assert one.key == "device.board-2.unit"
    assert "on this bus" in one.text["en"]


RINGS = """
[bus.rings]
protocol = "rings"
label = "环形总线"
port = "/dev/serial/by-id/rings"
"""


def test_a_bus_without_a_protocol_speaks_the_usual_one(tmp_path: Path) -> None:
    assert mistakes(tmp_path, changed("[bus.locks]\n", '[bus.locks]\nprotocol = "modbus"\n')) == ()


@pytest.mark.parametrize(("wrong", "nearest"), [('"ring"', "rings"), ("7", None)])
def test_an_unknown_protocol_names_those_that_exist(tmp_path: Path, wrong: str, nearest: str | None) -> None:
    one = the_mistake(tmp_path, changed("[bus.locks]\n", f"[bus.locks]\nprotocol = {wrong}\n"))
    assert (one.key, one.found, one.nearest) == ("bus.locks.protocol", wrong, nearest)
    assert one.expected["en"] == "modbus, rings"


def test_a_device_on_a_bus_of_another_protocol_is_told_where_it_belongs(tmp_path: Path) -> None:
    text = SMALL + RINGS + TWO.replace('bus = "locks"', 'bus = "rings"')
    one = the_mistake(tmp_path, text)
    assert one.key == "device.board-2.bus"
    assert one.expected["zh-CN"] == "locks"
    assert "rings" in one.text["en"]
    assert "modbus" in one.text["en"]


def test_units_of_two_protocols_cannot_be_taken_for_each_other(tmp_path: Path) -> None:
    text = SMALL + RINGS + TWO.replace('bus = "locks"\nunit = 2', 'bus = "rings"\nunit = 1\ndoors = 32')
    assert mistakes(tmp_path, text) == ()


def test_a_unit_number_is_unique_in_the_station(tmp_path: Path) -> None:
    other = TWO.replace('bus = "locks"\nunit = 2', 'bus = "other"\nunit = 1')
    one = the_mistake(tmp_path, SMALL + other + '\n[bus.other]\nlabel = "另一总线"\nhost = "192.0.2.7"\n')
    assert "another bus" in one.text["en"]


def test_a_door_opens_one_compartment(tmp_path: Path) -> None:
    one = the_mistake(
        tmp_path, SMALL + TWO.replace('locks = "board-2"\ndoors = "1-4"', 'locks = "board"\ndoors = "6-9"')
    )
    assert one.key == "cabinet.b.compartments[0].doors"
    assert "6, 7, 8" in one.text["en"]
    assert "cabinet.a" in one.text["en"]


def test_a_door_beyond_the_board_does_not_exist(tmp_path: Path) -> None:
    one = the_mistake(tmp_path, changed('doors = "1-8"', 'doors = "10-17"'))
    assert "no 17" in one.text["en"]


def test_compartments_and_doors_are_as_many(tmp_path: Path) -> None:
    assert "8 compartments but 7 doors" in the_mistake(tmp_path, changed('doors = "1-8"', 'doors = "1-7"')).text["en"]


@pytest.mark.parametrize("text", ["0-3", "8-1", "1-99999999"])
def test_a_range_counts_upwards_from_one(tmp_path: Path, text: str) -> None:
    one = the_mistake(tmp_path, changed('numbers = "1-8"', f'numbers = "{text}"'))
    assert one.key == "cabinet.a.compartments[0].numbers"


def test_a_compartment_number_occurs_once_in_a_cabinet(tmp_path: Path) -> None:
    more = '\n[[cabinet.a.compartments]]\nnumbers = "8-9"\nlocks = "board"\ndoors = "9-10"\n'
    assert the_mistake(tmp_path, SMALL + more).key == "cabinet.a.compartments[1].numbers"


def test_what_is_out_of_service_exists(tmp_path: Path) -> None:
    one = the_mistake(tmp_path, changed('kind = "dossier"', 'kind = "dossier"\nout_of_service = [8, 9]'))
    assert one.key == "cabinet.a.out_of_service[1]"


def test_a_reader_stands_at_one_cabinet(tmp_path: Path) -> None:
    one = the_mistake(tmp_path, SMALL + TWO.replace('reader = "reader-2"', 'reader = "reader"'))
    assert one.key == "cabinet.b.reader"


def test_a_dossier_cabinet_needs_its_reader_and_a_property_cabinet_does_not(tmp_path: Path) -> None:
    text = changed('reader = "reader"\n', "")
    assert the_mistake(tmp_path, text).key == "cabinet.a.reader"
    assert mistakes(tmp_path, text.replace('"dossier"', '"property"')) == ()


def test_rights_that_the_house_keeps_apart_stay_apart(tmp_path: Path) -> None:
    role = '\n[role.technician]\nlabel = "技术员"\ngrants = ["enrol-run", "{}"]\n'
    assert mistakes(tmp_path, SMALL + role.format("configure")) == ()
    for right in ("read-names", "enrol-name"):
        one = the_mistake(tmp_path, SMALL + role.format(right))
        assert one.key == "role.technician.grants[1]"


def test_a_right_that_does_not_exist_names_the_nearest(tmp_path: Path) -> None:
    one = the_mistake(tmp_path, SMALL + '\n[role.x]\nlabel = "角色"\ngrants = ["aprove"]\n')
    assert one.nearest == "approve"


def test_accounts_and_ladders_name_roles_that_exist(tmp_path: Path) -> None:
    one = the_mistake(tmp_path, SMALL + '\n[account]\ncustodyd-operator = ["clerc"]\n')
    assert (one.key, one.nearest) == ("account.custodyd-operator[0]", "clerk")


LADDER = """
[reminders.deposit]
blue = {{ hours_left = {}, tell = [] }}
yellow = {{ hours_left = 4, tell = ["legal-officer"] }}
orange = {{ hours_left = 1, tell = [] }}
red = {{ hours_left = {}, tell = [] }}
"""


def test_a_ladder_climbs_from_green_to_red_within_its_clock(tmp_path: Path) -> None:
    assert mistakes(tmp_path, SMALL + LADDER.format(12, 0)) == ()
    assert the_mistake(tmp_path, SMALL + LADDER.format(12, 1)).key == "reminders.deposit.red.hours_left"
    assert the_mistake(tmp_path, SMALL + LADDER.format(4, 0)).key == "reminders.deposit.yellow.hours_left"
    assert "24 hours" in the_mistake(tmp_path, SMALL + LADDER.format(24, 0)).text["en"]


def test_loans_of_every_length_have_a_ladder(tmp_path: Path) -> None:
    def loans(*lengths: str) -> str:
        rungs = LADDER.format(12, 0).replace("[reminders.deposit]", "[[reminders.loan]]")
        return SMALL + "".join(rungs.replace("blue", f"{length}\nblue", 1) for length in lengths)

    assert mistakes(tmp_path, loans("up_to_hours = 8", "up_to_hours = 24", "")) == ()
    assert the_mistake(tmp_path, loans("up_to_hours = 8")).key == "reminders.loan[0].up_to_hours"
    assert (
        the_mistake(tmp_path, loans("up_to_hours = 24", "up_to_hours = 8", "")).key == "reminders.loan[1].up_to_hours"
    )
    assert the_mistake(tmp_path, loans("", "")).key == "reminders.loan[0].up_to_hours"


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = SMALL + TWO
    for old, new in [
        ('code = "hedong-01"', "code = 5"),
        ("[room.files]", "[room.files]\nlable = 1"),
        ("by-id/scanner", "by-id/reader"),
        ("unit = 2", "unit = 1"),
        ('room = "files"', 'room = "flies"'),
        ('doors = "1-4"', 'doors = "1-3"'),
        ('locks = "board-2"', 'locks = "bard"'),
        ('gateways = ["sms"]', 'gateways = ["sms"]\nnobody = true'),
    ]:
        text = text.replace(old, new, 1)
    found = mistakes(tmp_path, text)
    assert [one.key for one in found] == [
        "station.code",
        "room.files.lable",
        "device.scanner.port",
        "cabinet.a.room",
        "reminders.nobody",
        "device.board-2.unit",
        "cabinet.b.compartments[0].locks",
        "cabinet.b.compartments[0].doors",
    ]
    assert [one.line for one in found] == sorted(one.line for one in found)
    for one in found:
        promised(one)
