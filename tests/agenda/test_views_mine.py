"""My programme, and the calendar feed that follows it."""

import datetime
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from agenda import entries
from agenda.entries import Entry
from agenda.models import Reader, Release, Star
from agenda.programme import Programme
from agenda.services import readers
from agenda.states import SpeakerStatus
from conference.models import Conference
from registrations.services import replies
from tests.agenda.full_day import full_day
from tests.agenda.large_programme import large_programme
from tests.factories import ConferenceFactory, InvitationFactory, SpeakerFactory, UserFactory, person

pytestmark = pytest.mark.django_db

PROGRAMME = full_day()
BY_TITLE = {session.title.partition(":")[0]: session for session in PROGRAMME.sessions}
PANEL_1, PANEL_2, DEBATE = BY_TITLE["Panel 1"], BY_TITLE["Panel 2"], BY_TITLE["Final open debate"]
BESIDE = replace(PANEL_2, guid=uuid4(), code="BESIDE", number=90, title="Beside the second panel")


@pytest.fixture
def conference(db):
    return ConferenceFactory(slug="cities", held_on=PROGRAMME.held_on)


def publish(conference: Conference, programme: Programme = PROGRAMME, number: int = 1) -> Release:
    return Release.objects.create(conference=conference, number=number, content=programme.to_data(), working_copy={})


@pytest.fixture
def release(conference):
    return publish(conference)


@pytest.fixture
def user(client, conference):
    user = UserFactory()
    client.force_login(user)
    return user


@pytest.fixture
def speaker(conference, user):
    """The user takes part, and is the programme's first speaker."""
    with time_machine.travel(datetime.datetime.combine(conference.held_on, datetime.time(6), datetime.UTC)):
        invitation = InvitationFactory(delegation__conference=conference, contact=user)
        participant = replies.accept(invitation, [person(email=user.email)], by=user)[0]
    participant.user = user
    participant.save()
    names = {"given_name": "", "family_name": "", "email": ""}
    return SpeakerFactory(
        conference=conference,
        participant=participant,
        code=PANEL_1.presentations[0].speaker,
        status=SpeakerStatus.ACCEPTED,
        **names,
    )


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def address(page: str = "my_programme", slug: str = "cities") -> str:
    return reverse(f"agenda:{page}", args=[slug])


def mark(client: Any, guid: UUID, wanted: str = "1", **extra: Any) -> Any:
    headers = {"HX-Request": "true"} if extra.pop("htmx", False) else {}
    return client.post(address("star"), {"session": str(guid), "wanted": wanted, **extra}, headers=headers)


PAGES = ["my_programme", "star", "my_changes", "my_calendar", "my_calendar_revoke"]


class TestAccess:
    @pytest.mark.parametrize("page", PAGES)
    def test_needs_signing_in(self, client, release, page):
        response = client.get(address(page))

        assert response.url == f"{reverse('account_login')}?next={address(page)}"

    @pytest.mark.parametrize("page", PAGES)
    def test_not_of_a_hidden_conference(self, client, user, release, page):
        Conference.objects.update(is_published=False)

        assert client.post(address(page)).status_code == (405 if page == "my_programme" else 404)
        assert client.get(address(page)).status_code == 404

    @pytest.mark.parametrize("page", PAGES)
    def test_looking_changes_nothing(self, client, user, release, page):
        client.get(address(page), follow=True)

        assert not Reader.objects.exists()


