"""Who may do what with a dossier and why: pure functions over what is known; no storage, no device, no clock.

Each returns Granted or Refused with the rule that decided. A refusal's texts are `refused.<rule>` and, for the next
step, `refused.<rule>.next`. Sources: station rules of the unit [ours], 不审不批 as the bureau's rule for submissions.
"""

from dataclasses import dataclass

from custodyd.model.entry import Rule
from custodyd.model.station import Case, Dossier, Person, Right, Whereabouts

SUBMISSION = "submission"
"""The purpose 报送审批: a case that needs a review cannot be withdrawn for it before one passed."""

PURPOSES = ("interview", "copying", "submission", "transfer", "court", "other")
SOUND = 2
"""The strength of one sound proof, as a fingerprint is."""
LONGEST_LOAN_US = 30 * 24 * 3600 * 1_000_000  # [ours]: a loan beyond a month is a transfer


@dataclass(frozen=True, slots=True)
class Granted:
    """Allowed by `rule`."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class Refused:
    """Not allowed by `rule`; `next_step` names the text that says what to do."""

    rule: Rule

    @property
    def text(self) -> str:
        """Id of the sentence."""
        return f"refused.{self.rule.id}"

    @property
    def next_step(self) -> str:
        """Id of the sentence that says what to do."""
        return f"refused.{self.rule.id}.next"


Decision = Granted | Refused

RULES = {
    "officer-of-case": 1,
    "officer-only": 1,
    "not-reviewed": 1,
    "loan-too-long": 1,
    "purpose-unknown": 1,
    "already-stored": 1,
    "stored-elsewhere": 1,
    "not-stored": 1,
    "not-on-loan": 1,
    "unsettled": 1,
    "cabinet-full": 1,
    "reviewer-only": 1,
    "reviewer-of-own-case": 1,
    "handover-needs-holder": 1,
    "handover-needs-co-officer": 1,
    "second-person-needed": 1,
    "unconfirmed-place": 1,
    "inventory-by-count": 1,
    "busy": 1,
    "emergency-only-permitted": 1,
    "right-missing": 1,
    "clerk-names-fingers": 1,
    "founding": 1,
    "clock-runs-already": 1,
    "clock-ended": 1,
    "clock-paused": 1,
    "clock-not-paused": 1,
    "start-in-future": 1,
    "limit-no-length": 1,
    "limit-backward": 1,
    "calendar-missing": 1,
    "extension-no-document": 1,
    "extension-not-foreseen": 1,
    "extension-wrong-approver": 1,
    "extension-too-late": 1,
    "extension-shortens": 1,
    "pause-no-document": 1,
    "pause-not-foreseen": 1,
    "pause-backwards": 1,
}
"""Every rule that can refuse, with its version."""


def rule(name: str) -> Rule:
    """The rule with its version in force."""
    return Rule(name, RULES[name])


def _first(*refusals: tuple[bool, str], grant: str) -> Decision:
    for holds, name in refusals:
        if holds:
            return Refused(rule(name))
    return Granted(rule(grant))


def _no_officer(person: Person, case: Case) -> tuple[tuple[bool, str], ...]:
    return (
        (Right.STORE not in person.rights, "officer-only"),
        (person.id not in case.officers, "officer-of-case"),
    )


def may_deposit(person: Person, case: Case, dossier: Dossier, *, free: bool) -> Decision:
    """First storing of a dossier; `free` = a compartment is left."""
    return _first(
        *_no_officer(person, case),
        (dossier.state is Whereabouts.STORED, "already-stored"),
        (dossier.state is Whereabouts.UNSETTLED, "unsettled"),
        (not free, "cabinet-full"),
        grant="officer-of-case",
    )


def may_withdraw(person: Person, case: Case, dossier: Dossier, purpose: str, lent_us: int) -> Decision:
    """A loan for `purpose` over `lent_us` microseconds."""
    return _first(
        *_no_officer(person, case),
        (dossier.state is not Whereabouts.STORED, "not-stored"),
        (purpose not in PURPOSES, "purpose-unknown"),
        (not 0 < lent_us <= LONGEST_LOAN_US, "loan-too-long"),
        (purpose == SUBMISSION and case.needs_review and not dossier.reviewed, "not-reviewed"),
        grant="officer-of-case",
    )


def may_return(person: Person, case: Case, dossier: Dossier, *, free: bool) -> Decision:
    """Putting back what is on loan: by any officer of the case."""
    return _first(
        *_no_officer(person, case),
        (dossier.state is not Whereabouts.OUT, "not-on-loan"),
        (not free, "cabinet-full"),
        grant="officer-of-case",
    )


def may_review(person: Person, case: Case, dossier: Dossier) -> Decision:
    """Reading on the spot by a legal officer or clerk who does not handle the case."""
    return _first(
        (Right.REVIEW not in person.rights, "reviewer-only"),
        (person.id in case.officers, "reviewer-of-own-case"),
        (dossier.state is not Whereabouts.STORED, "not-stored"),
        grant="reviewer-only",
    )


def may_count(person: Person, *, idle: bool) -> Decision:
    """Looking into a compartment to see what lies there; `idle` = its door is shut."""
    return _first((Right.REVIEW not in person.rights, "reviewer-only"), (not idle, "busy"), grant="reviewer-only")


def may_hand_over(giver: Person, taker: Person, case: Case, dossier: Dossier) -> Decision:
    """The holder passes a loan to another officer of the same case."""
    return _first(
        (dossier.state is not Whereabouts.OUT, "not-on-loan"),
        (dossier.holder != giver.id, "handover-needs-holder"),
        (taker.id == giver.id or taker.id not in case.officers, "handover-needs-co-officer"),
        (Right.STORE not in taker.rights, "officer-only"),
        grant="handover-needs-co-officer",
    )


def may_open_in_emergency(person: Person) -> Decision:
    """Never refused to those permitted, whatever else is wrong."""
    return _first((not person.may_open_in_emergency, "emergency-only-permitted"), grant="emergency-only-permitted")


def may_enrol(naming: Person | None, person: str, first: frozenset[str] | None) -> Decision:
    """A finger of `person`, named by the finger of `naming`, or while the authority of the founding lasts.

    `first` = whose fingers that authority still reaches; empty once it ended, None where nobody founded the station.
    """
    by_clerk = may_remove(naming)
    if isinstance(by_clerk, Granted):
        return by_clerk
    return _first(
        (first is None, "founding"),
        (person not in (first or ()), "clerk-names-fingers"),
        grant="founding",
    )


def may_remove(naming: Person | None) -> Decision:
    """A finger out of a reader: always named by the finger of a clerk in service."""
    names = naming is not None and naming.active and Right.ENROL_NAME in naming.rights
    return _first((not names, "clerk-names-fingers"), grant="clerk-names-fingers")


def may_open_unconfirmed(strength: int, second: int) -> Decision:
    """Opening where what lies there is unconfirmed since a quarantine: two people, each by a sound proof."""
    return _first((strength < SOUND or second < SOUND, "unconfirmed-place"), grant="unconfirmed-place")


def enough_proof(strength: int, second: int) -> bool:
    """Opening needs a sound proof, or mere possession with a second person's sound proof (worn finger)."""
    return strength >= SOUND or (strength == 1 and second >= SOUND)


