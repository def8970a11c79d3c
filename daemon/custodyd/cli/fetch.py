"""Exports through the API: pages of stored bytes from the daemon become files here; it must not print."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from custodyd.cli.client import Client
from custodyd.cli.failures import Stopped
from custodyd.cli.session import escaped
from custodyd.ledger.errors import LedgerError
from custodyd.ledger.export import export
from custodyd.ledger.note import Checkpoint, parse_vkey, vkey_text


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment as the daemon names it: newest checkpoint `note` (None where nothing is signed yet), its key."""

    name: str
    origin: str
    size: int
    note: str | None
    vkey: str


def segments(client: Client) -> list[Segment]:
    """Every segment of the record, oldest first; the head is signed on the way."""
    items = client.get("/v1/segments")["items"]
    station = next(str(item["vkey"]) for item in reversed(items) if "vkey" in item)
    return [
        Segment(item["segment"], item["origin"], item["size"], item["note"], item.get("vkey") or _named(item, station))
        for item in items
        if "segment" in item
    ]


def _named(item: dict[str, str], vkey: str) -> str:
    return vkey_text(item["origin"], parse_vkey(vkey)[1])


def fetch(client: Client, chosen: Sequence[Segment], target: Path) -> list[Checkpoint]:
    """Write each segment into its folder below `target`, its key beside it; raises Stopped, Refused, Unreachable."""
    for segment in chosen:
        _refuse_taken(target / segment.name)
    try:
        return [
            export(target / segment.name, segment.note, segment.vkey, stored(client, segment.name))
            for segment in chosen
            if segment.note
        ]
    except LedgerError as exc:
        raise Stopped("not_exported", detail=str(exc)) from exc


def _refuse_taken(folder: Path) -> None:
    try:
        taken = any(folder.iterdir())
    except FileNotFoundError:
        return
    except OSError as exc:
        raise Stopped("not_written", exc, file=str(folder)) from exc
    if taken:
        raise Stopped("not_empty", directory=str(folder))


def stored(client: Client, segment: str) -> Iterator[bytes]:
    """The stored bytes of a segment's entries from index 0."""
    start = 0
    while page := client.get(f"/v1/segments/{escaped(segment)}/raw", start=str(start))["items"]:
        yield from (base64.b64decode(item["bytes"]) for item in page)
        start += len(page)
