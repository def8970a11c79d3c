"""The station of the campaigns: several cabinets with quick locks, and people whose fingers every reader knows."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from custodyd_simulators.running import Running

CABINETS = ("east", "north", "south", "west")
COMPARTMENTS = 16
FIRST = {"clerk": "clerk", "leader": "unit-leader"}  # whom the founding names
PEOPLE = {"officer": "case-officer", "legal": "legal-officer"}

_STATION = """
[station]
code = "crash"
bureau = "linjiang.example"
label = "压力测试点"
unit = "临江市公安局"
sms_signature = "压力测试"
[limits]
authority_s = 5
lapse_s = 3
left_open_s = 5
count_s = 10
[room.one]
label = "卷宗室"
[device.sms]
driver = "gsm_modem"
label = "短信猫"
port = "/dev/ttyS0"
[reminders]
gateways = ["sms"]
"""
# the shortest pulse and the quickest looks that the drivers take: more openings before each kill
_CABINET = """
[bus.{name}]
label = "锁控总线"
port = "/dev/serial/{name}"
baudrate = 115200
[device.reader-{name}]
driver = "zfm"
label = "指纹仪"
port = "/dev/reader/{name}"
poll_s = 0.02
[device.scanner-{name}]
driver = "scanner"
label = "扫码器"
port = "/dev/scanner/{name}"
duplicate_s = 0.0
[device.locks-{name}]
driver = "modbus_relay"
label = "锁控板"
bus = "{name}"
unit = {unit}
board = "waveshare-16"
contact = "open_when_low"
pulse_ms = 100
poll_s = 0.02
[cabinet.{name}]
label = "卷宗柜"
room = "one"
kind = "dossier"
reader = "reader-{name}"
scanner = "scanner-{name}"
[[cabinet.{name}.compartments]]
numbers = "1-{count}"
locks = "locks-{name}"
doors = "1-{count}"
"""


def write_devices(directory: Path, cabinets: Sequence[str] = CABINETS) -> Path:
    """The station's file in `directory`."""
    parts = [_CABINET.format(name=name, unit=unit, count=COMPARTMENTS) for unit, name in enumerate(cabinets, 1)]
    path = directory / "devices.toml"
    path.write_text(_STATION + "".join(parts), encoding="utf-8")
    return path


async def settle(running: Running) -> dict[str, str]:
    """Register the people, teach every reader their fingers; returns name → pseudonym."""
    known = (await running.get("/v1/people"))["items"]
    people = {name: next(row["person"] for row in known if row["roles"] == role) for name, role in FIRST.items()}
    for name, role in PEOPLE.items():
        people[name] = (await running.post("/v1/people", name=f"模拟{name}", roles=[role], phone=""))["id"]
    first, *others = running.station.settings.cabinets
    await _enrol(running, first, "clerk", people)
    for name in ("officer", "legal", "leader"):
        await _greeted(running, first, people)
        await asyncio.gather(*(_enrol(running, cabinet, name, people) for cabinet in (first, *others)))
    await running.post(f"/v1/cabinets/{first}/leave")
    return people


async def _enrol(running: Running, cabinet: str, name: str, people: dict[str, str]) -> None:
    async with asyncio.TaskGroup() as group:
        done = group.create_task(running.post(f"/v1/readers/reader-{cabinet}/enrol", person=people[name]))
        group.create_task(_touches(running, f"reader-{cabinet}", name, done))


async def _touches(running: Running, reader: str, name: str, done: "asyncio.Task[Any]") -> None:
    while not done.done():
        for press in (True, False):
            touch(running, reader, name if press else None)
            await asyncio.sleep(0.25)


async def _greeted(running: Running, cabinet: str, people: dict[str, str]) -> None:
    """The clerk, who names the people, stands at a cabinet."""
    async with asyncio.timeout(10):
        while (await running.get(f"/v1/cabinets/{cabinet}/screen")).get("person") != people["clerk"]:
            for name in ("clerk", None):
                touch(running, f"reader-{cabinet}", name)
                await asyncio.sleep(0.2)


def touch(running: Running, reader: str, name: str | None) -> None:
    """Lay a finger on a reader's glass, or take it away."""
    glass = running.station.reader(reader)
    with running.station.wires[reader].lock:
        if name is None:
            glass.lift()
        else:
            glass.press(name)
