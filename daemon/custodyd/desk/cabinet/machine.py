"""The cabinet's state machine: (state, event) → step. Pure: it asks projections, it changes nothing.

Idle ──finger──▶ Present ──code/choice, granted──▶ Motion: unlocking ─accepted─▶ released ─door─▶ open
  ▲                │ expired, left                          │ failed        │ lapsed           │ door shut
  └────────────────┴────────────────────────────────────────┴───────────────┴──── counting ◀───┘
An emergency runs beside the visit: Armed ──permitted finger──▶ pulse first, entry after.
A property locker has no workflow yet: only its doors and emergencies are as at a dossier cabinet.
"""

from collections.abc import Callable, Mapping
from typing import Any

from custodyd.desk.cabinet import acts, doors, locker, people
from custodyd.desk.cabinet.context import Context, Kind
from custodyd.desk.cabinet.events import (
    BadFinger,
    Choice,
    Code,
    Counted,
    Door,
    EmergencyAsked,
    Event,
    Finger,
    Leave,
    Terms,
    Tick,
    Unlocked,
    Vouch,
)
from custodyd.desk.cabinet.states import Idle, Motion, State
from custodyd.desk.cabinet.step import Step

_Reactions = Mapping[type[Event], Callable[[Context, State, Any], Step]]

_DOSSIERS: _Reactions = {
    Finger: people.finger,
    BadFinger: people.bad_finger,
    Vouch: people.vouch,
    Leave: people.leave,
    EmergencyAsked: people.emergency_asked,
    Code: acts.code,
    Choice: acts.chosen,
    Terms: acts.terms,
    Counted: acts.counted,
    Door: doors.door,
    Unlocked: doors.unlocked,
    Tick: doors.tick,
}
_PROPERTY: _Reactions = {
    **_DOSSIERS,
    Finger: locker.finger,
    **dict.fromkeys((Vouch, Code, Choice, Terms, Counted), locker.refused),
}
_ON: Mapping[Kind, _Reactions] = {"dossier": _DOSSIERS, "property": _PROPERTY}


def step(context: Context, state: State, event: Event) -> Step:
    """What `event` means in `state` at this kind of cabinet."""
    return _ON[context.kind][type(event)](context, state, event)


def step_unread(context: Context, state: State, event: Event) -> Step | None:
    """What `event` means while the record cannot be read: an emergency goes on from memory, nothing else does."""
    if isinstance(event, Finger):
        return people.finger_unread(context, state, event)
    if isinstance(event, EmergencyAsked):
        return people.armed(context, state, event)
    return None


def next_tick(context: Context, state: State) -> float | None:
    """When (elapsed) time alone changes something next."""
    moments = [door.since + context.limits.left_open_s for door in state.open_doors.values() if door.left_open is None]
    moments += [pulse.until for pulse in state.expected.values()]
    moments += [state.armed.until] if state.armed is not None else []
    if not isinstance(state.visit, Idle) and _timed(state):
        moments.append(state.visit.until)
    return min(moments, default=None)


def _timed(state: State) -> bool:
    # a door that stands open is timed by the door; a pulse on its way by its own deadline
    return not isinstance(state.visit, Motion) or state.visit.stage in ("released", "counting")
