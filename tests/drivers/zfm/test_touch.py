"""What is said of a touch, for every order of sights."""

from hypothesis import given
from hypothesis import strategies as st

from custodyd_drivers.contract import FingerLifted, FingerMatched, FingerUnknown, FingerUnreadable
from custodyd_drivers.zfm.touch import COVERED, FREE, Sight, Touch

sights = st.lists(
    st.sampled_from([FREE, COVERED, Sight(finger=True, flaw="wet"), Sight(finger=True, slot=3, score=80)]), max_size=30
)


def touches(seen):
    """The sights cut at every free glass."""
    touch = []
    for sight in seen:
        if sight.finger:
            touch.append(sight)
        elif touch:
            yield touch
            touch = []


@given(sights)
def test_each_touch_has_one_verdict_and_one_end(seen):
    seen = [*seen, FREE]
    state = Touch()
    said = [report for sight in seen for report in state.take(sight)]
    expected = []
    for touch in touches(seen):
        flaws = [sight for sight in touch if sight.flaw]
        clear = [sight for sight in touch if not sight.flaw]
        if flaws and (not clear or touch.index(flaws[0]) < touch.index(clear[0])):
            expected.append(FingerUnreadable("wet"))
        if clear:
            expected.append(FingerUnknown() if clear[0].slot is None else FingerMatched(3, 80))
        expected.append(FingerLifted())
    assert said == expected


@given(sights)
def test_a_finger_seen_by_an_enrolment_is_not_judged(seen):
    state = Touch()
    state.note(COVERED)
    lying = [sight for sight in seen if sight.finger]
    assert [report for sight in lying for report in state.take(sight)] == []
    assert list(state.take(FREE)) == [FingerLifted()]
    assert list(state.take(COVERED)) == [FingerUnknown()]


def test_a_glass_freed_during_an_enrolment_lets_the_next_finger_be_judged():
    state = Touch()
    state.note(COVERED)
    state.note(FREE)
    assert list(state.take(Sight(finger=True, slot=3, score=80))) == [FingerMatched(3, 80)]
