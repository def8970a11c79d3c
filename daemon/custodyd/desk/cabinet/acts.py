"""What a person does with a dossier: which act a code means, whether it is granted, and how it ends."""

from dataclasses import replace

import msgspec

from custodyd import policy
from custodyd.desk.cabinet import inventory
from custodyd.desk.cabinet.context import Context, Unread
from custodyd.desk.cabinet.deciding import decided, refused, rejected
from custodyd.desk.cabinet.events import Choice, Code, Counted, Event, Terms
from custodyd.desk.cabinet.states import Idle, Motion, Present, State
from custodyd.desk.cabinet.step import Screen, Step, refusal
from custodyd.model.entry import Actor, Draft, Label
from custodyd.model.facts import cabinet as facts
from custodyd.model.station import Dossier, Person, Right, Whereabouts


def code(context: Context, state: State, event: Code) -> Step:
    """A scanned code: it names a dossier, never a right."""
    visit = state.visit
    if isinstance(visit, Motion) and visit.act == "inventory":
        return inventory.scanned(context, state, event, visit)
    if not isinstance(visit, Present) or event.at > visit.until:
        return Step(state, effects=(refusal("identification-expired", "finger"),))
    found = context.read_code(event.text) if event.text is not None else Unread("unreadable")
    if isinstance(found, Unread):
        return rejected(context, state, event, visit.actor, found)
    dossier = context.lookup.dossier(found.dossier)
    person = context.lookup.person(visit.actor.person or "")
    if dossier is None or person is None:
        return rejected(context, state, event, visit.actor, Unread("unknown"))
    return _meant(context, state, event, visit, person, dossier)


def _meant(context: Context, state: State, event: Event, visit: Present, person: Person, dossier: Dossier) -> Step:
    free = context.free_place(state)
    case = context.case_of(dossier)
    if dossier.state is Whereabouts.STORED:
        if Right.REVIEW in person.rights and person.id not in case.officers:
            return _review(context, state, event, visit, person, dossier)
        return _ask_terms(context, state, event, visit, person, dossier)
    if dossier.state is Whereabouts.OUT:
        decision = policy.may_return(person, case, dossier, free=free is not None)
        return decided(context, state, event, visit, "return", decision, free, dossier)
    decision = policy.may_deposit(person, case, dossier, free=free is not None)
    return decided(context, state, event, visit, "deposit", decision, free, dossier)


def _here(context: Context, dossier: Dossier) -> bool:
    return dossier.place in context.places


def _review(context: Context, state: State, event: Event, visit: Present, person: Person, dossier: Dossier) -> Step:
    decision = policy.may_review(person, context.case_of(dossier), dossier)
    if isinstance(decision, policy.Granted) and not _here(context, dossier):
        decision = policy.Refused(policy.rule("stored-elsewhere"))
    return decided(context, state, event, visit, "review", decision, dossier.place, dossier)


def _ask_terms(context: Context, state: State, event: Event, visit: Present, person: Person, dossier: Dossier) -> Step:
    """Withdrawal needs a purpose and a due time; who may never have it is told before being asked."""
    decision = policy.may_withdraw(person, context.case_of(dossier), dossier, "other", 1)
    if isinstance(decision, policy.Granted) and not _here(context, dossier):
        decision = policy.Refused(policy.rule("stored-elsewhere"))
    if isinstance(decision, policy.Refused):
        return refused(context, state, event, visit, "withdrawal", decision, dossier)
    screen = Screen("cabinet.ask_terms", "working", "terms", facts=(("case", dossier.case), ("volume", dossier.volume)))
    return Step(state.at(replace(visit, scanned=dossier.id, awaiting=None)), effects=(screen,))


def terms(context: Context, state: State, event: Terms) -> Step:
    """Purpose and due time of the dossier just scanned."""
    visit = state.visit
    if not isinstance(visit, Present) or not visit.scanned or event.at > visit.until:
        return Step(state, effects=(refusal("identification-expired", "finger"),))
    choice = Choice(event.at, event.civil, "withdrawal", visit.scanned, event.purpose, event.due)
    return chosen(context, state, choice)


def chosen(context: Context, state: State, event: Choice) -> Step:
    """A dossier picked at the kiosk instead of scanned, or a compartment to be counted."""
    visit = state.visit
    if not isinstance(visit, Present) or event.at > visit.until:
        return Step(state, effects=(refusal("identification-expired", "finger"),))
    if event.act == "inventory":
        return inventory.asked(context, state, event, visit)
    dossier = context.lookup.dossier(event.dossier)
    person = context.lookup.person(visit.actor.person or "")
    if dossier is None or person is None:
        return Step(state, effects=(refusal("code-unknown", "code"),))
    if event.act == "review":
        return _review(context, state, event, visit, person, dossier)
    if event.act == "handover":
        screen = Screen("cabinet.ask_taker", "working", "second-finger")
        return Step(state.at(replace(visit, giving=dossier.id)), effects=(screen,))
    return _withdraw(context, state, event, visit, person, dossier)


