"""Fingers into readers: a clerk's finger names the person, a technician's account runs the reader, both recorded."""

from collections.abc import Callable
from dataclasses import dataclass

from custodyd import policy
from custodyd.clock import Clock
from custodyd.desk.cabinet.desk import Record
from custodyd.desk.lookup import Lookup
from custodyd.desk.register import NotFound
from custodyd.model.entry import Actor, Draft, Entry, Fact
from custodyd.model.facts import people as facts
from custodyd.model.station import Right
from custodyd_drivers.contract import FingerprintReader
from custodyd_drivers.errors import DeviceError

ENROL_S = 30.0  # a person needs two touches within this time
_UNKNOWN = "slot-unknown"


class NotEnrolled(Exception):
    """The reader did not take the finger; `reason` is the device's short fact."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Forbidden(Exception):
    """A rule refused; it carries the refusal."""

    def __init__(self, refused: policy.Refused) -> None:
        super().__init__(refused.rule.id)
        self.refused = refused


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Enrols and removes fingers. `reader` gives the live driver of a device id, or None."""

    record: Record
    clock: Clock
    lookup: Lookup
    reader: Callable[[str], FingerprintReader | None]

    async def enrol(self, device: str, person: str, naming: Actor, running: Actor, request: str | None) -> Entry:
        """Put a finger of `person` into the first free slot.

        Raises NotFound, Forbidden, NotEnrolled, RecordUnavailable. `naming` is the clerk by finger,
        `running` the technician by account, kept as the second.
        """
        reader = self.reader(device)
        if reader is None or self.lookup.person(person) is None:
            raise NotFound("reader" if reader is None else "person")
        self._check(naming)
        slot = await self._free_slot(reader, device)
        where = {"device": device, "subject": person}
        await self._enter(facts.EnrolmentGranted(slot=slot), naming, running, request, **where)
        try:
            await reader.enrol(slot, ENROL_S)
        except DeviceError as exc:
            await self._enter(facts.EnrolmentFailed(slot=slot, reason=exc.fact), naming, running, None, **where)
            raise NotEnrolled(exc.fact) from exc
        return await self._enter(facts.FingerEnrolled(slot=slot), naming, running, None, **where)

    def _check(self, naming: Actor) -> None:
        if not self._someone_names():
            return  # the first clerk: named by the two witnesses of `station init`
        clerk = self.lookup.person(naming.person or "")
        rights = clerk.rights if clerk and clerk.active else frozenset[Right]()
        decision = policy.may(rights, Right.ENROL_NAME)
        if isinstance(decision, policy.Refused):
            raise Forbidden(decision)

    def _someone_names(self) -> bool:
        enrolled = {row["person"] for row in self.record.view.select("finger")}
        return any(person in enrolled for person in self.lookup.holding(Right.ENROL_NAME))

    async def _free_slot(self, reader: FingerprintReader, device: str) -> int:
        try:
            taken = await reader.occupied()
        except DeviceError as exc:
            raise NotEnrolled(exc.fact) from exc
        known = {int(row["slot"] or 0) for row in self.record.view.select("finger", reader=device)}
        for slot in range(reader.capacity):
            if slot not in taken and slot not in known:
                return slot
        raise NotEnrolled("the reader is full")

    async def remove(self, device: str, slot: int, naming: Actor, running: Actor, request: str | None) -> Entry:
        """Take the finger in `slot` away; raises NotFound, Forbidden, NotEnrolled, RecordUnavailable."""
        reader = self.reader(device)
        row = self.record.view.get("finger", device, slot)
        if reader is None or row is None:
            raise NotFound("reader" if reader is None else "slot")
        self._check(naming)
        where = {"device": device, "subject": str(row["person"])}
        await self._enter(facts.RemovalGranted(slot=slot), naming, running, request, **where)
        try:
            await reader.delete(slot)
        except DeviceError as exc:
            raise NotEnrolled(exc.fact) from exc
        return await self._enter(facts.FingerRemoved(slot=slot), naming, running, None, **where)

    async def compare(self, device: str, occupied: frozenset[int]) -> None:
        """At every start of a reader: a slot that nobody knows, or a missing one, is an incident."""
        known = {int(row["slot"] or 0) for row in self.record.view.select("finger", reader=device) if row["person"]}
        strange = [slot for slot in sorted(occupied - known) if not self._stands(device, slot)]
        drafts = [self._found(facts.SlotUnknown(slot=slot), device, slot) for slot in strange]
        drafts += [self._found(facts.SlotMissing(slot=slot), device, slot) for slot in sorted(known - occupied)]
        if drafts:
            await self.record.happened(*drafts)

    def _stands(self, device: str, slot: int) -> bool:
        """Whether the incident is open already: a reader that comes and goes tells it once."""
        begins = f"{_UNKNOWN}:{device}:{slot}:"
        rows = self.record.view.select("incident", device=device, closed=None)
        return any(str(row["incident"]).startswith(begins) for row in rows)

    def _found(self, fact: facts.SlotUnknown | facts.SlotMissing, device: str, slot: int) -> Draft:
        what = _UNKNOWN if isinstance(fact, facts.SlotUnknown) else "slot-missing"
        civil = self.clock.civil()
        return Draft(fact=fact, happened=civil, device=device, incident=f"{what}:{device}:{slot}:{civil}")

    async def _enter(
        self, fact: Fact, naming: Actor, running: Actor, request: str | None, *, device: str, subject: str
    ) -> Entry:
        draft = Draft(
            fact=fact, happened=self.clock.civil(), actor=naming, second=running, device=device, subject=subject,
            request=request,
        )  # fmt: skip
        return (await self.record.append(draft))[0]
