"""A cabinet at work: takes events one after another, writes what the machine decides, and acts only then."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import msgspec

from custodyd.clock import Clock
from custodyd.desk.cabinet import machine
from custodyd.desk.cabinet.context import Context, incident_id
from custodyd.desk.cabinet.events import Door, Event, Finger, Tick, Unlocked
from custodyd.desk.cabinet.line import EmergencyLine, Opening
from custodyd.desk.cabinet.owed import Owed
from custodyd.desk.cabinet.people import told_of
from custodyd.desk.cabinet.states import Idle, Motion, Present, State
from custodyd.desk.cabinet.step import Pulse, Screen, Step, refusal
from custodyd.ledger import RecordUnavailable
from custodyd.model.entry import Cause, Draft, Entry
from custodyd.model.facts import cabinet as facts
from custodyd.model.projection import View
from custodyd_drivers.contract import Light, LockBank
from custodyd_drivers.errors import DeviceError, Garbled, NoReply

LEAST_S = 0.02  # between two looks at the time, so that what cannot be ended now does not spin
RETRY_S = 10.0  # while an emergency opening waits for the record
READY = Screen("cabinet.ready", "ready", "finger")
_BY_ITSELF = (Door, Tick, Unlocked)
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
        self._owed = Owed(record, line, context.places, self._told)
        self._turn = asyncio.Lock()
        self._going: set[asyncio.Task[Outcome]] = set()

    @property
    def pending(self) -> bool:
        """Whether a visit, an emergency or an open door is under way: then civil time must not jump."""
        state = self.state
        return not isinstance(state.visit, Idle) or bool(state.open_doors or state.expected or state.armed)

    @property
    def owes_openings(self) -> bool:
        """Whether an emergency opening waits for the record."""
        return self._owed.some

    # --- life --------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Enter what the last run could not: emergencies in the line, motions that it did not see end."""
        await self.enter_owed()
        for place in self.context.places:
            row = self._record.view.get("compartment", place)
            if row is not None and row["motion"]:
                await self._interrupted(place, str(row["motion"]), str(row["motion_dossier"]))
        await self._inventory()

    async def _inventory(self) -> None:
        """After a quarantine: an inventory of a cabinet whose content is recorded is opened, once."""
        context, civil = self.context, self._clock.civil()
        since = context.lookup.quarantined() if context.kind == "dossier" else None
        incident = f"inventory:{context.cabinet}:{since}"
        if since is not None and self._record.view.get("incident", incident) is None:
            fact = facts.InventoryOpened(compartments=len(context.places))
            await self._record.happened(Draft(fact=fact, happened=civil, place=context.cabinet, incident=incident))

    async def _interrupted(self, place: str, act: str, dossier: str) -> None:
        civil = self._clock.civil()
        if act == "inventory":  # nothing moved: the compartment is counted again
            over = facts.MotionAbandoned(act="inventory", why="interrupted")
            await self._record.happened(Draft(fact=over, happened=civil, place=place))
            return
        found = self.context.lookup.dossier(dossier)
        fact = msgspec.convert({"act": act}, facts.MotionInterrupted)
        incident = incident_id("interrupted", place, civil)
        case = found.case if found else None
        await self._record.happened(
            Draft(fact=fact, happened=civil, place=place, object=dossier, case=case, incident=incident)
        )

    async def enter_owed(self) -> None:
        """Enter the emergencies of this cabinet that the record could not take; what it still refuses stays owed."""
        async with self._turn:
            await self._owed.enter_all()

    async def run(self) -> None:
        """Let time pass until cancelled."""
        while True:
            changed = self.changed
            due = machine.next_tick(self.context, self.state)
            wait = None if due is None else max(LEAST_S, due - self._clock.elapsed())
            if self._owed.some:
                wait = RETRY_S if wait is None else min(wait, RETRY_S)
            try:
                async with asyncio.timeout(wait):
                    await changed.wait()
            except TimeoutError:
                await self.handle(Tick(self._clock.elapsed(), self._clock.civil()))
                if self._owed.some:
                    await self.enter_owed()

    @asynccontextmanager
    async def still(self) -> AsyncGenerator[bool]:
        """Nothing happens here meanwhile; tells whether the cabinet is at rest: nobody there, doors shut, none owed."""
        async with self._turn:
            yield not (self.pending or self._owed.some)

    def refit(self, like: "CabinetDesk") -> None:
        """Work from now on with the places, limits and hands of `like`; who is there and what is open stays."""
        self.context, self._hands = like.context, like._hands  # noqa: SLF001 - of its own kind
        self._owed.places = like.context.places
        self._become(self.state)

    # --- events ------------------------------------------------------------------------------------------------

    async def handle(self, event: Event, request: str | None = None) -> Outcome:
        """Take one event to its end: entries durable, effects done. `request` is kept in the first entry.

        Whoever stops waiting stops nothing: a pulse whose end nobody noted would leave its compartment in the air.
        """
        going = asyncio.ensure_future(self._handle(event, request))
        self._going.add(going)
        going.add_done_callback(self._going.discard)
        return await asyncio.shield(going)

    async def _handle(self, event: Event, request: str | None) -> Outcome:
        async with self._turn:
            if isinstance(event, Finger) and self._clock.elapsed() - event.at > self.context.limits.authority_s:
                return await self._late(event)
            try:
                step = machine.step(self.context, self.state, event)
            except RecordUnavailable as exc:  # not even readable
                unread = machine.step_unread(self.context, self.state, event)
                if unread is None:
                    return self._unrecorded(exc, event, Step(self.state))
                step = unread
            return await self._perform(event, step, request)

    async def _late(self, event: Finger) -> Outcome:
        age = round((self._clock.elapsed() - event.at) * 1000)
        draft = self.context.draft(event, facts.IdentificationLate(age_ms=age), device=event.reader)
        return await self._perform(event, Step(self.state, (draft,)), None)

    async def _perform(self, event: Event, step: Step, request: str | None) -> Outcome:
        if step.urgent:
            return await self._emergency(event, step, request)
        try:
            entries = await self._write(step, event, request)
        except RecordUnavailable as exc:
            return self._unrecorded(exc, event, step)
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
        if isinstance(event, _BY_ITSELF):  # whether or not that can be written now
            return await self._record.happened(*drafts)
        return await self._record.append(*drafts)

    def _unrecorded(self, exc: RecordUnavailable, event: Event, step: Step) -> Outcome:
        """What cannot be written is not done; what happened by itself, and a motion under way, go on."""
        if isinstance(event, _BY_ITSELF):
            self._become(step.state)
        elif isinstance(self.state.visit, Present):
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
        await self._pulsed(pulse.place, *await self._unlock(pulse))

    async def _pulsed(self, place: str, how: How, reason: str) -> None:
        event = Unlocked(self._clock.elapsed(), self._clock.civil(), place, how, reason)
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
        except (NoReply, Garbled) as exc:
            return "unknown", exc.fact
        except DeviceError as exc:
            return "failed", exc.fact
        return "accepted", ""

    # --- emergency ---------------------------------------------------------------------------------------------

    async def _emergency(self, event: Event, step: Step, request: str | None) -> Outcome:
        """Act first: a line outside the database, the pulse, then the entry at the first chance."""
        draft = step.entries[0]
        assert draft.actor is not None, "an emergency has a permitted person"
        opening = Opening(draft.place or "", draft.actor, draft.happened, draft.incident or "", request)
        at = None
        if not self._owed.lined(opening):  # then the entry must stand before the bolt moves
            at = await self._owed.enter(opening)
            if at is None:
                return self._unrecorded(RecordUnavailable("failing"), event, step)
        self._become(step.state)
        results = [(pulse, *await self._unlock(pulse)) for pulse in step.effects if isinstance(pulse, Pulse)]
        at = at or await self._owed.enter(opening)
        await self._act(replace(step, effects=tuple(one for one in step.effects if isinstance(one, Screen))))
        for pulse, how, reason in results:
            await self._pulsed(pulse.place, how, reason)
        return Outcome(self.screen, at)

    def _told(self, opening: Opening) -> Sequence[Draft]:
        return self._hands.tell(Step(self.state, told=(told_of(opening.incident),)), opening.happened)


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
