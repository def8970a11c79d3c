"""Who stands at the cabinet: fingers, vouching, leaving, and the emergency that never waits."""

from dataclasses import replace

from custodyd import policy
from custodyd.desk.cabinet.acts import seconded
from custodyd.desk.cabinet.context import Context, incident_id
from custodyd.desk.cabinet.events import BadFinger, EmergencyAsked, Event, Finger, Leave, Vouch
from custodyd.desk.cabinet.states import Armed, Expected, Idle, Motion, Present, State
from custodyd.desk.cabinet.step import Pulse, Screen, Step, Told, refusal
from custodyd.model.entry import Actor, Draft
from custodyd.model.facts import cabinet as facts
from custodyd.model.station import Person, Right

ARMED_S = 30.0  # an emergency asked for waits so long for its finger


def finger(context: Context, state: State, event: Finger) -> Step:
    """A matched finger: somebody is here, or the second person, or the one who opens in an emergency."""
    person = context.lookup.person_at(event.reader, event.slot)
    if person is None or not person.active:
        return _nobody(context, state, event, "inactive" if person else "slot")
    actor = identified(person, event)
    visit = state.visit
    if state.armed is not None and event.at <= state.armed.until:
        return emergency(context, state.arming(None), event, person, actor, state.armed.place)
    if isinstance(visit, Present) and visit.giving and event.at <= visit.until:
        return _handover(context, state, event, visit, person, actor)
    entry = context.draft(event, facts.PersonIdentified(), actor=actor, device=event.reader)
    if isinstance(visit, Present) and visit.awaiting and event.at <= visit.until:
        return _second(context, state, event, visit, actor, entry)
    if isinstance(visit, Motion):
        return Step(state, (entry,), (Screen("cabinet.finish_first", "bad", "close"),))
    present = Present(actor, event.at + context.limits.authority_s)
    screen = Screen("cabinet.greeting", "good", "code", person=person.id)
    return Step(state.at(present), (*_replaced(context, event, visit, person), entry), (screen,))


def _second(context: Context, state: State, event: Event, visit: Present, actor: Actor, entry: Draft) -> Step:
    """The finger beside the one that waits; the same person's again is none."""
    if actor.person == visit.actor.person:
        return Step(state, (entry,), (refusal("finger-same", "second-finger"),))
    step = seconded(context, state, event, visit, actor)
    return replace(step, entries=(entry, *step.entries))


def identified(person: Person, event: Finger) -> Actor:
    """The actor that a matched finger makes of a person."""
    role = min(person.roles) if person.roles else None
    return Actor("fingerprint", 2, person.id, role, event.reader, event.slot, event.score)


def _replaced(context: Context, event: Event, visit: object, person: Person) -> tuple[Draft, ...]:
    if not isinstance(visit, Present) or visit.actor.person == person.id:
        return ()
    return (context.draft(event, facts.VisitEnded(why="replaced"), actor=visit.actor),)


def _nobody(context: Context, state: State, event: Finger, reason: str) -> Step:
    fact = facts.FingerRejected(reason="inactive" if reason == "inactive" else "slot")
    entry = context.draft(event, fact, device=event.reader)
    return Step(state, (entry,), (refusal("person-inactive" if reason == "inactive" else "finger-unknown", "finger"),))


def bad_finger(context: Context, state: State, event: BadFinger) -> Step:
    """A finger that names nobody."""
    entry = context.draft(event, facts.FingerRejected(reason=event.why), device=event.reader)
    return Step(state, (entry,), (refusal(f"finger-{event.why}", "finger"),))


def vouch(context: Context, state: State, event: Vouch) -> Step:
    """A person with a sound finger names one whose finger cannot be read: weaker proof, said as such."""
    visit = state.visit
    if not isinstance(visit, Present) or event.at > visit.until:
        return Step(state, effects=(refusal("identification-expired", "finger"),))
    named = context.lookup.person(event.person)
    if named is None or not named.active or named.id == visit.actor.person or visit.second:
        return Step(state, effects=(Screen("cabinet.cannot_vouch", "bad", "nothing"),))
    actor = Actor("named", 1, named.id, min(named.roles) if named.roles else None)
    entry = context.draft(event, facts.PersonVouched(), actor=actor, second=visit.actor)
    present = Present(actor, visit.until, second=visit.actor)
    return Step(state.at(present), (entry,), (Screen("cabinet.greeting", "good", "code", person=named.id),))


