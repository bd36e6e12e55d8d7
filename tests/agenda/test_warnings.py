"""Each rule: when it warns, when it is silent, and that other facts make another warning."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agenda import warnings
from agenda.kinds import Role, SessionKind
from agenda.models import Document, Session, Speaker
from agenda.services import planning
from agenda.states import SpeakerStatus
from conference.models import Conference, Room
from registrations import commitments
from registrations.commitments import Commitment
from registrations.models import Participant
from registrations.services import replies
from tests.factories import (
    AppearanceFactory,
    DelegationFactory,
    InvitationFactory,
    PlanFactory,
    PresentationFactory,
    SessionFactory,
    SpeakerFactory,
    UserFactory,
    person,
)

# A participant's name is that of the registration.
NAMELESS = {"given_name": "", "family_name": "", "email": ""}


def rules(conference: Conference) -> list[str]:
    return [warning.rule for warning in warnings.find(conference)]


def texts(conference: Conference, rule: str) -> list[str]:
    return [warning.text for warning in warnings.find(conference) if warning.rule == rule]


def speaker(conference: Conference, **facts):
    return SpeakerFactory(conference=conference, **{"status": SpeakerStatus.ACCEPTED} | facts)


@pytest.fixture
def room(conference: Conference) -> Room:
    return Room.objects.create(venue=conference.venue, name="Plenary room")


@pytest.fixture
def panel(conference: Conference, room: Room) -> Session:
    """A panel from 9.30 to 10.30 to which nothing is to be said."""
    session = SessionFactory(conference=conference, room=room, title="Panel 1")
    AppearanceFactory(session=session, speaker=speaker(conference), role=Role.MODERATOR)
    for _number in range(3):
        PresentationFactory(session=session)
    return session


@pytest.fixture
def confirmed(conference: Conference) -> Participant:
    invitation = InvitationFactory(delegation=DelegationFactory(conference=conference))
    return replies.accept(invitation, [person()], by=None)[0]


def test_a_panel_in_order_gives_no_warning(panel):
    assert rules(panel.conference) == []


class TestRooms:
    def test_two_sessions_at_a_time(self, panel, room):
        SessionFactory(conference=panel.conference, room=room, kind=SessionKind.DEBATE, at="10:00")

        assert texts(panel.conference, "room overlap") == ["“Panel 1” is still in Plenary room until 10.30."]

    def test_in_two_rooms_they_may(self, panel):
        other = Room.objects.create(venue=panel.conference.venue, name="Atrium")
        SessionFactory(conference=panel.conference, room=other, kind=SessionKind.DEBATE, at="10:00")

        assert rules(panel.conference) == []

    def test_lunch_and_market_place_share_a_room(self, conference, room):
        SessionFactory(conference=conference, room=room, kind=SessionKind.LUNCH, at="12:00", minutes=120)
        SessionFactory(conference=conference, room=room, kind=SessionKind.MARKET_PLACE, at="12:30")

        assert rules(conference) == []

    def test_a_long_session_overlaps_more_than_its_neighbour(self, conference, room):
        for at, minutes in [("09:00", 300), ("09:30", 30), ("13:00", 30)]:
            SessionFactory(conference=conference, room=room, kind=SessionKind.DEBATE, at=at, minutes=minutes)

        assert rules(conference) == ["room overlap", "room overlap"]

    def test_too_little_time_to_change_over(self, panel, room):
        SessionFactory(conference=panel.conference, room=room, kind=SessionKind.DEBATE, at="10:33")

        assert texts(panel.conference, "changeover") == ["Only 3 minutes to change over from “Panel 1”."]

    def test_no_time_at_all_to_change_over(self, panel, room):
        SessionFactory(conference=panel.conference, room=room, kind=SessionKind.DEBATE, at="10:30")

        assert texts(panel.conference, "changeover") == ["No time to change over from “Panel 1”."]

    def test_five_minutes_are_enough(self, panel, room):
        SessionFactory(conference=panel.conference, room=room, kind=SessionKind.DEBATE, at="10:35")

        assert rules(panel.conference) == []


class TestPeople:
    def test_one_person_in_two_sessions_at_once(self, panel):
        moderator = panel.appearances.get().speaker
        debate = SessionFactory(conference=panel.conference, kind=SessionKind.DEBATE, at="10:00")
        PresentationFactory(session=debate, speaker=moderator)

        assert texts(panel.conference, "person overlap") == [f"{moderator} is also in “Panel 1” until 10.30."]

    def test_something_else_at_that_time(self, panel, confirmed, monkeypatch):
        monkeypatch.setattr(commitments, "_sources", {})
        AppearanceFactory(session=panel, speaker=speaker(panel.conference, participant=confirmed, **NAMELESS))
        meets = Commitment(confirmed.pk, panel.starts_at, panel.ends_at, "a meeting with Brno, table 7")
        commitments.register("meetings", lambda _conference, _people: [meets])

        assert texts(panel.conference, "commitment") == [
            f"{confirmed} has something else at 9.30: a meeting with Brno, table 7."
        ]

    def test_afterwards_is_no_warning(self, panel, confirmed, monkeypatch):
        monkeypatch.setattr(commitments, "_sources", {})
        AppearanceFactory(session=panel, speaker=speaker(panel.conference, participant=confirmed, **NAMELESS))
        later = panel.ends_at + datetime.timedelta(minutes=15)
        commitments.register(
            "meetings", lambda _conference, _people: [Commitment(confirmed.pk, panel.ends_at, later, "x")]
        )

        assert rules(panel.conference) == []

    @pytest.mark.parametrize(
        ("status", "rule", "words"),
        [
            (SpeakerStatus.PLANNED, "unconfirmed", "has not been asked yet"),
            (SpeakerStatus.ASKED, "unconfirmed", "has not replied yet"),
            (SpeakerStatus.DECLINED, "gone", "has declined"),
            (SpeakerStatus.WITHDRAWN, "gone", "no longer takes part"),
        ],
    )
    def test_who_has_not_confirmed(self, panel, status, rule, words):
        invited = speaker(panel.conference, status=status)
        AppearanceFactory(session=panel, speaker=invited)

        assert texts(panel.conference, rule) == [f"{invited} {words}."]

    def test_a_participant_who_withdrew_leaves_a_gap_with_the_successor_offered(self, panel, confirmed):
        AppearanceFactory(session=panel, speaker=speaker(panel.conference, participant=confirmed, **NAMELESS))
        successor = replies.replace(confirmed, person(2), by=UserFactory())

        (warning,) = [one for one in warnings.find(panel.conference) if one.rule == "gone"]

        assert warning.successor == successor


class TestPanels:
    def test_presentations_longer_than_the_session(self, panel):
        panel.presentations.update(minutes=21)

        assert texts(panel.conference, "too long") == ["The presentations take 63 minutes, the session has 60."]

    def test_no_moderator(self, panel):
        panel.appearances.all().delete()

        assert rules(panel.conference) == ["no moderator"]

    @pytest.mark.parametrize(("number", "warns"), [(0, True), (2, True), (3, False), (5, False), (6, True)])
    def test_how_many_presentations(self, panel, number, warns):
        panel.presentations.all().delete()
        for _talk in range(number):
            PresentationFactory(session=panel)

        assert ("presentations" in rules(panel.conference)) is warns

    @pytest.mark.parametrize(
        ("genders", "found"),
        [
            (["man", "man"], ["There is no woman among the panellists."]),
            (["woman"], ["There is no man among the panellists."]),
            (["woman", "man"], []),
            (["man", ""], []),
            ([], []),
        ],
    )
    def test_balance_where_all_said_so_without_the_moderator(self, panel, genders, found):
        Speaker.objects.update(gender="woman")
        for gender in genders:
            AppearanceFactory(session=panel, speaker=speaker(panel.conference, gender=gender))

        assert texts(panel.conference, "balance") == found

    def test_a_debate_needs_neither(self, conference):
        SessionFactory(conference=conference, kind=SessionKind.DEBATE)

        assert rules(conference) == []


class TestDay:
    def test_a_programme_that_stayed_behind_when_the_conference_was_postponed(self, conference):
        SessionFactory(conference=conference, kind=SessionKind.DEBATE)
        assert rules(conference) == []

        conference.held_on += datetime.timedelta(days=7)

        assert rules(conference) == ["day"]

    def test_other_days_beside_it_are_nothing_unusual(self, conference):
        session = SessionFactory(conference=conference, kind=SessionKind.DEBATE)
        SessionFactory(
            conference=conference,
            kind=SessionKind.DEBATE,
            starts_at=session.starts_at - datetime.timedelta(days=1),
        )

        assert rules(conference) == []


class TestHours:
    @pytest.mark.parametrize(
        ("at", "minutes", "warns"),
        [("08:59", 10, True), ("09:00", 30, False), ("17:00", 30, False), ("17:00", 31, True), ("23:30", 60, True)],
    )
    def test_outside_of_the_conference(self, conference, at, minutes, warns):
        SessionFactory(conference=conference, kind=SessionKind.DEBATE, at=at, minutes=minutes)

        assert (rules(conference) == ["hours"]) is warns

    def test_the_venues_own_hours_count_where_they_are_known(self, conference):
        PlanFactory(conference=conference, venue_opens_at=datetime.time(7, 30), venue_closes_at=datetime.time(18, 30))
        SessionFactory(conference=conference, kind=SessionKind.REGISTRATION, at="08:00")

        assert rules(conference) == []


class TestSlides:
    def due_in(self, panel: Session, days: int) -> None:
        PlanFactory(
            conference=panel.conference, documents_due_on=panel.conference.today + datetime.timedelta(days=days)
        )

    @pytest.mark.parametrize(("days", "missing"), [(8, 0), (7, 3), (-1, 3)])
    def test_are_missed_from_a_week_before_they_are_due(self, panel, days, missing):
        self.due_in(panel, days)

        assert rules(panel.conference).count("no slides") == missing

    def test_that_are_there_are_not_missed(self, panel):
        self.due_in(panel, 1)
        for talk in panel.presentations.all():
            Document.objects.create(
                speaker=speaker(panel.conference),
                presentation=talk,
                kind=Document.Kind.SLIDES,
                file="x",
                name="slides.pdf",
                content_type="application/pdf",
                size=1,
            )

        assert rules(panel.conference) == []


class TestDismissing:
    def test_keeps_the_warning_with_its_reason(self, panel):
        panel.appearances.all().delete()
        (warning,) = warnings.find(panel.conference)

        planning.dismiss_warning(
            panel.conference, key=warning.key, text=warning.text, reason="The mayor comes later", by=None
        )

        (dismissed,) = warnings.find(panel.conference)
        assert (dismissed.is_open, dismissed.dismissed.reason) == (False, "The mayor comes later")

    def test_needs_a_reason(self, panel):
        with pytest.raises(planning.PlanRefused, match="Say why"):
            planning.dismiss_warning(panel.conference, key="x", text="y", reason=" ", by=None)

    def test_other_facts_are_another_warning(self, panel):
        panel.presentations.update(minutes=21)
        (warning,) = warnings.find(panel.conference)
        planning.dismiss_warning(panel.conference, key=warning.key, text=warning.text, reason="Fine", by=None)

        panel.presentations.update(minutes=22)

        (again,) = warnings.find(panel.conference)
        assert again.is_open

    def test_can_be_raised_again(self, panel):
        panel.appearances.all().delete()
        (warning,) = warnings.find(panel.conference)
        dismissed = planning.dismiss_warning(
            panel.conference, key=warning.key, text=warning.text, reason="Fine", by=None
        )

        planning.raise_warning_again(dismissed, by=None)

        assert [one.is_open for one in warnings.find(panel.conference)] == [True]


def test_the_number_of_queries_does_not_grow(panel):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            warnings.find(panel.conference)
        return len(queries)

    PresentationFactory(session=panel, speaker=speaker(panel.conference))
    few = count()
    for number in range(10):
        session = SessionFactory(conference=panel.conference, at="11:00", title=f"Panel {number}")
        AppearanceFactory(session=session, speaker=speaker(panel.conference))
        PresentationFactory(session=session, speaker=speaker(panel.conference))

    assert count() == few
