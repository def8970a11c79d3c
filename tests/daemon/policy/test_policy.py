"""Who may do what with a dossier: every refusal and every grant as a sentence."""

from dataclasses import replace

import pytest

from custodyd import policy
from custodyd.model.station import Case, Dossier, Person, Right, Whereabouts
from custodyd.policy import Decision, Granted, Refused
from custodyd.texts import known

DAY_US = 24 * 3600 * 1_000_000
STORE = frozenset({Right.STORE})
OFFICER = Person("p-officer", frozenset({"case-officer"}), STORE, active=True, emergency=False)
PARTNER = replace(OFFICER, id="p-partner")
STRANGER = replace(OFFICER, id="p-stranger")
LEGAL = Person("p-legal", frozenset({"legal-officer"}), frozenset({Right.REVIEW}), active=True, emergency=False)
LEADER = Person("p-leader", frozenset({"unit-leader"}), frozenset({Right.EMERGENCY}), active=True, emergency=False)
CLERK = Person("p-clerk", frozenset({"clerk"}), frozenset({Right.ENROL_NAME}), active=True, emergency=False)
CASE = Case("A1", frozenset({OFFICER.id, PARTNER.id}), needs_review=False)
GATED = replace(CASE, needs_review=True)
EXPECTED = Dossier("0000000A", "A1", 1, 1, Whereabouts.EXPECTED)
STORED = replace(EXPECTED, state=Whereabouts.STORED, place="dossier-a/1")
OUT = replace(EXPECTED, state=Whereabouts.OUT, holder=OFFICER.id, due=DAY_US)
UNSETTLED = replace(EXPECTED, state=Whereabouts.UNSETTLED)


def rule(decision: Decision, verdict: type[Decision]) -> str:
    assert isinstance(decision, verdict)
    assert decision.rule.version == policy.RULES[decision.rule.id]
    return decision.rule.id


def refused(decision: Decision) -> str:
    return rule(decision, Refused)


def granted(decision: Decision) -> str:
    return rule(decision, Granted)


def test_a_refusal_names_its_sentence_and_its_next_step() -> None:
    decision = policy.may_deposit(STRANGER, CASE, EXPECTED, free=True)
    assert isinstance(decision, Refused)
    assert (decision.text, decision.next_step) == ("refused.officer-of-case", "refused.officer-of-case.next")
    assert known(decision.text)
    assert known(decision.next_step)


def test_an_officer_of_the_case_deposits() -> None:
    assert granted(policy.may_deposit(OFFICER, CASE, EXPECTED, free=True)) == "officer-of-case"
    assert granted(policy.may_deposit(PARTNER, CASE, EXPECTED, free=True)) == "officer-of-case"


@pytest.mark.parametrize(
    ("person", "dossier", "free", "why"),
    [
        (LEGAL, EXPECTED, True, "officer-only"),
        (STRANGER, EXPECTED, True, "officer-of-case"),
        (OFFICER, STORED, True, "already-stored"),
        (OFFICER, UNSETTLED, True, "unsettled"),
        (OFFICER, EXPECTED, False, "cabinet-full"),
    ],
)
def test_a_deposit_is_refused_with_the_rule_that_decided(
    person: Person, dossier: Dossier, free: bool, why: str
) -> None:
    assert refused(policy.may_deposit(person, CASE, dossier, free=free)) == why


@pytest.mark.parametrize("purpose", policy.PURPOSES)
def test_an_officer_of_the_case_borrows_for_every_known_purpose(purpose: str) -> None:
    assert granted(policy.may_withdraw(OFFICER, CASE, STORED, purpose, DAY_US)) == "officer-of-case"


@pytest.mark.parametrize(
    ("person", "dossier", "purpose", "days", "why"),
    [
        (LEGAL, STORED, "court", 1, "officer-only"),
        (STRANGER, STORED, "court", 1, "officer-of-case"),
        (OFFICER, EXPECTED, "court", 1, "not-stored"),
        (OFFICER, OUT, "court", 1, "not-stored"),
        (OFFICER, UNSETTLED, "court", 1, "not-stored"),
        (OFFICER, STORED, "home reading", 1, "purpose-unknown"),
        (OFFICER, STORED, "court", 0, "loan-too-long"),
        (OFFICER, STORED, "court", -1, "loan-too-long"),
        (OFFICER, STORED, "court", 31, "loan-too-long"),
    ],
)
def test_a_loan_is_refused_with_the_rule_that_decided(
    person: Person, dossier: Dossier, purpose: str, days: int, why: str
) -> None:
    assert refused(policy.may_withdraw(person, CASE, dossier, purpose, days * DAY_US)) == why


def test_a_loan_of_exactly_a_month_is_granted_and_one_microsecond_more_is_not() -> None:
    month = policy.LONGEST_LOAN_US
    assert granted(policy.may_withdraw(OFFICER, CASE, STORED, "court", month)) == "officer-of-case"
    assert refused(policy.may_withdraw(OFFICER, CASE, STORED, "court", month + 1)) == "loan-too-long"
    assert granted(policy.may_withdraw(OFFICER, CASE, STORED, "court", 1)) == "officer-of-case"


def test_what_needs_a_review_leaves_for_submission_only_after_one_passed() -> None:
    submit = policy.SUBMISSION
    assert refused(policy.may_withdraw(OFFICER, GATED, STORED, submit, DAY_US)) == "not-reviewed"
    assert granted(policy.may_withdraw(OFFICER, GATED, STORED, "court", DAY_US)) == "officer-of-case"
    reviewed = replace(STORED, reviewed=True)
    assert granted(policy.may_withdraw(OFFICER, GATED, reviewed, submit, DAY_US)) == "officer-of-case"


