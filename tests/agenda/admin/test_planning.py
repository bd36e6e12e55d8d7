"""The planning board and what is done from it: looked at first, saved once, refused where somebody else was quicker."""

import datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agenda.kinds import SessionKind
from agenda.models import Appearance, DismissedWarning, Plan, Presentation, Session, Speaker
from agenda.queries import plan_of
from agenda.rearranging import day_of
from agenda.services import planning, releases
from conference import history
from conference.models import Conference, Room
from registrations.services import replies
from tests.factories import (
    AppearanceFactory,
    ConferenceFactory,
    DelegationFactory,
    InvitationFactory,
    PlanFactory,
    PresentationFactory,
    SessionFactory,
    UserFactory,
    person,
)

pytestmark = pytest.mark.django_db


def url(name: str, conference: Conference, *more: object) -> str:
    return reverse(f"admin:agenda_plan_{name}", args=[conference.pk, *more])


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def begins(session: Session) -> str:
    session.refresh_from_db()
    return session.starts_at.astimezone(session.conference.zone).strftime("%H:%M")


@pytest.fixture
def conference(db: None) -> Conference:
    return PlanFactory(conference__held_on=datetime.date(2027, 2, 26)).conference


@pytest.fixture
def day(conference: Conference) -> list[Session]:
    """Three panels, the last one after a pause of half an hour."""
    room = Room.objects.create(venue=conference.venue, name="Plenary room")
    return [
        SessionFactory(conference=conference, at=at, title=title, room=room)
        for at, title in [("09:00", "First"), ("10:00", "Second"), ("11:30", "Third")]
    ]


def preview(client: Client, address: str, **typed: Any) -> Any:
    """Asks for the preview, and gives what saving it would post."""
    context = client.post(address, {**typed, "do": "preview"}).context
    seen = {"version": context["plan"].version, "shown": context["proposal"].digest}
    return context, {**typed, **seen, "do": "save"}


class TestTheBoard:
    def test_it_shows_each_day_with_what_is_free(self, organiser_client, conference, day):
        page = organiser_client.get(url("board", conference))

        (shown,) = page.context["days"]
        assert shown.date == datetime.date(2027, 2, 26)
        assert [(row.session.title, row.free) for row in shown.rows] == [("First", 0), ("Second", 0), ("Third", 30)]

    def test_a_reception_past_midnight_belongs_to_the_evening(self, organiser_client, conference, day):
        night = SessionFactory(
            conference=conference, starts_at=datetime.datetime(2027, 2, 26, 23, 30, tzinfo=datetime.UTC)
        )

        (shown,) = organiser_client.get(url("board", conference)).context["days"]

        assert (shown.rows[-1].session, shown.rows[-1].other_date) == (night, datetime.date(2027, 2, 27))

    def test_without_sessions_it_says_what_to_do(self, organiser_client):
        page = organiser_client.get(url("board", ConferenceFactory()))

        assert "Nothing is planned yet" in page.content.decode()
        assert not Plan.objects.exists()

    def test_the_number_of_queries_does_not_grow(self, organiser_client, conference):
        counts = []
        for number in (3, 27):
            for position in range(number):
                session = SessionFactory(conference=conference, at=f"{8 + position % 10:02}:00")
                AppearanceFactory(session=session)
                PresentationFactory(session=session, speaker=AppearanceFactory(session=session).speaker)
            with CaptureQueriesContext(connection) as queries:
                organiser_client.get(url("board", conference))
            counts.append(len(queries))

        assert counts[0] == counts[1]

    def test_the_list_leads_to_the_board_of_each_conference(self, organiser_client, conference):
        planned, bare = conference, ConferenceFactory()

        rows = organiser_client.get(reverse("admin:agenda_plan_changelist")).context["rows"]

        assert {address for _conference, address in rows} == {url("board", planned), url("board", bare)}

    @pytest.mark.parametrize(
        "name", ["board", "shift", "move_day", "duplicate", "type_in", "settings", "undo", "warnings", "publish"]
    )
    def test_who_has_no_permission_is_refused(self, conference, settings, name):
        settings.STAFF_SECOND_FACTOR_REQUIRED = False
        client = Client()
        client.force_login(UserFactory(is_staff=True))

        assert client.get(url(name, conference)).status_code == 403

    def test_who_may_only_look_is_offered_nothing_to_change(self, conference, day, settings):
        settings.STAFF_SECOND_FACTOR_REQUIRED = False
        viewer = UserFactory(is_staff=True)
        viewer.user_permissions.set(Permission.objects.filter(codename="view_session"))
        client = Client()
        client.force_login(viewer)

        page = client.get(url("board", conference))

        assert (page.context["buttons"], page.context["may_change"]) == ([], False)
        assert client.post(url("move", conference, day[0].pk), {}).status_code == 403


