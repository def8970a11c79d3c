"""A door moves at one of 32 Modbus TCP boards: when a listener hears of it, and what that costs, beside a peer.

Ours: the whole daemon, the entry durable before its event is sent on /v1/events. The peer: ThingsBoard Gateway, which
publishes by MQTT and makes nothing durable. Both poll the same simulated boards over one connection, one after the
other in the same run, and both listeners are this process.
"""

import asyncio
import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench import thingsboard
from bench.figure import Figure, percentile, table
from bench.mqtt_sink import Say, Sink
from custodyd_simulators.bank import Bank
from custodyd_simulators.running import Running, simulation, stop
from custodyd_simulators.wires import TcpWire

UNITS, DOORS, POLL_S = 32, 16, 0.2
MEASURE_S = 25.0
SETTLE_S = 4.0
APPEAR_S = 60.0
BETWEEN_S = 0.618 * POLL_S  # by the golden ratio: movements fall evenly into the interval between two polls
LATENCY_GOAL, CPU_GOAL = 0.5, 1 / 3
UNLIMITED = b'{"rateLimits": {}, "gatewayRateLimits": {}, "maxInflightMessages": 100}'

Door = tuple[int, int]  # unit, door


@dataclass(slots=True)
class Seen:
    """What one side saw: movements not yet heard of, and milliseconds of those that were."""

    moved: dict[tuple[Door, bool], list[float]] = field(default_factory=lambda: defaultdict(list))
    waits: list[float] = field(default_factory=list)
    cpu_s: float = 0.0
    over_s: float = 0.0
    resident_mb: float = 0.0

    def heard(self, door: Door, is_open: bool) -> None:
        """The listener heard of it now."""
        waiting = self.moved[door, is_open]
        if waiting:
            self.waits.append((time.perf_counter() - waiting.pop(0)) * 1000)

    @property
    def cpu(self) -> float:
        """Per cent of a core."""
        return 100 * self.cpu_s / self.over_s if self.over_s else 0.0

    @property
    def missing(self) -> int:
        """Movements that nobody told."""
        return sum(map(len, self.moved.values()))


def station(path: Path) -> Path:
    """A station whose only cabinet has its doors on 32 boards of one Modbus TCP bus."""
    lines = [
        '[station]\ncode = "bench-01"\nbureau = "bench.example"\nlabel = "试验站"\nunit = "试验单位"',
        'sms_signature = "试验"\n[room.room]\nlabel = "房间"',
        '[bus.boards]\nlabel = "总线"\nhost = "127.0.0.1"\ntcp_port = 1502',
        '[device.reader]\ndriver = "zfm"\nlabel = "指纹仪"\nport = "/dev/serial/by-id/reader"\npoll_s = 2.0',
        '[device.scanner]\ndriver = "scanner"\nlabel = "扫码器"\nport = "/dev/serial/by-id/scanner"',
        '[cabinet.doors]\nlabel = "柜"\nroom = "room"\nkind = "dossier"\nreader = "reader"\nscanner = "scanner"',
    ]
    for unit in range(1, UNITS + 1):
        first = (unit - 1) * DOORS + 1
        lines.append(
            f'[device.board-{unit}]\ndriver = "modbus_relay"\nlabel = "板{unit}"\nbus = "boards"\nunit = {unit}\n'
            f'board = "waveshare-16"\ncontact = "open_when_high"\npoll_s = {POLL_S}'
        )
        lines.append(
            f'[[cabinet.doors.compartments]]\nnumbers = "{first}-{first + DOORS - 1}"\nlocks = "board-{unit}"\n'
            f'doors = "1-{DOORS}"'
        )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


async def _movements(banks: dict[int, Bank], seen: Seen, pid: int) -> None:
    """Doors move at chance for a while; then whatever is still to be told gets its time."""
    chance = random.Random(1)
    due = began = time.perf_counter()
    used = _cpu_s(pid)
    while time.perf_counter() - began < MEASURE_S:
        due += BETWEEN_S
        await asyncio.sleep(due - time.perf_counter())
        unit, door = chance.randint(1, UNITS), chance.randint(1, DOORS)
        bank = banks[unit]
        opens = door not in bank.standing_open
        seen.moved[(unit, door), opens].append(time.perf_counter())
        (bank.open if opens else bank.shut)(door)
    seen.cpu_s, seen.over_s = _cpu_s(pid) - used, time.perf_counter() - began
    seen.resident_mb = _resident_mb(pid)
    await asyncio.sleep(2)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


# --- ours ---------------------------------------------------------------------------------------------------------


async def _ours(running: Running, banks: dict[int, Bank]) -> Seen:
    seen = Seen()
    await running.ready()
    listener = asyncio.create_task(_listen(running, seen))
    await asyncio.sleep(SETTLE_S)
    await _movements(banks, seen, running.process.pid)
    listener.cancel()
    await asyncio.gather(listener, return_exceptions=True)
    return seen


