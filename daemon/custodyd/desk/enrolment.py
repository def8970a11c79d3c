"""Fingers into readers: a clerk's finger names the person, a technician's account runs the reader, both recorded."""

from collections.abc import Callable
from dataclasses import dataclass

from custodyd import policy
from custodyd.clock import Clock
from custodyd.desk.cabinet.desk import Record
from custodyd.desk.lookup import Lookup
from custodyd.desk.register import NotFound
from custodyd.model.entry import Actor, Cause, Draft, Entry, Fact, Rule
from custodyd.model.facts import people as facts
from custodyd.model.station import Person
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
class _Attempt:
    """What all entries of one attempt at a reader have in common."""

    device: str
    person: str
    naming: Actor | None
    running: Actor
    rule: Rule
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Enrols and removes fingers. `reader` gives the live driver of a device id, or None."""

    record: Record
    clock: Clock
    lookup: Lookup
    reader: Callable[[str], FingerprintReader | None]

    async def enrol(self, device: str, person: str, naming: Actor | None, running: Actor, request: str | None) -> Entry:
        """Put a finger of `person` into the first free slot.

        Raises NotFound, Forbidden, NotEnrolled, RecordUnavailable. `naming` is the clerk by finger, None where none
        stands at a cabinet; `running` is the technician by account.
        """
        reader = self.reader(device)
        if reader is None or self.lookup.person(person) is None:
            raise NotFound("reader" if reader is None else "person")
        attempt = _Attempt(device, person, naming, running, *self._authority(person, naming))
        slot = await self._free_slot(reader, device)
        await self._enter(attempt, facts.EnrolmentGranted(slot=slot), request)
        try:
            await reader.enrol(slot, ENROL_S)
        except DeviceError as exc:
            await self._enter(attempt, facts.EnrolmentFailed(slot=slot, reason=exc.fact))
            raise NotEnrolled(exc.fact) from exc
        return await self._enter(attempt, facts.FingerEnrolled(slot=slot))

    def _authority(self, person: str, naming: Actor | None) -> tuple[Rule, tuple[Cause, ...]]:
        """The rule that grants, and the founding where it is the one; raises Forbidden."""
        founded = self.lookup.founding()
        decision = policy.may_enrol(self._clerk(naming), person, founded.first if founded else None)
        if isinstance(decision, policy.Refused):
            raise Forbidden(decision)
        by_founding = founded is not None and decision.rule.id == "founding"
        return decision.rule, (founded.at,) if founded and by_founding else ()

    def _clerk(self, naming: Actor | None) -> Person | None:
        """Who names by a sound proof: an account alone is nobody."""
        return self.lookup.person(naming.person or "") if naming is not None and naming.strength >= 2 else None

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

    async def remove(self, device: str, slot: int, naming: Actor | None, running: Actor, request: str | None) -> Entry:
        """Take the finger in `slot` away, always named by a clerk; raises as `enrol`."""
        reader = self.reader(device)
        row = self.record.view.get("finger", device, slot)
        if reader is None or row is None:
            raise NotFound("reader" if reader is None else "slot")
        person = str(row["person"])
        attempt = _Attempt(device, person, naming, running, self._removal(naming))
        await self._enter(attempt, facts.RemovalGranted(slot=slot), request)
        try:
            await reader.delete(slot)
        except DeviceError as exc:
            raise NotEnrolled(exc.fact) from exc
        return await self._enter(attempt, facts.FingerRemoved(slot=slot))

    def _removal(self, naming: Actor | None) -> Rule:
        decision = policy.may_remove(self._clerk(naming))
        if isinstance(decision, policy.Refused):
            raise Forbidden(decision)
        return decision.rule

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

    async def _enter(self, attempt: _Attempt, fact: Fact, request: str | None = None) -> Entry:
        draft = Draft(
            fact=fact, happened=self.clock.civil(), actor=attempt.naming or attempt.running,
            second=attempt.running if attempt.naming else None, device=attempt.device, subject=attempt.person,
            rule=attempt.rule, causes=attempt.causes, request=request,
        )  # fmt: skip
        return (await self.record.append(draft))[0]
