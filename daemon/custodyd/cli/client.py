"""The daemon's API as a tool sees it: GET, POST, listings by page, entries as they come; it must not print or exit.

The only door to httpx in the tools.
"""

import json
import os
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from custodyd.cli.failures import Refused, Unreachable

TIMEOUT_S = 30.0
ENROL_S = 120.0  # a person lays a finger down twice
AGAIN_S = 1.0
SYSTEM_SOCKET = Path("/run/custodyd/api.sock")
SANDBOX_SOCKET = Path(".state/run/api.sock")

Json = dict[str, Any]


def find_socket(named: Path | None = None) -> Path:
    """The named socket, else CUSTODYD_SOCKET, else that of a simulation below this folder, else the station's."""
    if named is not None:
        return named
    if from_environment := os.environ.get("CUSTODYD_SOCKET"):
        return Path(from_environment)
    return SANDBOX_SOCKET if SANDBOX_SOCKET.exists() else SYSTEM_SOCKET


@dataclass
class Client:
    """One connection to the daemon. Every verb raises Refused and Unreachable."""

    socket: Path
    _http: httpx.Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        transport = httpx.HTTPTransport(uds=str(self.socket))
        self._http = httpx.Client(transport=transport, base_url="http://custodyd", timeout=TIMEOUT_S, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def get(self, path: str, **query: str | None) -> Json:
        """The document at `path`."""
        given = {name: value for name, value in query.items() if value is not None}
        return self._asked("GET", path, params=given)

    def rows(self, path: str, cursor: str | None = None, **query: str | None) -> Iterator[Json]:
        """Every row of a listing beyond `cursor`, page after page."""
        while True:
            page = self.get(path, **query, cursor=cursor)
            yield from page["items"]
            cursor = page.get("next")
            if cursor is None:
                return

    def post(self, path: str, body: Json, key: str | None = None, timeout: float = TIMEOUT_S) -> Json:
        """A verb, under `key` or a fresh idempotency key: the same key again gives the first answer."""
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        given = {name: value for name, value in body.items() if value is not None}
        return self._asked("POST", path, json=given, headers=headers, timeout=timeout)

    def _asked(self, method: str, path: str, **options: Any) -> Json:
        _knock(self.socket)
        try:
            return _told(self._http.request(method, path, **options))
        except httpx.HTTPError as exc:
            raise Unreachable(self.socket, "silent") from exc

    def follow(self, after: str | None, waiting: Callable[[], None]) -> Iterator[Json]:
        """Entries beyond `after` (`segment/seq`; None = from now on) as they come, for ever.

        A lost connection is made again after the last entry seen, `waiting` being called once for each loss; only
        the first connection raises.
        """
        last, connected, told = after, False, False
        while True:
            try:
                for entry in self._stream(last):
                    connected, told = True, False
                    if entry is not None:
                        last = str(entry["id"])
                        yield entry
            except Unreachable:
                if not connected:
                    raise
            if not told:
                waiting()
                told = True
            time.sleep(AGAIN_S)

    def _stream(self, after: str | None) -> Iterator[Json | None]:
        """None once the stream stands, then its entries; raises Unreachable, also when it breaks."""
        _knock(self.socket)
        try:
            yield from self._lines(after)
        except httpx.HTTPError as exc:
            raise Unreachable(self.socket, "silent") from exc

    def _lines(self, after: str | None) -> Iterator[Json | None]:
        headers = {"Last-Event-ID": after} if after else {}
        patient = httpx.Timeout(TIMEOUT_S, read=None)
        with self._http.stream("GET", "/v1/events", headers=headers, timeout=patient) as answer:
            if answer.is_error:
                answer.read()
                _told(answer)
            yield None
            for line in answer.iter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))


def _told(answer: httpx.Response) -> Json:
    try:
        found: Json = answer.json()
    except ValueError as exc:
        raise httpx.DecodingError("no JSON", request=answer.request) from exc
    if answer.is_error:
        said = str(found["rule"]), found["texts"], found["next_step"], str(found.get("detail") or "")
        raise Refused(answer.status_code, *said)
    return found


def _knock(path: Path) -> None:
    """See that somebody listens; raises Unreachable. httpx tells the reasons less apart, and drops an open socket."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(TIMEOUT_S)
            probe.connect(str(path))
    except FileNotFoundError as exc:
        raise Unreachable(path, "missing") from exc
    except PermissionError as exc:
        raise Unreachable(path, "denied") from exc
    except TimeoutError as exc:
        raise Unreachable(path, "silent") from exc
    except OSError as exc:
        raise Unreachable(path, "refused") from exc