def may_start_clock(*, runs: bool, ahead: bool) -> Decision:
    """A statutory clock; `runs` = one for the same thing, limit and start does, `ahead` = its start is yet to come."""
    return _first((runs, "clock-runs-already"), (ahead, "start-in-future"), grant="clock-runs-already")


def may_change_clock(*, ended: bool, paused: bool) -> Decision:
    """Extending, pausing and correcting a clock that runs."""
    return _first((ended, "clock-ended"), (paused, "clock-paused"), grant="clock-ended")


def may_resume_clock(*, ended: bool, paused: bool) -> Decision:
    """Letting a clock go on that stands still."""
    return _first((ended, "clock-ended"), (not paused, "clock-not-paused"), grant="clock-not-paused")


def may_end_clock(*, ended: bool) -> Decision:
    """Ending a clock, running or not."""
    return _first((ended, "clock-ended"), grant="clock-ended")


def may_extend_clock(void: str | None, *, shortens: bool) -> Decision:
    """An approval; `void` = why the law does not carry it. Refused, the shorter clock stands."""
    return _first((void is not None, f"extension-{void}"), (shortens, "extension-shortens"), grant="extension-shortens")


def may_pause_clock(void: str | None) -> Decision:
    """Standing still; `void` = why the law does not carry it."""
    return _first((void is not None, f"pause-{void}"), grant="pause-not-foreseen")
