"""What the doors and the clock do: opened, closed, lapsed, left open, forced, found open."""

from dataclasses import replace
from typing import Literal

from custodyd.desk.cabinet.acts import finished
from custodyd.desk.cabinet.context import Context, incident_id
from custodyd.desk.cabinet.events import Door, Event, Tick, Unlocked
from custodyd.desk.cabinet.states import Idle, Motion, OpenDoor, Present, State
from custodyd.desk.cabinet.step import Ask, Screen, Step, Told, refusal
from custodyd.model.entry import Draft
from custodyd.model.facts import cabinet as facts
from custodyd.model.station import Right

LEADERS = Right.APPROVE


def unlocked(context: Context, state: State, event: Unlocked) -> Step:
    """How the pulse ended: accepted, unknown, failed are three facts; the door is a fourth."""
    motion = state.visit if isinstance(state.visit, Motion) and state.visit.place == event.place else None
    fact = _pulse_fact(event)
    entry = context.of_motion(event, fact, motion) if motion else context.draft(event, fact, place=event.place)
    if motion is None:
        return _emergency_pulsed(state, event, entry)
    if event.how == "failed":
        lost = context.of_motion(event, facts.MotionAbandoned(act=motion.act, why="failed"), motion)
        screen = refusal("unlock-failed", "nothing")
        return Step(state.at(Idle()), (entry, lost), (screen,))
    stage = "released" if motion.stage == "unlocking" else motion.stage
    waiting = replace(motion, stage=stage, until=event.at + context.limits.lapse_s)
    effects = (refusal("unlock-unknown", "door"),) if event.how == "unknown" else ()
    return Step(state.at(waiting), (entry,), effects)


def _emergency_pulsed(state: State, event: Unlocked, entry: Draft) -> Step:
    if event.how == "accepted":
        return Step(state, (entry,))
    if event.how == "unknown":
        return Step(state, (entry,), (refusal("unlock-unknown", "door"),))
    return Step(state.expecting(event.place, None), (entry,), (refusal("unlock-failed", "nothing"),))


def _pulse_fact(event: Unlocked) -> facts.UnlockAccepted | facts.UnlockUnknown | facts.UnlockFailed:
    if event.how == "accepted":
        return facts.UnlockAccepted()
    if event.how == "unknown":
        return facts.UnlockUnknown()
    return facts.UnlockFailed(reason=event.reason)


def door(context: Context, state: State, event: Door) -> Step:
    """A contact moved, or was looked at."""
    if event.open:
        return Step(state) if event.place in state.open_doors else _opened(context, state, event)
    if event.place in state.open_doors:
        return _closed(context, state, event)
    if context.lookup.door_is_open(event.place):  # it closed while nobody looked
        return Step(state, (context.draft(event, facts.DoorClosed(found=True), place=event.place),))
    return Step(state)


def _opened(context: Context, state: State, event: Door) -> Step:
    visit = state.visit
    granted = isinstance(visit, Motion) and visit.place == event.place and visit.stage in ("unlocking", "released")
    if granted and isinstance(visit, Motion):
        entry = context.of_motion(event, facts.DoorOpened(why="granted"), visit)
        open_ = replace(visit, stage="open", until=event.at + context.limits.left_open_s)
        after = state.at(open_).with_door(event.place, OpenDoor(event.at, "granted"))
        return Step(after, (entry,), (Screen(f"cabinet.open_{visit.act}", "good", _asked(visit)),))
    pulse = state.expected.get(event.place)
    return _unasked(context, state, event) if pulse is None else _opened_by(context, state, event, pulse.incident)


def _opened_by(context: Context, state: State, event: Door, incident: str) -> Step:
    entry = context.draft(event, facts.DoorOpened(why="emergency"), place=event.place, incident=incident)
    opened = OpenDoor(event.at, "emergency", incident)
    return Step(state.expecting(event.place, None).with_door(event.place, opened), (entry,))


_ASKED: dict[facts.Act, Ask] = {"deposit": "count", "return": "count", "review": "finding", "inventory": "content"}


def _asked(motion: Motion) -> Ask:
    return _ASKED.get(motion.act, "close")


