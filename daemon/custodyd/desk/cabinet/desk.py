"""A cabinet at work: takes events one after another, writes what the machine decides, and acts only then."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import msgspec

from custodyd.clock import Clock
from custodyd.desk.cabinet import machine
from custodyd.desk.cabinet.context import Context, incident_id
from custodyd.desk.cabinet.events import Door, Event, Finger, Tick, Unlocked
from custodyd.desk.cabinet.line import EmergencyLine, Opening
from custodyd.desk.cabinet.states import Idle, Motion, Present, State
from custodyd.desk.cabinet.step import Pulse, Screen, Step, refusal
from custodyd.ledger import RecordUnavailable
from custodyd.model.entry import Cause, Draft, Entry
from custodyd.model.facts import cabinet as facts
from custodyd.model.projection import View
from custodyd_drivers.contract import Light, LockBank
from custodyd_drivers.errors import DeviceError, NoReply

READY = Screen("cabinet.ready", "ready", "finger")
How = Literal["accepted", "unknown", "failed"]


class Record(Protocol):
    """What a desk needs of the ledger."""

    view: View

    async def append(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Make drafts durable; raises RecordUnavailable."""
        ...

    async def happened(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Make durable what happened by itself, now or at the first chance."""
        ...


class Hands(Protocol):
    """What a desk needs of the devices, as the station wires them."""

    def lock(self, place: str) -> tuple[LockBank, int] | None:
        """The live lock bank and door of a place; None while nobody sees the bank."""
        ...

    async def light(self, mood: Light) -> None:
        """Show a mood at the cabinet's reader; best effort."""
        ...

    def tell(self, step: Step, civil: int) -> Sequence[Draft]:
        """The messages that a step causes."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an event: what the person sees, where the first entry stands, and the rule that refused."""

    screen: Screen
    at: Cause | None = None
    refused: str | None = None


_LIGHTS = {"ready": Light.READY, "working": Light.WORKING, "good": Light.GOOD, "bad": Light.BAD}


class CabinetDesk:
    """One cabinet. Events come by `handle`; `run` lets time pass."""

    def __init__(self, context: Context, record: Record, clock: Clock, hands: Hands, line: EmergencyLine) -> None:
        self.context = context
        self.state = State()
        self.screen = READY
        self.changed = asyncio.Event()
        self._record = record
        self._clock = clock
        self._hands = hands
        self._line = line
        self._turn = asyncio.Lock()

    @property
    def pending(self) -> bool:
        """Whether a visit, an emergency or an open door is under way: then civil time must not jump."""
        state = self.state
        return not isinstance(state.visit, Idle) or bool(state.open_doors or state.expected or state.armed)

    # --- life --------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Enter what the last run could not: emergencies in the line, motions that it did not see end."""
        for opening in self._line.openings():
            if opening.place in self.context.places:
                await self._enter_emergency(opening)
        for place in self.context.places:
            row = self._record.view.get("compartment", place)
            if row is not None and row["motion"]:
                await self._interrupted(place, str(row["motion"]), str(row["motion_dossier"]))

    async def _interrupted(self, place: str, act: str, dossier: str) -> None:
        civil = self._clock.civil()
        found = self.context.lookup.dossier(dossier)
        fact = msgspec.convert({"act": act}, facts.MotionInterrupted)
        incident = incident_id("interrupted", place, civil)
        case = found.case if found else None
        await self._record.append(
            Draft(fact=fact, happened=civil, place=place, object=dossier, case=case, incident=incident)
        )

    async def run(self) -> None:
        """Let time pass until cancelled."""
        while True:
            changed = self.changed
            due = machine.next_tick(self.context, self.state)
            wait = None if due is None else max(0.0, due - self._clock.elapsed())
            try:
                await asyncio.wait_for(changed.wait(), wait)
            except TimeoutError:
                await self.handle(Tick(self._clock.elapsed(), self._clock.civil()))

    # --- events ------------------------------------------------------------------------------------------------

    async def handle(self, event: Event, request: str | None = None) -> Outcome:
        """Take one event to its end: entries durable, effects done. `request` is kept in the first entry."""
        async with self._turn:
            if isinstance(event, Finger) and self._clock.elapsed() - event.at > self.context.limits.authority_s:
                return await self._late(event)
            step = machine.step(self.context, self.state, event)
            return await self._perform(event, step, request)

    async def _late(self, event: Finger) -> Outcome:
        age = round((self._clock.elapsed() - event.at) * 1000)
        draft = self.context.draft(event, facts.IdentificationLate(age_ms=age), device=event.reader)
        return await self._perform(event, Step(self.state, (draft,)), None)

    async def _perform(self, event: Event, step: Step, request: str | None) -> Outcome:
        if step.urgent:
            return await self._emergency(event, step)
        try:
            entries = await self._write(step, event, request)
        except RecordUnavailable as exc:
            return self._unrecorded(exc)
        at = entries[0].at if entries else None
        self._become(_caused(step.state, entries))
        await self._act(step)
        return Outcome(self.screen, at, _refusing(step))

    async def _write(self, step: Step, event: Event, request: str | None) -> tuple[Entry, ...]:
        drafts = [*step.entries, *self._hands.tell(step, event.civil)]
        if not drafts:
            return ()
        if request is not None:
            drafts[0] = msgspec.structs.replace(drafts[0], request=request)
        if isinstance(event, Door):  # it moved, whether or not that can be written now
            return await self._record.happened(*drafts)
        return await self._record.append(*drafts)

    def _unrecorded(self, exc: RecordUnavailable) -> Outcome:
        """What cannot be written is not done."""
        self._become(self.state.at(Idle()))
        self._show(refusal("storage-failed", "nothing"))
        return Outcome(self.screen, None, f"storage-{exc.reason}")

    def _become(self, state: State) -> None:
        self.state = state
        self.changed.set()
        self.changed = asyncio.Event()

    def _show(self, screen: Screen) -> None:
        self.screen = screen
        self.changed.set()
        self.changed = asyncio.Event()

    # --- effects -----------------------------------------------------------------------------------------------

    async def _act(self, step: Step) -> None:
        for effect in step.effects:
            if isinstance(effect, Screen):
                self._show(effect)
        pulses = [effect for effect in step.effects if isinstance(effect, Pulse)]
        for pulse in pulses:
            await self._pulse(pulse)
        if any(isinstance(effect, Screen) for effect in step.effects):
            await self._hands.light(_LIGHTS[self.screen.mood])

    async def _pulse(self, pulse: Pulse) -> None:
        how, reason = await self._unlock(pulse)
        event = Unlocked(self._clock.elapsed(), self._clock.civil(), pulse.place, how, reason)
        await self._perform(event, machine.step(self.context, self.state, event), None)

    async def _unlock(self, pulse: Pulse) -> tuple[How, str]:
        found = self._hands.lock(pulse.place)
        if found is None:
            return "failed", "the lock bank is not seen"
        if self._clock.elapsed() > pulse.until:
            return "failed", "the authority expired before the pulse"
        bank, door = found
        try:
            await bank.pulse(door)
        except NoReply as exc:
            return "unknown", exc.fact
        except DeviceError as exc:
            return "failed", exc.fact
        return "accepted", ""

    # --- emergency ---------------------------------------------------------------------------------------------

    async def _emergency(self, event: Event, step: Step) -> Outcome:
        """Act first: a line outside the database, the pulse, then the entry at the first chance."""
        draft = step.entries[0]
        assert draft.actor is not None, "an emergency has a permitted person"
        opening = Opening(draft.place or "", draft.actor, draft.happened, draft.incident or "")
        self._line.write(opening)
        self._become(step.state)
        pulses = [effect for effect in step.effects if isinstance(effect, Pulse)]
        results = [await self._unlock(pulse) for pulse in pulses]
        at = await self._enter_emergency(opening, step, event)
        for pulse, (how, reason) in zip(pulses, results, strict=True):
            unlocked = Unlocked(self._clock.elapsed(), self._clock.civil(), pulse.place, how, reason)
            await self._perform(unlocked, machine.step(self.context, self.state, unlocked), None)
        for effect in step.effects:
            if isinstance(effect, Screen):
                self._show(effect)
        return Outcome(self.screen, at)

    async def _enter_emergency(
        self, opening: Opening, step: Step | None = None, event: Event | None = None
    ) -> Cause | None:
        draft = Draft(
            fact=facts.EmergencyOpened(),
            happened=opening.happened,
            actor=opening.actor,
            place=opening.place,
            incident=opening.incident,
        )
        told = self._hands.tell(step, event.civil) if step and event else ()
        try:
            entries = await self._record.append(draft, *told)
        except RecordUnavailable:
            return None  # the line stays; the next start, or the next minute, enters it
        self._line.clear(opening)
        return entries[0].at


def _caused(state: State, entries: Sequence[Entry]) -> State:
    visit = state.visit
    if entries and isinstance(visit, Present | Motion) and visit.cause is None:
        return state.at(replace(visit, cause=entries[-1].at))
    return state


def _refusing(step: Step) -> str | None:
    for effect in step.effects:
        if isinstance(effect, Screen) and effect.text.startswith("refused."):
            return effect.text.removeprefix("refused.")
    return None