class TestList:
    def test_one_conference_is_shown_at_once(self, client, user, speaker):
        assert client.get(reverse("agenda:mine")).url == address()

    def test_several_are_listed(self, client, user, speaker):
        readers.tell_of_changes(ConferenceFactory(title="Starred elsewhere"), wanted=True, by=user)
        ConferenceFactory(title="Nothing to do with it")

        text = text_of(client.get(reverse("agenda:mine")))

        assert "Starred elsewhere" in text
        assert "EU Cities Against Radicalisation" in text
        assert "Nothing to do with it" not in text

    def test_says_what_to_do_where_it_is_empty(self, client, user):
        text = text_of(client.get(reverse("agenda:mine")))

        assert "You are not registered for any conference under this address, and have starred nothing." in text

    def test_stands_in_the_account_menu(self, client, user):
        of_a_conference = text_of(client.get(reverse("conference:detail", args=["cities"])))
        of_none = text_of(client.get(reverse("registrations:mine")))

        assert f'<a href="{address()}">My programme</a>' in of_a_conference
        assert f'<a href="{reverse("agenda:mine")}">My programme</a>' in of_none


class TestDay:
    def test_before_the_first_release(self, client, user):
        text = text_of(client.get(address()))

        assert "The programme is not published yet." in text
        assert "Tell me by e-mail when the programme changes" in text

    def test_empty_says_what_to_do_and_still_shows_the_breaks(self, client, user, release):
        text = text_of(client.get(address()))

        assert "You have starred nothing yet." in text
        assert f'href="{address()}?show=everything"' in text
        assert "Coffee break" in text
        assert PANEL_1.title not in text

    def test_everything(self, client, user, release):
        text = text_of(client.get(address() + "?show=everything"))

        assert [session.title for session in PROGRAMME.sessions if session.title not in text] == []
        # One for each session that is no break.
        assert text.count('name="wanted" value="1"') == 8 + 1

    def test_only_mine(self, client, user, release):
        mark(client, DEBATE.guid)

        text = text_of(client.get(address()))

        assert DEBATE.title in text
        assert PANEL_1.title not in text
        assert "You have starred nothing yet." not in text

    def test_a_speaker_s_part_stands_first(self, client, user, speaker, release):
        text = text_of(client.get(address()))

        talk = PANEL_1.presentations[0]
        assert "Where you speak" in text
        assert f"You present “{talk.title}”, 5 minutes, from 9.30" in text
        assert text.index("Where you speak") < text.index("Coffee break")

    def test_another_reader_does_not_speak(self, client, speaker, release):
        client.force_login(UserFactory())

        assert "Where you speak" not in text_of(client.get(address()))

    def test_what_collides_is_said(self, client, user, conference):
        publish(conference, replace(PROGRAMME, sessions=(PANEL_2, BESIDE)))
        mark(client, PANEL_2.guid)
        mark(client, BESIDE.guid)

        text = text_of(client.get(address()))

        assert f"At the same time as “{BESIDE.title}”" in text
        assert f"At the same time as “{PANEL_2.title}”" in text

    def test_what_was_dropped_is_said_and_can_be_removed(self, client, user, conference, release):
        mark(client, PANEL_1.guid)
        publish(conference, replace(PROGRAMME, sessions=(PANEL_2,), dropped=(PANEL_1,)), number=2)

        before = text_of(client.get(address()))
        mark(client, PANEL_1.guid, "0")

        assert "You starred it; it was to begin on 26 February, 9.30." in before
        assert "No longer in the programme" not in text_of(client.get(address()))

    def test_now_is_said(self, client, user, release):
        with time_machine.travel(DEBATE.starts_at, tick=False):
            client.force_login(user)
            text = text_of(client.get(address() + "?show=everything"))

        assert text.count('<span class="tag now">Now</span>') == 1

    def test_entries_of_other_apps_stand_in_the_day(self, client, user, release, monkeypatch):
        meeting = Entry(PANEL_1.starts_at, PANEL_1.ends_at, "Brno, Ms Štěpánková", "Table 7", "/meetings/1/")
        monkeypatch.setattr(entries, "_sources", [lambda user, conference: [meeting]])

        text = text_of(client.get(address()))

        assert '<a href="/meetings/1/">Brno, Ms Štěpánková</a>' in text
        assert "Table 7" in text

    def test_titles_are_escaped(self, client, user, conference):
        publish(conference, replace(PROGRAMME, sessions=(replace(DEBATE, title="<script>alert()</script>"),)))

        assert "<script>alert" not in text_of(client.get(address() + "?show=everything"))

    def test_needs_as_many_queries_for_300_sessions_as_for_one(
        self, client, user, conference, django_assert_num_queries, django_assert_max_num_queries
    ):
        publish(conference, replace(PROGRAMME, sessions=(DEBATE,)))
        mark(client, DEBATE.guid)
        with django_assert_max_num_queries(13) as counted:
            client.get(address() + "?show=everything")
        for_one = len(counted)
        large = large_programme(sessions=300, days=5)
        publish(conference, large, number=2)
        for session in large.sessions[:20]:
            mark(client, session.guid)

        with django_assert_num_queries(for_one):
            response = client.get(address() + "?show=everything")

        assert response.content.count(b'class="my-day"') == 5


