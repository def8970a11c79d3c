"""Readings become facts that are told once and sightings that are told seldom."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodyd_drivers.contract import (
    BandHeard,
    BandRepeated,
    HeartRate,
    ReceiverDeaf,
    ReceiverHears,
    Report,
    SkinTemperature,
    SosPressed,
    StrapClosed,
    StrapOpened,
)
from custodyd_drivers.wristband.frames.reading import SILENT, Reading
from custodyd_drivers.wristband.hearing import Hearing
from custodyd_drivers.wristband.track import Counters, Track


def fed(track: Track, *moments: tuple[float, Reading]) -> list[Report]:
    return [report for now, reading in moments for report in track.take(reading, -60, now)]


def facts(found: list[Report]) -> list[Report]:
    return [report for report in found if not isinstance(report, BandHeard)]


@pytest.fixture
def track() -> Track:
    return Track("band-1", Counters())


def test_a_cut_that_was_told_in_a_single_advert_is_told_and_stays_told(track: Track) -> None:
    found = fed(track, (0.0, SILENT), (0.5, Reading(event="cut")), *((1.0 + n, SILENT) for n in range(60)))
    assert facts(found) == [StrapOpened("band-1", "cut")]


def test_an_event_told_for_twenty_seconds_is_one_event_and_one_a_minute_later_another(track: Track) -> None:
    press = Reading(event="single")
    found = fed(track, *((n / 3, press) for n in range(60)), (80.0, press))
    assert facts(found) == [SosPressed("band-1", "single")] * 2


def test_two_kinds_of_events_do_not_hide_each_other(track: Track) -> None:
    found = fed(track, (0.0, Reading(event="single")), (0.1, Reading(event="cut")), (0.2, Reading(event="long")))
    assert facts(found) == [SosPressed("band-1", "single"), StrapOpened("band-1", "cut"), SosPressed("band-1", "long")]


def test_a_strap_is_told_open_at_once_and_closed_only_when_it_stays_so(track: Track) -> None:
    opened, closed = Reading(strap_open=True), Reading(strap_open=False)
    found = fed(track, (0.0, opened), (1.0, closed), (2.0, opened), (3.0, closed), (5.0, closed), (6.0, closed))
    assert facts(found) == [StrapOpened("band-1", "state"), StrapClosed("band-1")]


def test_a_strap_closed_from_the_start_is_told_closed_so_that_an_old_opening_can_end(track: Track) -> None:
    closed = Reading(strap_open=False)
    assert facts(fed(track, (0.0, closed), (3.0, closed), (9.0, closed))) == [StrapClosed("band-1")]


def test_a_band_off_the_skin_is_open_until_both_strap_and_skin_say_otherwise(track: Track) -> None:
    assert track.pulse(72, False, 0.0) == [StrapOpened("band-1", "skin"), HeartRate("band-1", 72, False)]
    assert facts(fed(track, (1.0, Reading(strap_open=False)), (5.0, Reading(strap_open=False)))) == []
    told = [*track.pulse(72, True, 6.0), *track.pulse(72, True, 9.5)]
    assert [report for report in told if not isinstance(report, HeartRate)] == [StrapClosed("band-1")]


def test_a_sighting_is_told_once_a_second_however_many_adverts_come(track: Track) -> None:
    found = fed(track, *((n / 1000, Reading(counter=n)) for n in range(10_000)))
    assert len(found) == 10
    assert found[0] == BandHeard("band-1", -60, "counter")
    assert track.taken == 10_000


def test_the_battery_told_last_is_told_with_every_sighting(track: Track) -> None:
    found = fed(track, (0.0, Reading(battery=80)), (1.5, SILENT), (3.0, Reading(battery=79)))
    assert found == [BandHeard("band-1", -60, "advert", percent) for percent in (80, 80, 79)]


def test_an_advert_whose_counter_stands_still_is_no_sighting(track: Track) -> None:
    found = fed(track, *((float(n), Reading(counter=7)) for n in range(20)))
    assert len(found) == 1


def test_a_counter_in_clear_may_begin_anew_for_a_band_may_restart(track: Track) -> None:
    assert len(fed(track, (0.0, Reading(counter=900)), (2.0, Reading(counter=1)))) == 2


def test_a_sealed_counter_that_went_back_is_refused_and_told_once_a_minute(track: Track) -> None:
    new, old = Reading(counter=9, sealed=True), Reading(counter=8, sealed=True, event="single", strap_open=False)
    found = fed(track, (0.0, new), *((1.0 + n, old) for n in range(65)))
    assert found[1:] == [BandRepeated("band-1")] * 2


def test_old_sealed_adverts_do_not_come_in_by_a_reconnection() -> None:
    counters = Counters()
    fed(Track("band-1", counters), (0.0, Reading(counter=9, sealed=True)))
    again = fed(
        Track("band-1", counters), (5.0, Reading(counter=9, sealed=True)), (6.0, Reading(counter=8, sealed=True))
    )
    assert again == [BandRepeated("band-1")]


def test_a_temperature_is_told_once_a_second(track: Track) -> None:
    assert track.warmth(3650, 0.0) == [SkinTemperature("band-1", 3650)]
    assert track.warmth(3655, 0.5) == []
    assert track.warmth(3655, 1.0) == [SkinTemperature("band-1", 3655)]


READINGS = st.builds(
    Reading,
    strap_open=st.sampled_from([None, True, False]),
    event=st.sampled_from([None, "cut", "single", "long"]),
    battery=st.none() | st.integers(0, 100),
    heart_rate=st.none() | st.integers(20, 250),
    contact=st.sampled_from([None, True, False]),
    counter=st.none() | st.integers(0, 50),
    sealed=st.booleans(),
)


@given(st.lists(st.tuples(st.floats(0.001, 2.0), READINGS), max_size=200))
def test_whatever_a_band_says_its_reports_stay_few_and_an_opening_is_never_missed(
    steps: list[tuple[float, Reading]],
) -> None:
    track, now = Track("band-1", Counters()), 0.0
    found = list[Report]()
    unsealed_open = False
    for after, reading in steps:
        now += after
        found += track.take(reading, -60, now)
        unsealed_open |= bool(reading.strap_open) and not reading.sealed
    kinds = (BandHeard, HeartRate)
    assert all(sum(isinstance(one, kind) for one in found) <= now + 2 for kind in kinds)
    openings = sum(isinstance(one, StrapOpened) for one in found)
    assert openings <= 3 * (now / 3 + 2)
    assert openings >= unsealed_open


def hearing(**more: bool) -> Hearing:
    return Hearing(0.0, deaf_s=10.0, silent_s=30.0, **{"reference": True, **more})


def test_a_receiver_without_its_beacon_is_deaf_after_ten_seconds_whatever_else_it_hears() -> None:
    ears = hearing()
    assert ears.beacon(0.5) == [ReceiverHears()]
    told = [report for tenth in range(5, 200) for report in (*ears.heard(tenth / 10), *ears.look(tenth / 10))]
    assert told == [ReceiverDeaf(10.0)]
    assert ears.beacon(21.0) == [ReceiverHears()]


def test_a_receiver_that_never_heard_its_beacon_is_deaf_too() -> None:
    ears = hearing()
    assert ears.look(9.9) == []
    assert ears.look(10.0) == [ReceiverDeaf(10.0)]


def test_without_a_beacon_any_advert_proves_that_it_hears() -> None:
    ears = hearing(reference=False)
    assert ears.heard(1.0) == [ReceiverHears()]
    assert ears.heard(2.0) == []
    assert ears.look(31.0) == []
    assert ears.look(32.0) == [ReceiverDeaf(30.0)]
    assert ears.look(60.0) == []


def test_a_new_scan_is_tried_as_often_as_nothing_came_for_so_long() -> None:
    ears = hearing()
    assert [second for second in range(100) if ears.scan_is_stale(float(second))] == [30, 60, 90]
    ears.heard(100.0)
    assert not ears.scan_is_stale(129.0)
    assert ears.scan_is_stale(130.0)


@pytest.mark.parametrize("press", ["single", "double", "triple", "long", "press"])
def test_each_press_keeps_its_name(track: Track, press: Literal["single", "double", "triple", "long", "press"]) -> None:
    assert facts(fed(track, (0.0, Reading(event=press)))) == [SosPressed("band-1", press)]
