"""The working version under one lock: what is kept, refused and brought back."""

import datetime

import pytest

from agenda.models import Document, Plan, Release, Session
from agenda.rearranging import Slot
from agenda.services import planning
from agenda.services.planning import EditedMeanwhile, PlanRefused
from conference import history
from conference.models import Conference
from tests.factories import (
    AppearanceFactory,
    ConferenceFactory,
    PlanFactory,
    PresentationFactory,
    SessionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(db: None) -> Session:
    plan = PlanFactory(conference__held_on=datetime.date(2027, 2, 26))
    return SessionFactory(conference=plan.conference, title="Panel 1", number=1)


def version(conference: Conference) -> int:
    return Plan.objects.get(conference=conference).version


def release(conference: Conference) -> Release:
    """Just what going back needs."""
    content = {"sessions": [], "dropped": []}
    return Release.objects.create(
        conference=conference, number=1, content=content, working_copy=planning.working_copy(conference)
    )


def test_saving_raises_both_versions_and_says_who(session):
    session.title = "Other"
    user = UserFactory()

    planning.save_session(session, seen=1, changed=["title"], by=user)

    plan = Plan.objects.get()
    assert (session.version, plan.version, plan.changed_by) == (2, 2, user)
    assert (history.of(session).get().action, history.of(session).get().detail) == ("changed", "title")


def test_saving_what_somebody_saved_since_is_refused(session):
    planning.save_session(Session.objects.get(), seen=1, changed=["title"], by=UserFactory(email="ana@x.example"))

    with pytest.raises(EditedMeanwhile, match=r"ana@x\.example saved this session"):
        planning.save_session(session, seen=1, changed=["title"], by=None)


def test_saving_what_somebody_deleted_is_refused(session):
    stale = Session.objects.get()
    planning.delete_session(session, by=None)

    with pytest.raises(EditedMeanwhile, match="deleted"):
        planning.save_session(stale, seen=1, changed=["title"], by=None)


def test_a_number_is_never_given_twice(session):
    release(session.conference)
    Release.objects.update(content={"sessions": [{"number": 7}], "dropped": [{"number": 9}]})

    assert planning.next_number(session.conference) == 10


def test_rearranging_what_changed_since_the_preview_is_refused(session):
    later = Slot(session.pk, session.starts_at + datetime.timedelta(minutes=5), 60)

    with pytest.raises(EditedMeanwhile):
        planning.rearrange(session.conference, {session.pk: later}, seen=0, what="", by=None)

    assert Session.objects.get().starts_at == session.starts_at


def test_rearranging_leaves_other_conferences_alone(session):
    foreign = SessionFactory()
    slots = {one.pk: Slot(one.pk, one.starts_at + datetime.timedelta(minutes=5), 60) for one in (session, foreign)}

    moved = planning.rearrange(session.conference, slots, seen=1, what="", by=None)

    assert (moved, Session.objects.get(pk=foreign.pk).starts_at) == (1, foreign.starts_at)


@pytest.mark.parametrize(
    ("day", "to", "words"),
    [("2027-02-26", "2027-02-26", "sessions on that day"), ("2027-02-20", "2027-02-27", "no session on that day")],
)
def test_a_day_is_copied_onto_an_empty_one_only(session, day, to, words):
    with pytest.raises(PlanRefused, match=words):
        planning.duplicate_day(
            session.conference, datetime.date.fromisoformat(day), to=datetime.date.fromisoformat(to), seen=1, by=None
        )


def test_copies_have_names_of_their_own(session):
    PresentationFactory(session=session)

    (copy,) = planning.duplicate_day(
        session.conference, datetime.date(2027, 2, 26), to=datetime.date(2027, 3, 28), seen=1, by=None
    )

    assert copy.guid != session.guid
    assert copy.code != session.code
    assert copy.number == 2
    # By the venue's clock, although the clocks went forward that night.
    assert copy.starts_at.astimezone(session.conference.zone).time() == datetime.time(9, 30)


def test_back_to_a_release_and_forth_is_exactly_what_it_was(session):
    conference = session.conference
    AppearanceFactory(session=session)
    talk = PresentationFactory(session=session, title="A view", abstract="Long")
    document = Document.objects.create(
        speaker=AppearanceFactory(session=session).speaker, presentation=talk, kind="slides", name="a.pdf", size=1
    )
    released = planning.working_copy(conference)
    release(conference)
    planning.delete_session(session, by=None)
    SessionFactory(conference=conference, title="New", number=2)
    changed = planning.working_copy(conference)

    planning.undo_to_release(conference, seen=version(conference), by=None)
    back = planning.working_copy(conference)
    document.refresh_from_db()
    presented = str(document.presentation.guid)
    planning.bring_back(conference, seen=version(conference), by=None)

    assert back == released
    assert presented == released[0]["presentations"][0]["guid"]
    assert planning.working_copy(conference) == changed


def test_without_a_release_there_is_no_way_back(session):
    with pytest.raises(PlanRefused, match="no release yet"):
        planning.undo_to_release(session.conference, seen=1, by=None)
    with pytest.raises(PlanRefused, match="Nothing was set aside"):
        planning.bring_back(session.conference, seen=1, by=None)


def test_hours_are_saved_where_nothing_was_planned_yet():
    conference = ConferenceFactory()

    planning.save_plan(
        Plan(conference=conference, venue_opens_at=datetime.time(7)), changed=["venue_opens_at"], by=None
    )

    assert Plan.objects.get().venue_opens_at == datetime.time(7)


def test_a_warning_needs_a_reason_and_keeps_the_last(session):
    with pytest.raises(PlanRefused):
        planning.dismiss_warning(session.conference, key="k", text="t", reason="  ", by=None)

    planning.dismiss_warning(session.conference, key="k", text="t", reason="a", by=None)
    dismissed = planning.dismiss_warning(session.conference, key="k", text="t", reason="b", by=None)

    assert session.conference.dismissed_warnings.get() == dismissed
    assert dismissed.reason == "b"