def test_any_officer_of_the_case_returns_what_is_on_loan() -> None:
    assert granted(policy.may_return(PARTNER, CASE, OUT, free=True)) == "officer-of-case"


@pytest.mark.parametrize(
    ("person", "dossier", "free", "why"),
    [
        (LEGAL, OUT, True, "officer-only"),
        (STRANGER, OUT, True, "officer-of-case"),
        (OFFICER, STORED, True, "not-on-loan"),
        (OFFICER, OUT, False, "cabinet-full"),
    ],
)
def test_a_return_is_refused_with_the_rule_that_decided(person: Person, dossier: Dossier, free: bool, why: str) -> None:
    assert refused(policy.may_return(person, CASE, dossier, free=free)) == why


def test_a_reviewer_reads_what_is_stored() -> None:
    assert granted(policy.may_review(LEGAL, CASE, STORED)) == "reviewer-only"


def test_a_review_is_refused_with_the_rule_that_decided() -> None:
    assert refused(policy.may_review(OFFICER, CASE, STORED)) == "reviewer-only"
    own = replace(CASE, officers=frozenset({LEGAL.id}))
    assert refused(policy.may_review(LEGAL, own, STORED)) == "reviewer-of-own-case"
    assert refused(policy.may_review(LEGAL, CASE, OUT)) == "not-stored"


def test_the_holder_hands_a_loan_to_another_officer_of_the_case() -> None:
    assert granted(policy.may_hand_over(OFFICER, PARTNER, CASE, OUT)) == "handover-needs-co-officer"


@pytest.mark.parametrize(
    ("giver", "taker", "dossier", "why"),
    [
        (OFFICER, PARTNER, STORED, "not-on-loan"),
        (PARTNER, OFFICER, OUT, "handover-needs-holder"),
        (OFFICER, STRANGER, OUT, "handover-needs-co-officer"),
        (OFFICER, OFFICER, OUT, "handover-needs-co-officer"),
        (OFFICER, replace(PARTNER, rights=frozenset[Right]()), OUT, "officer-only"),
    ],
)
def test_a_handover_is_refused_with_the_rule_that_decided(
    giver: Person, taker: Person, dossier: Dossier, why: str
) -> None:
    assert refused(policy.may_hand_over(giver, taker, CASE, dossier)) == why


def test_an_emergency_is_never_refused_to_those_permitted_by_role_or_by_mark() -> None:
    assert granted(policy.may_open_in_emergency(LEADER)) == "emergency-only-permitted"
    assert granted(policy.may_open_in_emergency(replace(OFFICER, emergency=True))) == "emergency-only-permitted"


def test_an_emergency_is_refused_to_others_and_to_who_is_out_of_service() -> None:
    assert refused(policy.may_open_in_emergency(OFFICER)) == "emergency-only-permitted"
    assert refused(policy.may_open_in_emergency(replace(LEADER, active=False))) == "emergency-only-permitted"


def test_a_clerks_finger_names_every_finger_whatever_the_founding_says() -> None:
    for first in (None, frozenset[str](), frozenset({OFFICER.id})):
        assert granted(policy.may_enrol(CLERK, OFFICER.id, first)) == "clerk-names-fingers"
    assert granted(policy.may_remove(CLERK)) == "clerk-names-fingers"


@pytest.mark.parametrize("naming", [None, OFFICER, replace(CLERK, active=False)])
def test_without_a_clerk_the_founding_names_its_own_people_while_it_lasts(naming: Person | None) -> None:
    assert granted(policy.may_enrol(naming, OFFICER.id, frozenset({OFFICER.id}))) == "founding"
    assert refused(policy.may_enrol(naming, OFFICER.id, frozenset({PARTNER.id}))) == "clerk-names-fingers"
    assert refused(policy.may_enrol(naming, OFFICER.id, frozenset())) == "clerk-names-fingers"
    assert refused(policy.may_enrol(naming, OFFICER.id, None)) == "founding"
    assert refused(policy.may_remove(naming)) == "clerk-names-fingers"


@pytest.mark.parametrize(
    ("strength", "second", "enough"),
    [(0, 3, False), (1, 0, False), (1, 1, False), (1, 2, True), (1, 3, True), (2, 0, True), (3, 0, True)],
)
def test_a_second_person_helps_possession_but_never_makes_somebody_of_nobody(
    strength: int, second: int, enough: bool
) -> None:
    assert policy.enough_proof(strength, second) is enough


@pytest.mark.parametrize(
    ("strength", "second", "opens"),
    [(2, 2, True), (3, 3, True), (2, 1, False), (1, 2, False), (2, 0, False), (0, 2, False), (1, 1, False)],
)
def test_an_unconfirmed_place_opens_to_two_sound_proofs_only(strength: int, second: int, opens: bool) -> None:
    decision = policy.may_open_unconfirmed(strength, second)
    assert (granted if opens else refused)(decision) == "unconfirmed-place"


def test_a_compartment_is_counted_by_who_may_review_and_while_its_door_is_shut() -> None:
    assert granted(policy.may_count(LEGAL, idle=True)) == "reviewer-only"
    assert refused(policy.may_count(LEGAL, idle=False)) == "busy"
    assert refused(policy.may_count(OFFICER, idle=True)) == "reviewer-only"
    assert refused(policy.may_count(OFFICER, idle=False)) == "reviewer-only"