class TestMoving:
    def typed(self, session: Session, **changes: Any) -> dict[str, Any]:
        known = {"day": "2027-02-26", "time": "09:15", "minutes": 60, "room": session.room_id, "follow": "all"}
        return {**known, **changes}

    def test_all_new_times_are_shown_and_nothing_is_saved(self, organiser_client, conference, day):
        context, _save = preview(organiser_client, url("move", conference, day[0].pk), **self.typed(day[0]))

        ((_day, lines),) = context["days"]
        assert [(line.title, line.begins.strftime("%H:%M"), line.moves) for line in lines] == [
            ("First", "09:15", True),
            ("Second", "10:15", True),
            ("Third", "11:45", True),
        ]
        assert [begins(session) for session in day] == ["09:00", "10:00", "11:30"]

    def test_saving_moves_what_was_shown(self, organiser_client, conference, day):
        address = url("move", conference, day[0].pk)
        _context, save = preview(organiser_client, address, **self.typed(day[0]))

        response = organiser_client.post(address, save)

        assert response.url == url("board", conference)
        assert [begins(session) for session in day] == ["09:15", "10:15", "11:45"]
        assert history.of(day[1]).first().action == "moved"

    def test_a_second_click_is_told_and_moves_nothing_twice(self, organiser_client, conference, day):
        address = url("shift", conference)
        _context, save = preview(organiser_client, address, session=day[0].pk, minutes=10)

        organiser_client.post(address, save)
        second = organiser_client.post(address, save)

        assert second.status_code == 422
        assert [begins(session) for session in day] == ["09:10", "10:10", "11:40"]

    def test_nobody_else_moves_unless_asked(self, organiser_client, conference, day):
        address = url("move", conference, day[0].pk)
        context, save = preview(organiser_client, address, **self.typed(day[0], follow="none"))

        organiser_client.post(address, save)

        assert [warning.rule for warning in context["arising"]] == ["room overlap"]
        assert [begins(session) for session in day] == ["09:15", "10:00", "11:30"]

    def test_who_was_slower_is_told_and_sees_the_fresh_times(self, organiser_client, conference, day):
        address = url("move", conference, day[0].pk)
        _context, save = preview(organiser_client, address, **self.typed(day[0]))
        planning.delete_session(day[2], by=UserFactory(name="Ana Quick"))

        response = organiser_client.post(address, save)

        assert "Ana Quick changed the programme" in response.context["form"].non_field_errors()[0]
        ((_day, lines),) = response.context["days"]
        assert [line.title for line in lines] == ["First", "Second"]
        assert response.context["form"]["time"].value() == "09:15"
        assert [begins(session) for session in day[:2]] == ["09:00", "10:00"]

    def test_what_was_typed_after_the_preview_is_shown_first(self, organiser_client, conference, day):
        address = url("move", conference, day[0].pk)
        _context, save = preview(organiser_client, address, **self.typed(day[0]))

        response = organiser_client.post(address, {**save, "time": "09:20"})

        assert response.status_code == 422
        assert begins(day[0]) == "09:00"

    @pytest.mark.parametrize(("on", "words"), [("2027-03-28", "no 2.30"), ("2026-10-25", "comes twice")])
    def test_a_time_that_is_none_or_two_is_refused_at_its_field(self, organiser_client, conference, day, on, words):
        response = organiser_client.post(
            url("move", conference, day[0].pk), {**self.typed(day[0], day=on, time="02:30"), "do": "preview"}
        )

        assert list(response.context["form"].errors) == ["time"]
        assert words in response.context["form"].errors["time"][0]

    def test_lengthening_pushes_what_follows(self, organiser_client, conference, day):
        address = url("lengthen", conference, day[0].pk)
        _context, save = preview(organiser_client, address, minutes=80, follow="all")

        organiser_client.post(address, save)

        assert [begins(session) for session in day] == ["09:00", "10:20", "11:50"]

    @pytest.mark.parametrize("minutes", [-15, 20])
    def test_everything_from_one_session_on_is_shifted(self, organiser_client, conference, day, minutes):
        address = url("shift", conference)
        _context, save = preview(organiser_client, address, session=day[1].pk, minutes=minutes)

        organiser_client.post(address, save)

        expected = [(datetime.datetime(2027, 1, 1, 10) + datetime.timedelta(minutes=minutes)).strftime("%H:%M")]
        assert [begins(session) for session in day[:2]] == ["09:00", *expected]

    def test_a_link_to_the_place_before_shows_the_exchange_and_changes_nothing(self, organiser_client, conference, day):
        page = organiser_client.get(url("order", conference, day[1].pk), {"place": "earlier"})

        ((_day, lines),) = page.context["days"]
        assert [line.title for line in lines] == ["Second", "First", "Third"]
        assert begins(day[1]) == "10:00"

    def test_a_session_of_another_conference_is_not_found(self, organiser_client, conference, day):
        assert organiser_client.get(url("move", conference, SessionFactory().pk)).status_code == 404


