"""Drafts made into entries: place, salt, both clocks, sealed labels, canonical bytes; it must not know storage."""

import base64
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from custodyd.clock import Clock
from custodyd.ledger.canonical import encode
from custodyd.ledger.errors import Unrecordable
from custodyd.model.entry import ClockState, Draft, Entry, Fact, Label, Sealed

FORMAT = 1
_SALT = 16
_UNKNOWN = ClockState()


def _new_run() -> str:
    return secrets.token_hex(8)


@dataclass(slots=True)
class Scribe:
    """Writes one run's entries; `clock_state` is what is known of the clock now, told from outside."""

    station: str
    clock: Clock
    kinds: Mapping[str, type[Fact]]
    seal: Callable[[Label], Sealed]
    run: str = field(default_factory=_new_run)
    clock_state: ClockState = field(default_factory=ClockState)

    def write(self, draft: Draft, segment: str, seq: int) -> tuple[Entry, bytes]:
        """The entry and its bytes; raises Unrecordable, and Erased where a label's person has no key."""
        entry = Entry(
            v=FORMAT,
            seq=seq,
            salt=base64.b64encode(secrets.token_bytes(_SALT)).decode(),
            station=self.station,
            segment=segment,
            run=self.run,
            kind=draft.fact.kind,
            happened=draft.happened,
            happened_by=draft.happened_by,
            recorded=self.clock.civil(),
            mono=round(self.clock.elapsed() * 1_000_000),
            data=self._data(draft.fact),
            incident=draft.incident,
            received=draft.received,
            clock=self.clock_state if self.clock_state != _UNKNOWN else None,
            actor=draft.actor,
            second=draft.second,
            device=draft.device,
            place=draft.place,
            case=draft.case,
            subject=draft.subject,
            object=draft.object,
            rule=draft.rule,
            request=draft.request,
            causes=draft.causes,
            sealed=tuple([self.seal(label) for label in draft.labels]) if draft.labels else (),
        )
        return encode(entry)

    def _data(self, fact: Fact) -> dict[str, Any]:
        schema = type(fact)
        if self.kinds.get(fact.kind) is not schema:
            raise Unrecordable(f"{fact.kind} is not in the list of kinds")
        try:
            data: dict[str, Any] = msgspec.to_builtins(fact)
            msgspec.convert(data, schema)
        except (msgspec.ValidationError, TypeError, ValueError, OverflowError) as exc:
            raise Unrecordable(f"{fact.kind} does not fit its schema: {exc}") from exc
        return data