async def _listen(running: Running, seen: Seen) -> None:
    async with running.api.stream("GET", "/v1/events", timeout=None) as events:
        async for line in events.aiter_lines():
            if line.startswith("data: "):
                entry = json.loads(line[6:])
                if entry["kind"] in ("door.opened", "door.closed"):
                    number = int(entry["place"].rpartition("/")[2]) - 1
                    seen.heard((number // DOORS + 1, number % DOORS + 1), entry["kind"] == "door.opened")


# --- the peer -----------------------------------------------------------------------------------------------------


async def _peer(directory: Path, port: int, banks: dict[int, Bank], *, changes_only: bool) -> Seen:
    seen = Seen()
    last: dict[int, list[int]] = {}
    sink = Sink(lambda topic, payload, say: _told(topic, payload, say, last, seen))
    await sink.start()
    thingsboard.configure(directory, thingsboard.Job(port, sink.port, UNITS, DOORS, POLL_S, changes_only))
    process = thingsboard.start(directory)
    try:
        await _until(lambda: len(last) == UNITS, process, directory)
        await asyncio.sleep(SETTLE_S)
        await _movements(banks, seen, process.pid)
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(process.wait, 5)
        process.kill()
        process.wait()
        sink.close()
    return seen


async def _until(holds: Callable[[], bool], process: "subprocess.Popen[bytes]", directory: Path) -> None:
    end = time.monotonic() + APPEAR_S
    while not holds():
        if process.poll() is not None or time.monotonic() > end:
            log = (directory / "gateway.log").read_text(errors="replace").strip().splitlines()
            raise thingsboard.NoPeer(f"it told nothing within {APPEAR_S:.0f} s: {log[-1] if log else 'no log'}")
        await asyncio.sleep(0.1)


def _told(topic: str, payload: bytes, say: Say, last: dict[int, list[int]], seen: Seen) -> None:
    if topic.startswith("v1/devices/me/rpc/request/"):  # it asks for the limits of its session: there are none
        say(
            topic.replace("request", "response"),
            b'{"rateLimits": {}, "gatewayRateLimits": {}, "maxInflightMessages": 100}',
        )
    elif topic == "v1/gateway/telemetry":
        for unit, values in _values(json.loads(payload)):
            before = last.get(unit)
            for door, (old, new) in enumerate(zip(before or values, values, strict=True), start=1):
                if old != new:
                    seen.heard((unit, door), bool(new))
            last[unit] = values


def _values(told: dict[str, list[dict[str, dict[str, list[int]]]]]) -> Iterator[tuple[int, list[int]]]:
    for name, points in told.items():
        for point in points:
            values = point.get("values", {}).get("doors")
            if values is not None:
                yield int(name.removeprefix("unit-")), values


# --- the figures --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Run:
    """Ours and the peer's as it is shipped, and set to send changes only; where there is no peer, why."""

    ours: Seen
    shipped: Seen | None = None
    changes: Seen | None = None
    name: str = "ThingsBoard Gateway"
    why: str = ""


async def _measured(directory: Path) -> Run:
    async with simulation(station(directory / "devices.toml"), directory / "state") as running:
        banks: dict[int, Bank] = {}
        for unit in range(1, UNITS + 1):
            bank = running.station.hands[f"board-{unit}"]
            assert isinstance(bank, Bank)
            banks[unit] = bank
        run = Run(await _ours(running, banks))
        await stop(running.process)
        wire = running.station.wires["boards"]
        assert isinstance(wire, TcpWire)
        try:
            run.name += f" {await asyncio.to_thread(thingsboard.install)}"
            run.shipped = await _peer(directory / "shipped", wire.tcp_port, banks, changes_only=False)
            run.changes = await _peer(directory / "changes", wire.tcp_port, banks, changes_only=True)
        except thingsboard.NoPeer as exc:
            run.why = str(exc)
        return run


def rows() -> Iterator[str]:
    """The table, and what stands behind it."""
    directory = Path(tempfile.mkdtemp(prefix="dr"))
    try:
        run = asyncio.run(_measured(directory))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    ours = run.ours
    shipped = _figures(ours, run.shipped, f"{run.name} as shipped", goal=True)
    changes = _figures(ours, run.changes, f"{run.name}, changes only", goal=False) if run.changes else []
    yield table([*shipped, *changes])
    if run.why:
        yield f"\n{run.name} could not be run to the end here: {run.why}"
    yield (
        f"\n{len(ours.waits)} movements in {MEASURE_S:.0f} s were told, {ours.missing} were not. Each is a durable"
        " entry before anyone hears of it; the peer keeps nothing. A poll each 200 ms alone makes a median of 100 ms."
    )


def _figures(ours: Seen, peer: Seen | None, name: str, *, goal: bool) -> list[Figure]:
    theirs = peer or Seen(waits=[0.0])
    return [
        _beside(
            "door → event, median",
            "ms",
            percentile(ours.waits, 50),
            percentile(theirs.waits, 50),
            name,
            LATENCY_GOAL if goal else 0,
        ),
        _beside("door → event, p99", "ms", percentile(ours.waits, 99), percentile(theirs.waits, 99), name, 0),
        _beside("processor time", "% of a core", ours.cpu, theirs.cpu, name, CPU_GOAL if goal else 0),
        _beside("resident", "MB", ours.resident_mb, theirs.resident_mb, name, 0),
    ]


def _beside(what: str, unit: str, ours: float, theirs: float, name: str, goal: float) -> Figure:
    bound = f"≤ {goal:.2g} ×" if goal else ""
    if not theirs:
        return Figure(what, ours, unit, goal=bound)
    return Figure(what, ours, unit, theirs, name, None, bound, ours <= goal * theirs if goal else None)


def main() -> int:
    """Print the table."""
    for row in rows():
        print(row)
    return 0


if __name__ == "__main__":
    sys.exit(main())
