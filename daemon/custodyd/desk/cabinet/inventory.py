"""Counting a compartment blind: what people find in it, beside what the record says; it shows nobody the latter."""

from dataclasses import replace

from custodyd import policy
from custodyd.desk.cabinet.context import Context, Unread
from custodyd.desk.cabinet.deciding import decided, rejected
from custodyd.desk.cabinet.events import Choice, Code, Counted, Event
from custodyd.desk.cabinet.states import Idle, Motion, Present, State
from custodyd.desk.cabinet.step import Screen, Step, refusal
from custodyd.model.entry import Draft
from custodyd.model.facts import cabinet as facts

_CLOSE = Screen("cabinet.close_door", "working", "close")
_ASK = Screen("cabinet.ask_content", "working", "content")


def asked(context: Context, state: State, event: Choice, visit: Present) -> Step:
    """A compartment is to be counted."""
    person = context.lookup.person(visit.actor.person or "")
    if event.place not in context.places or person is None:
        return Step(state, effects=(Screen("cabinet.no_such_place", "bad", "nothing"),))
    idle = event.place not in state.open_doors and not context.lookup.door_is_open(event.place)
    decision = policy.may_count(person, idle=idle)
    return decided(context, state, event, visit, "inventory", decision, event.place, None)


def scanned(context: Context, state: State, event: Code, motion: Motion) -> Step:
    """The code of what lies there; a later one stands for an earlier one."""
    if motion.stage not in ("open", "counting"):
        return Step(state, effects=(Screen("cabinet.open_inventory", "good", "content"),))
    found = context.read_code(event.text) if event.text is not None else Unread("unreadable")
    if isinstance(found, Unread):
        return rejected(context, state, event, motion.actor, found)
    return _known(context, state, event, replace(motion, content=found.dossier))


def said(context: Context, state: State, event: Counted, motion: Motion) -> Step:
    """That the compartment is empty; nothing else is said of a count."""
    if not event.empty or motion.stage not in ("open", "counting"):
        return Step(state, effects=(_ASK,))
    return _known(context, state, event, replace(motion, content=""))


def _known(context: Context, state: State, event: Event, motion: Motion) -> Step:
    if motion.stage == "counting":
        return finished(context, state, event, motion)
    return Step(state.at(motion), effects=(_CLOSE,))


def finished(context: Context, state: State, event: Event, motion: Motion) -> Step:
    """The door is shut: what was found is entered; where nobody said it, nothing is confirmed."""
    if motion.content is None:
        over = context.of_motion(event, facts.MotionAbandoned(act="inventory", why="expired"), motion)
        return Step(state.at(Idle()), (over,), (refusal("count-unsaid", "finger"),))
    entries = (*_found(context, event, motion), *context.inventory_ends(event, motion.place))
    done = Screen("cabinet.done_inventory", "good", "finger", facts=(("place", motion.place),))
    return Step(state.at(Idle()), entries, (done,))


def _found(context: Context, event: Event, motion: Motion) -> tuple[Draft, ...]:
    found, expected = motion.content or "", context.lookup.content(motion.place) or ""
    counted = context.of_motion(event, facts.CompartmentCounted(), _about(context, motion, found))
    if found == expected:
        return (counted,)
    fact = facts.DiscrepancyOpened(what="content", expected=expected, found=found)
    differing = [_about(context, motion, one) for one in (expected, found) if one]
    opened = tuple(context.discrepancy(event, one, fact) for one in differing)
    return (counted, *opened, *_ended(context, event, found))


def _ended(context: Context, event: Event, found: str) -> tuple[Draft, ...]:
    """What was waited for and lies here is waited for no longer."""
    dossier = context.lookup.dossier(found)
    if dossier is None:
        return ()
    return (*context.clocks.deposited(dossier, event.civil), *context.clocks.loan_ended(dossier, event.civil))


def _about(context: Context, motion: Motion, dossier: str) -> Motion:
    """The motion with a dossier that it was not granted for, but came upon."""
    found = context.lookup.dossier(dossier)
    return replace(motion, dossier=dossier, case=found.case if found else "")
