"""A simulated station as processes: twins here, the real daemon beside, its state below one folder."""

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx

from custodyd.settings import Settings, load
from custodyd_simulators import control, twins

READY_S = 30.0
NOTHING: Mapping[str, str] = MappingProxyType({})
FOUNDERS = (
    ("witness", "模拟见证人甲"),
    ("witness", "模拟见证人乙"),
    ("clerk", "模拟案管员"),
    ("clerk-phone", "+8613800138001"),
    ("leader", "模拟所领导"),
    ("leader-phone", "+8613800138005"),
)
"""What `custodyctl station init` is told."""


class Refused(Exception):
    """The daemon refused; the message is its sentence."""


@dataclass(slots=True)
class Running:
    """A running simulation: the twins, the daemon's process, and a client of its API."""

    station: twins.Station
    state: Path
    process: asyncio.subprocess.Process
    api: httpx.AsyncClient

    async def get(self, path: str, **query: str) -> Any:
        """A GET; raises Refused."""
        return _told(await self.api.get(path, params=query))

    async def post(self, path: str, **body: Any) -> Any:
        """A verb with a fresh idempotency key; raises Refused."""
        key = {"Idempotency-Key": uuid.uuid4().hex}
        return _told(await self.api.post(path, json=body, headers=key))

    async def civil(self, jump_to: str | None = None) -> dict[str, Any]:
        """Ask for the civil time, or make it jump."""
        reader, writer = await asyncio.open_unix_connection(self.state / "run" / "civil.sock")
        writer.write(json.dumps({"jump_to": jump_to} if jump_to else {}).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await reader.readline())
        writer.close()
        return answer

    async def ready(self, devices: bool = True) -> None:
        """Wait until the daemon answers and sees every device; raises TimeoutError, Refused when it ended."""
        async with asyncio.timeout(READY_S):
            while not await self._is_ready(devices):
                await asyncio.sleep(0.1)

    async def _is_ready(self, devices: bool) -> bool:
        if self.process.returncode is not None:
            raise Refused(f"the daemon ended with {self.process.returncode}")
        with contextlib.suppress(httpx.TransportError):
            status = await self.get("/v1/status")
            return not devices or all(device["state"] == "seen" for device in status["devices"])
        return False


def _told(answer: httpx.Response) -> Any:
    found = answer.json()
    if answer.is_error:
        raise Refused(f"{found['rule']}: {found['texts']['zh-CN']} / {found['texts']['en']}")
    return found


def prepare(state: Path) -> None:
    """The folders of a simulation, and a station founded as a real one is, with throw-away keys; raises Refused."""
    for name in ("run", "wires", "record"):
        (state / name).mkdir(parents=True, exist_ok=True)
    credentials = state / "credentials"
    if not credentials.exists():
        _found(credentials)
    founding = credentials / "founding"
    if founding.exists():
        shutil.move(founding, state / "record" / "founding")  # perhaps another file system


def _found(credentials: Path) -> None:
    people = [f"--{option}={value}" for option, value in FOUNDERS]
    tool = (sys.executable, "-m", "custodyd.cli.control", "station", "init", str(credentials), *people, "--json")
    done = subprocess.run(tool, capture_output=True, text=True, timeout=READY_S, check=False)  # noqa: S603 - our own words
    if done.returncode:
        raise Refused(done.stderr)


def _throw_away(settings: Settings, credentials: Path) -> None:
    """A throw-away secret for each wristband and device that names one."""
    bands = {getattr(one.settings, "credential", None) for one in settings.wristbands.values()}
    gateways = {getattr(one.settings, "credential", None) for one in settings.devices.values()}
    octets = {**dict.fromkeys(gateways, 4), **dict.fromkeys(bands, 16)}  # a gateway's password has eight letters
    for name, length in octets.items():
        if name is not None and not (credentials / name).exists():
            (credentials / name).write_text(secrets.token_hex(length), "ascii")


async def start_daemon(
    config: Path, overlay: Path, state: Path, log: Path, extra: Mapping[str, str] = NOTHING
) -> asyncio.subprocess.Process:
    """The real daemon on the overlay, as a process of its own; `extra` goes into its environment."""
    environ = {
        **os.environ,
        **extra,
        "STATE_DIRECTORY": str(state / "record"),
        "RUNTIME_DIRECTORY": str(state / "run"),
        "CREDENTIALS_DIRECTORY": str(state / "credentials"),
    }
    service = (sys.executable, "-m", "custodyd.cli.service", "run", "--config", str(config), "--overlay", str(overlay))
    with log.open("ab") as out:
        return await asyncio.create_subprocess_exec(
            *_ends_with_us(), *service, env=environ, stdout=out, stderr=out, start_new_session=True
        )


def _ends_with_us() -> tuple[str, ...]:
    # Ctrl-C must not reach the daemon past `stop`, yet a simulation that was killed must not leave one behind
    found = shutil.which("setpriv")
    return (found, "--pdeathsig", "TERM") if found else ()


@asynccontextmanager
async def simulation(config: Path, state: Path) -> AsyncGenerator[Running]:
    """Twins, overlay, daemon: up inside, down after. Raises custodyd.settings.Mistakes for a bad file."""
    settings: Settings = load(config)
    prepare(state)
    _throw_away(settings, state / "credentials")
    station = twins.build(settings, state / "wires", state / "credentials")
    try:
        station.start()
        server = await control.serve(station, state / "run" / "hand.sock")
        try:
            async with _daemon(config, state, station) as running:
                yield running
        finally:
            server.close()
    finally:
        station.close()


@asynccontextmanager
async def _daemon(config: Path, state: Path, station: twins.Station) -> AsyncGenerator[Running]:
    over = state / "overlay.toml"
    over.write_text(twins.overlay(station, state / "run" / "civil.sock"), encoding="utf-8")
    transport = httpx.AsyncHTTPTransport(uds=str(state / "run" / "api.sock"))
    async with httpx.AsyncClient(transport=transport, base_url="http://custodyd", timeout=60) as api:
        process = await start_daemon(config.absolute(), over, state, state / "daemon.log")
        running = Running(station, state, process, api)
        try:
            yield running
        finally:
            await stop(running.process)  # which a hand may have started anew


async def stop(process: asyncio.subprocess.Process) -> None:
    """End the daemon in good order, or at last by force."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
    try:
        async with asyncio.timeout(10):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