class TestWholeDays:
    def test_a_day_is_moved_to_the_day_of_the_conference(self, organiser_client, conference, day):
        conference.held_on += datetime.timedelta(days=7)
        conference.save()
        address = url("move_day", conference)

        page = organiser_client.get(address)
        assert page.context["form"]["to"].value() == conference.held_on
        _context, save = preview(organiser_client, address, day="2027-02-26", to="2027-03-05")
        organiser_client.post(address, save)

        assert {day_of(session.starts_at, conference.zone) for session in Session.objects.all()} == {conference.held_on}
        assert [begins(session) for session in day] == ["09:00", "10:00", "11:30"]

    def test_a_day_is_not_moved_to_where_it_is(self, organiser_client, conference, day):
        page = organiser_client.post(url("move_day", conference), {"day": "2027-02-26", "to": "2027-02-26"})

        assert page.context["form"].errors["to"] == ["It is on that day already."]

    def test_a_day_is_copied_with_people_and_presentations(self, organiser_client, conference, day):
        AppearanceFactory(session=day[0])
        PresentationFactory(session=day[0])
        typed = {"day": "2027-02-26", "to": "2027-02-27", "version": plan_of(conference).version}

        organiser_client.post(url("duplicate", conference), {**typed, "do": "preview"})
        assert Session.objects.count() == 3
        organiser_client.post(url("duplicate", conference), {**typed, "do": "save"})

        assert Session.objects.count() == 6
        assert (Appearance.objects.count(), Presentation.objects.count()) == (2, 2)

    def test_back_to_the_release_and_forth_again(self, organiser_client, conference, day):
        release = releases.publish(conference, note="", seen=None, confirmed=_all_warnings(conference), by=None)
        planning.delete_session(day[1], by=None)

        page = organiser_client.get(url("undo", conference))
        assert [change.text for change in page.context["changes"]] == ["New: Second, 26 February, 10.00."]
        organiser_client.post(url("undo", conference), {"version": plan_of(conference).version})
        assert Session.objects.filter(conference=conference).count() == len(release.programme.sessions)
        organiser_client.post(url("bring_back", conference), {"version": plan_of(conference).version})

        assert list(Session.objects.in_order().values_list("title", flat=True)) == ["First", "Third"]

    def test_going_back_is_refused_to_who_saw_another_version(self, organiser_client, conference, day):
        releases.publish(conference, note="", seen=None, confirmed=_all_warnings(conference), by=None)
        planning.delete_session(day[1], by=None)

        organiser_client.post(url("undo", conference), {"version": 1})

        assert Session.objects.count() == 2

    def test_hours_and_deadlines_are_saved(self, organiser_client):
        conference = ConferenceFactory()

        organiser_client.post(
            url("settings", conference),
            {"venue_opens_at": "07:30", "documents_due_on": conference.held_on, "remind_days_before": 2},
        )

        plan = Plan.objects.get()
        assert (plan.venue_opens_at, plan.documents_due_on) == (datetime.time(7, 30), conference.held_on)


def _all_warnings(conference: Conference) -> list[str]:
    return [warning.key for warning in releases.preview(conference).warnings]


