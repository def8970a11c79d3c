"""The socket by which another terminal reaches a running simulation: one JSON line in, one out."""

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

from custodyd_simulators.twins import Station
from custodyd_simulators.verbs import Misunderstood, act


async def serve(station: Station, path: Path) -> asyncio.Server:
    """Serve hand's verbs; verbs that take a moment run beside each other."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(json.dumps(await _answer(station, line), ensure_ascii=False).encode() + b"\n")
            await writer.drain()
        writer.close()

    path.unlink(missing_ok=True)
    return await asyncio.start_unix_server(talk, path)


async def _answer(station: Station, line: bytes) -> dict[str, Any]:
    try:
        verb, *words = json.loads(line)
        return {"done": await asyncio.to_thread(act, station, verb, words)}
    except (Misunderstood, ValueError) as exc:
        return {"error": str(exc)}


def ask(path: Path, verb: str, *words: str) -> Any:
    """From another process: do a verb; raises Misunderstood, OSError when no simulation runs here."""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(30)
        peer.connect(str(path))
        peer.sendall(json.dumps([verb, *words]).encode() + b"\n")
        with peer.makefile("rb") as answers:
            answer = json.loads(answers.readline())
    if "error" in answer:
        raise Misunderstood(answer["error"])
    return answer["done"]