def _withdraw(context: Context, state: State, event: Choice, visit: Present, person: Person, dossier: Dossier) -> Step:
    lent = event.due - event.civil
    decision = policy.may_withdraw(person, context.case_of(dossier), dossier, event.purpose, lent)
    if isinstance(decision, policy.Granted) and not _here(context, dossier):
        decision = policy.Refused(policy.rule("stored-elsewhere"))
    loan = event.purpose, event.due
    return decided(context, state, event, visit, "withdrawal", decision, dossier.place, dossier, loan)


def seconded(context: Context, state: State, event: Event, visit: Present, second: Actor) -> Step:
    """A second person's finger came: what waited for it is decided anew, now."""
    waited = visit.awaiting
    assert waited is not None, "nobody is seconded who does not wait"
    together = state.at(replace(visit, second=second, awaiting=None))
    again = replace(waited, at=event.at, civil=event.civil)
    return chosen(context, together, again) if isinstance(again, Choice) else code(context, together, again)


def counted(context: Context, state: State, event: Counted) -> Step:
    """Pages, seal or finding, while the door is open or just after."""
    visit = state.visit
    if not isinstance(visit, Motion):
        return Step(state, effects=(refusal("identification-expired", "finger"),))
    if visit.act == "inventory":
        return inventory.said(context, state, event, visit)
    motion = replace(visit, counted=event)
    if visit.stage == "counting":
        return finished(context, state, event, motion)
    return Step(state.at(motion), effects=(Screen("cabinet.close_door", "working", "close"),))


def finished(context: Context, state: State, event: Event, motion: Motion) -> Step:
    """The granted act is over: the dossier is where the act says."""
    if motion.act == "inventory":
        return inventory.finished(context, state, event, motion)
    dossier = context.lookup.dossier(motion.dossier)
    assert dossier is not None, "a motion's dossier stands in the record"
    entries = (*_ends(context, event, motion, dossier), *context.inventory_ends(event, motion.place))
    text = f"cabinet.done_{motion.act}"
    return Step(state.at(Idle()), entries, (Screen(text, "good", "finger", facts=(("place", motion.place),)),))


def _ends(context: Context, event: Event, motion: Motion, dossier: Dossier) -> tuple[Draft, ...]:
    count = motion.counted
    pages, seal = (count.pages, count.seal) if count else (None, None)
    if motion.act == "withdrawal":
        lent = facts.DossierWithdrawn(purpose=motion.purpose, due=motion.due)
        return context.of_motion(event, lent, motion), *context.clocks.loan_began(dossier, event.civil, motion.due)
    if motion.act == "deposit":
        stored = facts.DossierDeposited(pages=pages, seal=seal)
        return context.of_motion(event, stored, motion), *context.clocks.deposited(dossier, event.civil)
    if motion.act == "return":
        back = facts.DossierReturned(pages=pages, seal=seal)
        ends = (context.of_motion(event, back, motion), *context.clocks.loan_ended(dossier, event.civil))
        return (*ends, *_differences(context, event, motion, dossier))
    return (_reviewed(context, event, motion, count),)


def _reviewed(context: Context, event: Event, motion: Motion, count: Counted | None) -> Draft:
    fact = facts.DossierReviewed(finding=count.finding if count else "none")
    draft = context.of_motion(event, fact, motion)
    if count is None or not count.remark or motion.actor.person is None:
        return draft
    return _labelled(draft, Label("/data/remark", motion.actor.person, count.remark))


def _labelled(draft: Draft, label: Label) -> Draft:

    return msgspec.structs.replace(draft, labels=(label,))


def _differences(context: Context, event: Event, motion: Motion, before: Dossier) -> tuple[Draft, ...]:
    count = motion.counted
    if count is None:
        return ()
    drafts: list[Draft] = []
    if count.pages is not None and before.pages is not None and count.pages != before.pages:
        fact = facts.DiscrepancyOpened(what="pages", expected=str(before.pages), found=str(count.pages))
        drafts.append(context.discrepancy(event, motion, fact))
    if count.seal and before.seal and count.seal != before.seal:
        fact = facts.DiscrepancyOpened(what="seal", expected=before.seal, found=count.seal)
        drafts.append(context.discrepancy(event, motion, fact))
    return tuple(drafts)
