"""What follows from a decision: a grant with its pulse and motion, or a refusal; it decides only who is proven."""

import hashlib
from dataclasses import replace

from custodyd import policy
from custodyd.desk.cabinet.context import Context, Unread
from custodyd.desk.cabinet.events import Choice, Code, Event
from custodyd.desk.cabinet.states import Motion, Present, State
from custodyd.desk.cabinet.step import Pulse, Screen, Step, refusal
from custodyd.model.entry import Actor
from custodyd.model.facts import cabinet as facts
from custodyd.model.station import Dossier

_GRANTS: dict[str, type[facts.ActGranted]] = {
    "deposit": facts.DepositGranted,
    "return": facts.ReturnGranted,
    "review": facts.ReviewGranted,
    "inventory": facts.CountGranted,
}


def decided(
    context: Context,
    state: State,
    event: Event,
    visit: Present,
    act: facts.Act,
    decision: policy.Decision,
    place: str | None,
    dossier: Dossier | None,
    loan: tuple[str, int] = ("", 0),
) -> Step:
    """The step that a decision about `place` (None = no compartment is left) makes."""
    if isinstance(decision, policy.Granted) and place is not None:
        decision = _proven(context, visit, place, decision)
    if isinstance(decision, policy.Refused) or place is None:
        why = decision if isinstance(decision, policy.Refused) else policy.Refused(policy.rule("cabinet-full"))
        return refused(context, state, event, visit, act, why, dossier, place)
    purpose, due = loan
    fact = facts.WithdrawalGranted(purpose=purpose, due=due) if act == "withdrawal" else _GRANTS[act]()
    entry = context.draft(
        event, fact, place=place, actor=visit.actor, second=visit.second, dossier=dossier, rule=decision.rule,
        cause=visit.cause,
    )  # fmt: skip
    motion = Motion(
        act, visit.actor, place, dossier.id if dossier else "", dossier.case if dossier else "", "unlocking",
        event.at + context.limits.lapse_s, purpose=purpose, due=due, second=visit.second,
    )  # fmt: skip
    opening = Screen(f"cabinet.opening_{act}", "good", "door", facts=(("place", place),))
    return Step(state.at(motion), (entry,), (Pulse(place, visit.until), opening))


def _proven(context: Context, visit: Present, place: str, granted: policy.Granted) -> policy.Decision:
    """Whether who stands here is proven well enough for what is known of this compartment."""
    second = visit.second.strength if visit.second else 0
    if not policy.enough_proof(visit.actor.strength, second):
        return policy.Refused(policy.rule("second-person-needed"))
    if not context.lookup.is_confirmed(place):
        unconfirmed = policy.may_open_unconfirmed(visit.actor.strength, second)
        return unconfirmed if isinstance(unconfirmed, policy.Refused) else granted
    return granted


def refused(
    context: Context,
    state: State,
    event: Event,
    visit: Present,
    act: facts.Act,
    why: policy.Refused,
    dossier: Dossier | None,
    place: str | None = None,
) -> Step:
    """A refusal is an entry; what lacks only a second person's finger waits for it."""
    entry = context.draft(
        event, facts.ActRefused(act=act), actor=visit.actor, second=visit.second, dossier=dossier, rule=why.rule,
        cause=visit.cause, place=None if dossier else place,
    )  # fmt: skip
    if why.rule.id == "unconfirmed-place" and isinstance(event, Code | Choice):
        waiting = replace(visit, scanned=None, giving=None, awaiting=event)
        return Step(state.at(waiting), (entry,), (refusal(why.rule.id, "second-finger"),))
    still = replace(visit, scanned=None, giving=None, awaiting=None)
    return Step(state.at(still), (entry,), (refusal(why.rule.id, "code"),))


def rejected(context: Context, state: State, event: Code, actor: Actor, why: Unread) -> Step:
    """A code that leads nowhere; of its text only length and digest are kept."""
    digest = hashlib.sha256(event.text.encode("utf-8", "replace")).hexdigest() if event.text else None
    fact = facts.CodeRejected(reason=why.reason, length=event.length, digest=digest)
    entry = context.draft(event, fact, actor=actor)
    return Step(state, (entry,), (refusal(f"code-{why.reason}", "code"),))