def _unasked(context: Context, state: State, event: Door) -> Step:
    why: Literal["found", "forced"] = "found" if event.found else "forced"
    incident = incident_id(f"door-{why}", event.place, event.civil)
    entry = context.draft(event, facts.DoorOpened(why=why), place=event.place, incident=incident)
    after = state.with_door(event.place, OpenDoor(event.at, why, incident))
    screen = Screen(f"cabinet.door_{why}", "bad", "close", facts=(("place", event.place),))
    return Step(after, (entry,), (screen,), (Told("sms.incident", LEADERS, incident),))


def _closed(context: Context, state: State, event: Door) -> Step:
    was = state.open_doors[event.place]
    visit = state.visit
    motion = visit if isinstance(visit, Motion) and visit.place == event.place and visit.stage == "open" else None
    fact = facts.DoorClosed(found=event.found)
    closed = context.of_motion(event, fact, motion) if motion else context.draft(event, fact, place=event.place)
    entries = (closed, *_left_open_ended(context, event, was))
    after = state.with_door(event.place, None)
    if motion is None:
        return Step(after, entries, (Screen("cabinet.ready", "ready", "finger"),))
    if not _is_said(motion):
        counting = replace(motion, stage="counting", until=event.at + context.limits.count_s)
        ask = _asked(motion)
        return Step(after.at(counting), entries, (Screen(f"cabinet.ask_{ask}", "working", ask),))
    done = finished(context, after, event, motion)
    return replace(done, entries=(*entries, *done.entries))


def _is_said(motion: Motion) -> bool:
    """Whether all is known that is asked before an act ends."""
    if motion.act == "inventory":
        return motion.content is not None
    return motion.counted is not None or motion.act == "withdrawal"


def _left_open_ended(context: Context, event: Event, was: OpenDoor) -> tuple[Draft, ...]:
    if was.left_open is None or not isinstance(event, Door):
        return ()
    fact = facts.DoorLeftOpenEnded(seconds=round(event.at - was.since))
    return (context.draft(event, fact, place=event.place, incident=was.left_open),)


def tick(context: Context, state: State, event: Tick) -> Step:
    """Whatever is over by now, one condition at a time: the desk ticks again while something changed."""
    for place, open_door in state.open_doors.items():
        if open_door.left_open is None and event.at >= open_door.since + context.limits.left_open_s:
            return _left_open(context, state, event, place, open_door)
    for place, pulse in state.expected.items():
        if event.at >= pulse.until:
            entry = context.draft(event, facts.DoorLapsed(), place=place)
            return Step(state.expecting(place, None), (entry,))
    if state.armed is not None and event.at >= state.armed.until:
        return Step(state.arming(None))
    return _visit_over(context, state, event)


def _left_open(context: Context, state: State, event: Tick, place: str, was: OpenDoor) -> Step:
    incident = incident_id("left-open", place, event.civil)
    entry = context.draft(event, facts.DoorLeftOpen(), place=place, incident=incident)
    after = state.with_door(place, replace(was, left_open=incident))
    screen = Screen("cabinet.left_open", "bad", "close", facts=(("place", place),))
    return Step(after, (entry,), (screen,), (Told("sms.incident", LEADERS, incident),))


def _visit_over(context: Context, state: State, event: Tick) -> Step:
    visit = state.visit
    ready = Screen("cabinet.ready", "ready", "finger")
    if isinstance(visit, Idle) or event.at < visit.until:
        return Step(state)
    if isinstance(visit, Present):
        entry = context.draft(event, facts.VisitEnded(why="expired"), actor=visit.actor)
        return Step(state.at(Idle()), (entry,), (ready,))
    if visit.stage == "counting":
        return finished(context, state, event, visit)
    if visit.stage == "released":
        lapsed = context.of_motion(event, facts.DoorLapsed(), visit)
        over = context.of_motion(event, facts.MotionAbandoned(act=visit.act, why="lapsed"), visit)
        screen = refusal("door-lapsed", "finger")
        return Step(state.at(Idle()), (lapsed, over), (screen,))
    return Step(state)
