"""The peer, ThingsBoard Gateway: its environment from a hashed lock, its configuration, its process; no outside word.

It looks for updates and for libraries at its start: both are led to a closed port of loopback.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

LOCK = Path(__file__).with_name("thingsboard.lock")
HOME = Path(__file__).parents[1] / ".cache" / "bench" / "thingsboard"
PACKAGE = HOME / "lib" / f"python3.{sys.version_info.minor}" / "site-packages" / "thingsboard_gateway"
NOWHERE = "http://127.0.0.1:9"
INSTALL_S = 300.0


class NoPeer(Exception):
    """The peer cannot be installed here; the message says why."""


def install() -> str:
    """Make the environment unless it is there; its version. Raises NoPeer."""
    mark = HOME / "installed"
    if not mark.exists() or mark.read_bytes() != LOCK.read_bytes():
        shutil.rmtree(HOME, ignore_errors=True)
        pip = [str(HOME / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        for command in ([sys.executable, "-m", "venv", str(HOME)], [*pip, "--require-hashes", "-r", str(LOCK)]):
            done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=INSTALL_S)
            if done.returncode:
                raise NoPeer((done.stderr.strip().splitlines() or ["pip failed"])[-1])
        mark.write_bytes(LOCK.read_bytes())
    return (
        next(HOME.glob("lib/*/site-packages/thingsboard_gateway-*.dist-info")).name.split("-")[1].removesuffix(".dist")
    )


@dataclass(frozen=True, slots=True)
class Job:
    """What it shall do: poll `units` boards at a Modbus TCP port, and publish to an MQTT port.

    `changes_only`: a value is sent when it changed; the shipped setting sends each one that was read.
    """

    modbus_port: int
    mqtt_port: int
    units: int
    doors: int
    poll_s: float
    changes_only: bool


def configure(directory: Path, job: Job) -> None:
    """Its shipped configuration with our boards and our broker."""
    shutil.copytree(PACKAGE / "config", directory / "config")  # makes `directory` too
    (directory / "logs").mkdir()
    main = json.loads((PACKAGE / "config" / "tb_gateway.json").read_text(encoding="utf-8"))
    main["thingsboard"] |= {
        "host": "127.0.0.1",
        "port": job.mqtt_port,
        "remoteConfiguration": False,
        "statistics": {"enable": False},
        "security": {"accessToken": "bench"},
    }
    if job.changes_only:
        main["thingsboard"]["reportStrategy"] = {"type": "ON_CHANGE"}
    main["connectors"] = [{"type": "modbus", "name": "boards", "configuration": "boards.json"}]
    slaves = [_slave(unit, job) for unit in range(1, job.units + 1)]
    boards = {"name": "boards", "logLevel": "ERROR", "master": {"slaves": slaves}}
    (directory / "config" / "tb_gateway.json").write_text(json.dumps(main), encoding="utf-8")
    (directory / "config" / "boards.json").write_text(json.dumps(boards), encoding="utf-8")


def _slave(unit: int, job: Job) -> dict[str, object]:
    contacts = {
        "tag": "doors",
        "type": "bits",
        "functionCode": 2,
        "address": 0,
        "objectsCount": job.doors,
        "bitTargetType": "int",
    }
    return {
        "host": "127.0.0.1",
        "port": job.modbus_port,
        "type": "tcp",
        "method": "socket",
        "unitId": unit,
        "deviceName": f"unit-{unit}",
        "timeout": 5,
        "byteOrder": "BIG",
        "wordOrder": "BIG",
        "retries": 0,
        "pollPeriod": round(job.poll_s * 1000),
        "attributes": [],
        "timeseries": [contacts],
        "attributeUpdates": [],
        "rpc": [],
    }


def start(directory: Path) -> "subprocess.Popen[bytes]":
    """The gateway at work in `directory`."""
    environ = {
        **os.environ,
        "TB_GW_CONFIG_DIR": str(directory / "config"),
        "HTTPS_PROXY": NOWHERE,
        "HTTP_PROXY": NOWHERE,
        "PIP_NO_INDEX": "1",
    }
    with (directory / "gateway.log").open("wb") as log:
        return subprocess.Popen(
            [HOME / "bin" / "thingsboard-gateway"], cwd=directory, env=environ, stdout=log, stderr=log
        )