def leave(context: Context, state: State, event: Leave) -> Step:
    """The person is done; a motion under way goes on."""
    if not isinstance(state.visit, Present):
        return Step(state)
    entry = context.draft(event, facts.VisitEnded(why="left"), actor=state.visit.actor)
    return Step(state.at(Idle()), (entry,), (Screen("cabinet.ready", "ready", "finger"),))


def emergency_asked(context: Context, state: State, event: EmergencyAsked) -> Step:
    """Somebody asks: a permitted person who is already identified opens now, else the next finger does."""
    visit = state.visit
    if event.place not in context.places:
        return Step(state, effects=(Screen("cabinet.no_such_place", "bad", "nothing"),))
    if isinstance(visit, Present) and event.at <= visit.until and not visit.second:
        person = context.lookup.person(visit.actor.person or "")
        if person is not None and person.may_open_in_emergency:
            return emergency(context, state, event, person, visit.actor, event.place)
    return armed(context, state, event)


def armed(context: Context, state: State, event: EmergencyAsked) -> Step:
    """The next permitted finger opens; where no reader is, none could."""
    if not context.has_reader:
        return Step(state, effects=(refusal("no-reader", "nothing"),))
    waiting = Armed(event.place, event.at + ARMED_S)
    return Step(state.arming(waiting), effects=(Screen("cabinet.emergency_armed", "working", "finger"),))


def finger_unread(context: Context, state: State, event: Finger) -> Step | None:
    """A finger while the record cannot be read: it opens where an emergency waits for it and memory permits it."""
    if state.armed is None or event.at > state.armed.until:
        return None
    person = context.permitted.at(event.reader, event.slot)
    if person is None:
        return Step(state, effects=(refusal("emergency-unread", "finger"),))
    return emergency(context, state.arming(None), event, person, identified(person, event), state.armed.place)


def emergency(context: Context, state: State, event: Event, person: Person, actor: Actor, place: str) -> Step:
    """Open first, enter at once after, and keep an incident open until a reason and a name are given."""
    decision = policy.may_open_in_emergency(person)
    if isinstance(decision, policy.Refused):
        entry = context.draft(event, facts.ActRefused(act="emergency"), place=place, actor=actor, rule=decision.rule)
        return Step(_alone(state), (entry,), (refusal(decision.rule.id, "nothing"),))
    incident = incident_id("emergency", place, event.civil)
    fact = facts.EmergencyOpened()
    entry = context.draft(event, fact, place=place, actor=actor, rule=decision.rule, incident=incident)
    after = _alone(state).expecting(place, Expected(event.at + context.limits.lapse_s, incident))
    effects = (Pulse(place, event.at + context.limits.authority_s), Screen("cabinet.emergency_opening", "good", "door"))
    return Step(after, (entry,), effects, (told_of(incident),), urgent=True)


def told_of(incident: str) -> Told:
    """Whoever approves is told of an emergency, now or when it is entered later."""
    return Told("sms.incident", Right.APPROVE, incident)


def _alone(state: State) -> State:
    """A motion under way goes on beside an emergency; a mere visit ends."""
    return state if isinstance(state.visit, Motion) else state.at(Idle())


def _handover(context: Context, state: State, event: Finger, visit: Present, taker: Person, actor: Actor) -> Step:
    giver = context.lookup.person(visit.actor.person or "")
    dossier = context.lookup.dossier(visit.giving or "")
    if giver is None or dossier is None:
        return Step(state.at(Idle()), effects=(Screen("cabinet.ready", "ready", "finger"),))
    decision = policy.may_hand_over(giver, taker, context.case_of(dossier), dossier)
    if visit.actor.strength < 2:  # vouched for: the taker might be the only finger
        decision = policy.Refused(policy.rule("second-person-needed"))
    if isinstance(decision, policy.Refused):
        fact = facts.ActRefused(act="handover")
        entry = context.draft(event, fact, dossier=dossier, rule=decision.rule, actor=visit.actor, second=actor)
        still = replace(visit, giving=None)
        return Step(state.at(still), (entry,), (refusal(decision.rule.id, "code"),))
    done = facts.DossierHandedOver(due=dossier.due or event.civil)
    entry = context.draft(event, done, dossier=dossier, rule=decision.rule, actor=visit.actor, second=actor)
    return Step(state.at(Idle()), (entry,), (Screen("cabinet.handed_over", "good", "finger"),))