class TestStar:
    def test_double_click_is_harmless(self, client, user, release):
        mark(client, PANEL_1.guid)
        mark(client, PANEL_1.guid)

        assert Star.objects.count() == 1

    def test_taken_away(self, client, user, release):
        mark(client, PANEL_1.guid)

        mark(client, PANEL_1.guid, "0")

        assert not Star.objects.exists()

    def test_comes_back_to_where_it_was_pressed(self, client, user, release):
        here = f"{address()}?show=everything#session-{PANEL_1.code}"

        assert mark(client, PANEL_1.guid, next=here).url == here

    @pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:a()", ""])
    def test_never_leads_elsewhere(self, client, user, release, elsewhere):
        assert mark(client, PANEL_1.guid, next=elsewhere).url == address()

    @pytest.mark.parametrize("session", ["", "1", "' OR 1=1"])
    def test_what_is_no_guid_is_not_found(self, client, user, release, session):
        assert client.post(address("star"), {"session": session, "wanted": "1"}).status_code == 404

    def test_an_unknown_session_is_told(self, client, user, release):
        response = mark(client, uuid4())

        assert messages_of(response) == ["This session is no longer in the programme."]
        assert response.url == address()

    def test_htmx_gets_the_button_alone(self, client, user, release):
        text = text_of(mark(client, PANEL_1.guid, htmx=True))

        assert text.startswith("<form")
        assert 'aria-pressed="true"' in text
        assert 'name="wanted" value="0"' in text

    def test_htmx_hears_of_a_collision(self, client, user, conference):
        publish(conference, replace(PROGRAMME, sessions=(PANEL_2, BESIDE)))
        mark(client, PANEL_2.guid)

        assert f"At the same time as “{PANEL_2.title}”" in text_of(mark(client, BESIDE.guid, htmx=True))

    def test_htmx_loads_the_page_anew_where_the_session_is_gone(self, client, user, release):
        assert mark(client, uuid4(), htmx=True)["HX-Refresh"] == "true"

    def test_after_signing_in_leads_to_the_programme(self, client, user, release):
        assert client.get(address("star")).url == address()

    def test_needs_a_csrf_token(self, user, release):
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(user)

        assert mark(strict, PANEL_1.guid).status_code == 403


def test_mails_about_changes_are_switched(client, user, release):
    on = client.post(address("my_changes"), {"wanted": "1"})
    page = text_of(client.get(address()))
    off = client.post(address("my_changes"), {"wanted": "0"})

    assert messages_of(on) == ["You will get an e-mail when the programme changes."]
    assert "You get an e-mail when the programme changes." in page
    assert messages_of(off)[-1] == "You will get no more e-mails about changes of the programme."
    assert Reader.objects.get().wants_changes is False


def make_feed(client: Any) -> str:
    """The path of a new feed, as the page shows it."""
    shown = client.post(address("my_calendar")).context["address"]
    return "/" + shown.split("/", maxsplit=3)[3]


def titles_of(response: Any) -> dict[str, str]:
    """Title and status of each entry."""
    return {
        str(event["summary"]): str(event["status"]) for event in Calendar.from_ical(response.content).walk("VEVENT")
    }