class TestTypingIn:
    LINES = "9.00–9.30 Welcome @ Plenary room\n9.30–10.30 Panel 1: Partners @ Hall\nModerator: Ana Bo, Mayor\n- A view"

    def post(self, client: Client, conference: Conference, **more: Any) -> Any:
        return client.post(
            url("type_in", conference), {"day": "2027-02-26", "lines": self.LINES, "do": "preview", **more}
        )

    def test_what_was_understood_is_shown_then_entered(self, organiser_client, conference):
        context = self.post(organiser_client, conference).context
        assert not Session.objects.exists()
        assert (context["new_rooms"], [one.name for one in context["guests"]]) == (
            ["Plenary room", "Hall"],
            ["Ana Bo"],
        )

        self.post(organiser_client, conference, do="save", version=context["plan"].version, shown=context["shown"])

        welcome, panel = Session.objects.in_order()
        assert [(session.kind, session.room.name) for session in (welcome, panel)] == [
            (SessionKind.WELCOME, "Plenary room"),
            (SessionKind.PANEL, "Hall"),
        ]
        assert panel.languages == conference.languages
        assert (panel.appearances.get().speaker.full_name, panel.presentations.get().title) == ("Ana Bo", "A view")

    def test_who_is_registered_speaks_as_a_participant(self, organiser_client, conference):
        invitation = InvitationFactory(delegation=DelegationFactory(conference=conference))
        registered = replies.accept(invitation, [person(1)], by=None)[0]
        lines = (
            f"9.30–10.30 Panel 1: Partners\nModerator: Dr {registered.full_name.upper()}, Somebody\nPanellist: Ana Bo"
        )
        context = self.post(organiser_client, conference, lines=lines).context
        assert (context["participants"], [one.name for one in context["guests"]]) == ([registered], ["Ana Bo"])

        save = {"version": context["plan"].version, "shown": context["shown"], "do": "save"}
        self.post(organiser_client, conference, lines=lines, **save)

        panel = Session.objects.get()
        speakers = [appearance.speaker for appearance in panel.appearances.order_by("position")]
        assert [(one.participant, one.full_name) for one in speakers] == [
            (registered, registered.full_name),
            (None, "Ana Bo"),
        ]

    def test_of_namesakes_none_is_taken(self, organiser_client, conference):
        for _number in range(2):
            invitation = InvitationFactory(delegation=DelegationFactory(conference=conference))
            namesake = replies.accept(invitation, [person(1)], by=None)[0]
        lines = f"9.30–10.30 Panel 1: Partners\nModerator: {namesake.full_name}"

        context = self.post(organiser_client, conference, lines=lines).context

        assert (context["participants"], [one.name for one in context["guests"]]) == ([], [namesake.full_name])

    def test_entered_twice_it_is_there_once(self, organiser_client, conference):
        context = self.post(organiser_client, conference).context
        save = {"do": "save", "version": context["plan"].version, "shown": context["shown"]}

        self.post(organiser_client, conference, **save)
        second = self.post(organiser_client, conference, **save)

        assert second.status_code == 422
        assert (Session.objects.count(), Speaker.objects.count()) == (2, 1)

    def test_a_delegation_that_there_is_not_is_told_at_its_line(self, organiser_client, conference):
        page = self.post(organiser_client, conference, lines="9.00–9.30 Panel\n- A view @ Atlantis")

        assert [(problem.line, problem.message) for problem in page.context["problems"]] == [
            (2, "There is no delegation “Atlantis”.")
        ]


class TestWarnings:
    def test_one_is_set_aside_with_its_reason_and_raised_again(self, organiser_client, conference, day):
        rows = organiser_client.get(url("warnings", conference)).context["rows"]
        key = rows[0][0].key

        refused = organiser_client.post(url("set_aside", conference), {"key": key, "reason": " "})
        assert list(refused.context["form"].errors) == ["reason"]
        organiser_client.post(url("set_aside", conference), {"key": key, "reason": "Meant so"})
        dismissed = DismissedWarning.objects.get()
        page = organiser_client.get(url("warnings", conference))
        assert (len(page.context["rows"]), page.context["dismissed"]) == (len(rows) - 1, [(dismissed, True)])
        organiser_client.post(url("raise_again", conference), {"warning": dismissed.pk})

        assert len(organiser_client.get(url("warnings", conference)).context["rows"]) == len(rows)

    def test_one_that_is_gone_cannot_be_set_aside(self, organiser_client, conference, day):
        response = organiser_client.post(url("set_aside", conference), {"key": "no moderator:0", "reason": "x"})

        assert said(response) == ["This warning is gone: the programme has changed."]
        assert not DismissedWarning.objects.exists()