class TestCalendarAddress:
    def test_is_shown_once(self, client, user, release, settings):
        settings.SITE_URL = "https://conference.example"

        text = text_of(client.post(address("my_calendar")))

        assert "https://conference.example/calendar/" in text
        assert 'href="webcal://conference.example/calendar/' in text
        assert "/calendar/" not in text_of(client.get(address())).replace(address("my_calendar"), "")

    def test_a_new_one_ends_the_old_one(self, client, user, release):
        old, new = make_feed(client), make_feed(client)

        assert (client.get(old).status_code, client.get(new).status_code) == (404, 200)

    def test_revoked(self, client, user, release):
        feed = make_feed(client)

        response = client.post(address("my_calendar_revoke"))

        assert messages_of(response) == ["The calendar address no longer works. Calendars that used it stop updating."]
        assert client.get(feed).status_code == 404
        assert "Make a calendar address" in text_of(client.get(address()))


class TestFeed:
    @pytest.fixture
    def feed(self, client, user, release):
        return make_feed(client)

    @pytest.fixture
    def visitor(self):
        return Client()

    def test_needs_no_sign_in_and_sets_no_cookie(self, visitor, feed):
        response = visitor.get(feed)

        assert response.status_code == 200
        assert response["Content-Type"] == "text/calendar; charset=utf-8; method=PUBLISH"
        assert response["Cache-Control"] == "private, no-cache"
        assert dict(response.cookies) == {}

    def test_holds_what_is_starred(self, client, visitor, feed):
        mark(client, DEBATE.guid)

        assert titles_of(visitor.get(feed)) == {DEBATE.title: "CONFIRMED"}

    def test_holds_where_one_speaks(self, visitor, speaker, feed):
        own = PROGRAMME.sessions_of(speaker.code)

        assert titles_of(visitor.get(feed)) == {session.title: "CONFIRMED" for session in own}

    def test_of_a_speaker_whose_account_is_not_linked_holds_stars_only(self, client, visitor, speaker, feed):
        speaker.participant.user = None
        speaker.participant.save()

        assert titles_of(visitor.get(feed)) == {}

    def test_what_was_dropped_is_cancelled(self, client, visitor, conference, feed):
        mark(client, DEBATE.guid)
        publish(conference, replace(PROGRAMME, sessions=(PANEL_2,), dropped=(DEBATE,)), number=2)

        assert titles_of(visitor.get(feed)) == {DEBATE.title: "CANCELLED"}

    def test_is_sent_again_only_once_it_changed(self, client, visitor, conference, feed):
        etag = visitor.get(feed)["ETag"]
        same = visitor.get(feed, headers={"If-None-Match": etag})
        mark(client, DEBATE.guid)
        starred = visitor.get(feed, headers={"If-None-Match": etag})
        publish(conference, number=2)
        released = visitor.get(feed, headers={"If-None-Match": starred["ETag"]})

        assert [same.status_code, starred.status_code, released.status_code] == [304, 200, 200]
        assert (same.content, same["ETag"], same["Cache-Control"]) == (b"", etag, "private, no-cache")

    @pytest.mark.parametrize("token", ["unknown", "é", "a" * 300])
    def test_unknown(self, visitor, release, token):
        assert visitor.get(reverse("agenda:feed", args=[token])).status_code == 404

    def test_before_the_first_release(self, visitor, conference):
        token = readers.make_feed(conference, by=UserFactory())

        assert visitor.get(reverse("agenda:feed", args=[token])).status_code == 404

    def test_needs_as_many_queries_for_300_sessions_as_for_one(
        self, client, visitor, conference, feed, django_assert_num_queries
    ):
        mark(client, DEBATE.guid)
        with django_assert_num_queries(4):
            visitor.get(feed)
        large = large_programme(sessions=300, days=5)
        publish(conference, large, number=2)
        for session in large.sessions[:20]:
            mark(client, session.guid)

        with django_assert_num_queries(4):
            response = visitor.get(feed)

        assert len(titles_of(response)) > 1
