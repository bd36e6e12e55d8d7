"""The public pages of the programme and what can be taken from them."""

import dataclasses
import datetime
import gzip
import json
import re

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agenda import published
from agenda.kinds import Role, SessionKind
from agenda.models import Document, Release
from agenda.programme import Programme
from agenda.queries import working_programme
from agenda.states import SpeakerStatus
from tests.agenda.large_programme import large_programme
from tests.factories import (
    AppearanceFactory,
    ConferenceFactory,
    DelegationFactory,
    PresentationFactory,
    SessionFactory,
    SpeakerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
EXPORTS = ["schedule_xml", "schedule_json", "calendar", "csv", "xlsx"]


@pytest.fixture(autouse=True)
def _empty_memory():
    published.forget()


@pytest.fixture
def conference():
    return ConferenceFactory(held_on=datetime.date(2026, 3, 10))


def release(conference, programme: Programme | None = None, **changes) -> Release:
    """Publishes the working version, or `programme`, as the next release."""
    number = Release.objects.filter(conference=conference).count() + 1
    at = changes.pop("published_at", datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC))
    frozen = dataclasses.replace(programme or working_programme(conference), release=number, published_at=at, **changes)
    return Release.objects.create(
        conference=conference, number=number, published_at=at, content=frozen.to_data(), working_copy={}
    )


def address(name, conference, *args) -> str:
    return reverse(f"agenda:{name}", args=[conference.slug, *args])


def html(client, name, conference, *args) -> str:
    response = client.get(address(name, conference, *args))
    assert response.status_code == 200
    return response.content.decode()


# Before and after a release ---------------------------------------------------------------------


def test_before_the_first_release_the_page_says_where_it_will_be(client, conference):
    page = html(client, "programme", conference)

    assert "The programme will be published here." in page
    assert f'href="{address("speakers", conference)}"' not in page


@pytest.mark.parametrize("name", ["timeline", "speakers", *EXPORTS])
def test_before_the_first_release_there_is_nothing_else(client, conference, name):
    assert client.get(address(name, conference)).status_code == 404


@pytest.mark.parametrize("name", ["programme", "timeline", "speakers", *EXPORTS])
def test_an_unpublished_conference_is_not_found(client, name):
    hidden = ConferenceFactory(is_published=False)
    SessionFactory(conference=hidden)
    release(hidden)

    assert client.get(address(name, hidden)).status_code == 404


def test_the_overview_links_to_the_programme_once_there_is_one(client, conference):
    before = client.get(conference.get_absolute_url()).content.decode()
    SessionFactory(conference=conference)
    release(conference)
    after = client.get(conference.get_absolute_url()).content.decode()

    assert "Programme</a>" not in before
    # In the navigation, and among what there is to read.
    assert after.count(f'href="{address("programme", conference)}"') == 2
    assert "release 1 of 1 March" in after


@pytest.mark.parametrize("name", ["programme", "timeline", *EXPORTS])
def test_a_new_release_is_read_at_once(client, conference, name):
    session = SessionFactory(conference=conference, title="First title")
    release(conference)
    first = client.get(address(name, conference))
    session.title = "Second title"
    session.save()
    release(conference)

    again = client.get(address(name, conference), headers={"If-None-Match": first["ETag"]})

    assert again.status_code == 200
    assert again["ETag"] != first["ETag"]


def test_the_working_version_is_not_public(client, conference):
    session = SessionFactory(conference=conference, title="As released")
    release(conference)
    session.title = "Still a draft"
    session.save()

    page = html(client, "programme", conference)

    assert "As released" in page
    assert "Still a draft" not in page


def test_a_page_follows_the_conferences_name(client, conference):
    SessionFactory(conference=conference)
    release(conference)
    html(client, "programme", conference)
    conference.title = "Another name"
    conference.save()

    assert "– Another name</title>" in html(client, "programme", conference)


# What pages show --------------------------------------------------------------------------------


def test_the_list_shows_panel_people_and_presentations(client, conference):
    delegation = DelegationFactory(conference=conference, name="Λευκωσία")
    panel = SessionFactory(conference=conference, title="Panel 1", abstract="**How** cities answered.")
    moderator = SpeakerFactory(
        conference=conference, given_name="Владимир", family_name="Стоянов", status=SpeakerStatus.ACCEPTED
    )
    AppearanceFactory(session=panel, speaker=moderator, role=Role.MODERATOR)
    PresentationFactory(session=panel, title="Resocialisation", minutes=5, delegation=delegation)
    release(conference)

    text = " ".join(re.sub(r"<[^>]+>", " ", html(client, "programme", conference)).split())

    assert "Panel 1" in text
    assert "How cities answered." in text
    assert "Moderated by Владимир Стоянов" in text
    assert "5 min Λευκωσία · Resocialisation 55 min Debate" in text


def test_markup_in_names_is_text(client, conference):
    panel = SessionFactory(conference=conference, title="<script>alert(1)</script>")
    guest = SpeakerFactory(
        conference=conference, given_name="<script>", family_name="</script>", status=SpeakerStatus.ACCEPTED
    )
    AppearanceFactory(session=panel, speaker=guest)
    release(conference)

    for name, *arguments in (
        ["programme"],
        ["timeline"],
        ["speakers"],
        ["session", panel.code],
        ["speaker", guest.code],
    ):
        page = html(client, name, conference, *arguments)
        assert "<script>" not in page.replace('<script type="application/ld+json">', "")
        assert "alert(1)</script>" not in page


def test_the_page_says_what_changed(client, conference):
    SessionFactory(conference=conference)
    made = release(conference, note="The second panel begins later.")
    Release.objects.filter(pk=made.pk).update(changes=["Panel 2 begins at 11.15 instead of 11.00."])

    page = html(client, "programme", conference)

    assert "The second panel begins later." in page
    assert "What changed: one thing" in page
    assert "<li>Panel 2 begins at 11.15 instead of 11.00.</li>" in page


def test_the_structured_data_is_json(client, conference):
    SessionFactory(conference=conference, title="Panel 1")
    release(conference)

    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html(client, "programme", conference))

    assert json.loads(found[1])["subEvent"][0]["name"] == "Panel 1"


def test_a_session_has_all_of_it_on_its_page(client, conference):
    panel = SessionFactory(conference=conference, at="09:30", languages=["en", "el"], question="What is missing?")
    PresentationFactory(session=panel, title="Housing first", minutes=5)
    after = SessionFactory(conference=conference, at="11:00", title="The next one")
    release(conference)

    page = html(client, "session", conference, panel.code)

    assert "What is missing?" in page
    assert "Speaker to be confirmed" in page
    assert "The rest, 55 minutes, is debate." in page
    assert "English, Greek" in page
    assert f'href="{address("session", conference, after.code)}" rel="next"' in page
    assert 'rel="prev"' not in page


def test_a_dropped_session_says_so(client, conference):
    gone = SessionFactory(conference=conference, title="A dropped panel")
    release(conference)
    programme = working_programme(conference)
    release(conference, dataclasses.replace(programme, sessions=(), dropped=programme.sessions))

    response = client.get(address("session", conference, gone.code))

    assert response.status_code == 410
    assert "This session is no longer part of the programme." in response.content.decode()


@pytest.mark.parametrize("name", ["session", "speaker", "session_calendar"])
def test_unknown_codes_are_not_found(client, conference, name):
    SessionFactory(conference=conference)
    release(conference)

    assert client.get(address(name, conference, "NOSUCH")).status_code == 404


def test_a_speaker_has_function_biography_and_sessions(client, conference):
    panel = SessionFactory(conference=conference, title="Panel 1")
    guest = SpeakerFactory(
        conference=conference,
        function="Mayor",
        organisation="Ħaż-Żebbuġ",
        biography="First.\n\nSecond.",
        status=SpeakerStatus.ACCEPTED,
    )
    AppearanceFactory(session=panel, speaker=guest, role=Role.MODERATOR)
    release(conference)

    page = html(client, "speaker", conference, guest.code)

    assert "Ħaż-Żebbuġ" in page
    assert "<p>First.</p>" in page
    assert "<p>Second.</p>" in page
    assert "<p>Moderator</p>" in page
    assert "Panel 1" in page


def test_only_those_who_accepted_are_speakers(client, conference):
    panel = SessionFactory(conference=conference)
    AppearanceFactory(session=panel, speaker=SpeakerFactory(conference=conference, family_name="Undecided"))
    release(conference)

    page = html(client, "speakers", conference)

    assert "Undecided" not in page
    assert "Who speaks will be announced here." in page


# Time -------------------------------------------------------------------------------------------


def tagged(page: str) -> list[str]:
    """Codes of the rows that are marked as running now."""
    return re.findall(r'<li id="session-([0-9A-Z]{6})" class="[^"]*\bnow\b[^"]*"', page)


@pytest.mark.parametrize("name", ["programme", "timeline"])
def test_now_moves_with_the_clock(client, conference, time_machine, name):
    first = SessionFactory(conference=conference, at="09:30", minutes=60)
    second = SessionFactory(conference=conference, at="10:30", minutes=30, kind=SessionKind.COFFEE_BREAK)
    release(conference)
    found = []

    for clock in ("09:29", "09:30", "10:29", "10:30", "11:00"):
        moment = datetime.datetime.combine(conference.held_on, datetime.time.fromisoformat(clock), conference.zone)
        time_machine.move_to(moment, tick=False)
        found.append(tagged(html(client, name, conference)))

    assert found == [[], [first.code], [first.code], [second.code], []]


def test_next_is_shown_on_the_day_alone(client, conference, time_machine):
    SessionFactory(conference=conference, at="09:30")
    release(conference)
    shown = []

    for day, clock in ((9, "23:59"), (10, "00:00"), (10, "10:31")):
        moment = datetime.datetime.combine(
            datetime.date(2026, 3, day), datetime.time.fromisoformat(clock), conference.zone
        )
        time_machine.move_to(moment, tick=False)
        shown.append("<h2>Next</h2>" in html(client, "programme", conference))

    assert shown == [False, True, False]


def test_the_clock_alone_gives_the_page_another_tag(client, conference, time_machine):
    session = SessionFactory(conference=conference)
    release(conference)
    time_machine.move_to(session.starts_at - datetime.timedelta(minutes=1), tick=False)
    before = client.get(address("programme", conference))["ETag"]

    time_machine.move_to(session.starts_at, tick=False)

    response = client.get(address("programme", conference), headers={"If-None-Match": before})
    assert response.status_code == 200


def test_a_session_past_midnight_names_the_day_of_its_end(client, conference):
    SessionFactory(conference=conference, at="23:30", minutes=60)
    release(conference)

    page = html(client, "programme", conference)

    assert "23.30" in page
    assert "0.30" in page
    assert "(Wednesday)" in page
    assert page.count('class="day-heading"') == 1


def test_a_session_until_midnight_ends_on_its_day(client, conference):
    SessionFactory(conference=conference, at="23:00", minutes=60)
    release(conference)

    assert "next-day" not in html(client, "programme", conference)


def test_in_the_night_of_the_change_both_clocks_are_named(client):
    conference = ConferenceFactory(held_on=datetime.date(2026, 3, 28))
    # Half past midnight until half past three: two hours of sixty minutes.
    SessionFactory(
        conference=conference,
        starts_at=datetime.datetime(2026, 3, 28, 23, 30, tzinfo=datetime.UTC),
        minutes=120,
    )
    release(conference)

    text = " ".join(re.sub(r"<[^>]+>", "", html(client, "programme", conference)).split())

    assert "0.30 CET–3.30 CEST" in text
    assert "Brussels time (CET, UTC+1; from 29 March on CEST, UTC+2)" in text


def test_times_are_those_of_the_venue(client):
    conference = ConferenceFactory(time_zone="Asia/Kathmandu", held_on=datetime.date(2026, 3, 10))
    SessionFactory(conference=conference, at="09:30")
    release(conference)

    text = " ".join(re.sub(r"<[^>]+>", "", html(client, "programme", conference)).split())

    assert "9.30–10.30" in text
    assert "Kathmandu time (UTC+5.45)" in text


# Asked again ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["programme", "timeline", "speakers", *EXPORTS])
def test_who_has_it_already_gets_304(client, conference, name):
    SessionFactory(conference=conference)
    release(conference)
    first = client.get(address(name, conference))

    again = client.get(address(name, conference), headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert (again["ETag"], again["Cache-Control"], again["Vary"]) == (
        first["ETag"],
        first["Cache-Control"],
        first["Vary"],
    )


@pytest.mark.parametrize("name", EXPORTS)
def test_exports_are_as_old_as_their_release(client, conference, name):
    SessionFactory(conference=conference)
    release(conference)
    first = client.get(address(name, conference))

    again = client.get(address(name, conference), headers={"If-Modified-Since": first["Last-Modified"]})
    release(conference, published_at=datetime.datetime(2026, 3, 2, tzinfo=datetime.UTC))
    newer = client.get(address(name, conference), headers={"If-Modified-Since": first["Last-Modified"]})

    assert first["Last-Modified"] == "Sun, 01 Mar 2026 12:00:00 GMT"
    assert (again.status_code, newer.status_code) == (304, 200)


def test_compressed_for_who_takes_that(client, conference):
    SessionFactory(conference=conference)
    release(conference)

    plain = client.get(address("programme", conference))
    small = client.get(address("programme", conference), headers={"Accept-Encoding": "br, gzip"})

    assert small["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.content) == plain.content
    assert int(small["Content-Length"]) == len(small.content)
    assert set(plain["Vary"].split(", ")) == {"Accept-Encoding", "Cookie"}


def test_head_tells_the_length_and_sends_nothing(client, conference):
    SessionFactory(conference=conference)
    release(conference)

    whole, head = client.get(address("programme", conference)), client.head(address("programme", conference))

    assert (head.status_code, head.content) == (200, b"")
    assert head["Content-Length"] == str(len(whole.content))


def test_nothing_is_changed_by_a_post(client, conference):
    assert client.post(address("programme", conference)).status_code == 405


@pytest.mark.parametrize("name", ["programme", "timeline", "speakers", *EXPORTS])
def test_one_query_answers_whatever_the_number_of_sessions(client, django_assert_num_queries, name):
    found = []
    for sessions in (1, 300):
        conference = ConferenceFactory()
        release(conference, large_programme(sessions=sessions, days=1 if sessions == 1 else 5))
        client.get(address(name, conference))
        with django_assert_num_queries(1):
            found.append(client.get(address(name, conference)).status_code)

    assert found == [200, 200]


def test_the_first_reading_takes_as_many_queries_with_300_sessions(client):
    counts = []
    for sessions in (1, 300):
        conference = ConferenceFactory()
        release(conference, large_programme(sessions=sessions, days=1 if sessions == 1 else 5))
        with CaptureQueriesContext(connection) as queries:
            client.get(address("programme", conference))
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_security_headers_are_those_of_every_page(client, conference):
    SessionFactory(conference=conference)
    release(conference)
    names = ["Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy"]
    usual, early = client.get("/accounts/login/"), client.get(address("programme", conference))

    assert [early[name] for name in names] == [usual[name] for name in names]


def test_another_host_is_refused(client, conference):
    release(conference)

    assert client.get(address("programme", conference), headers={"Host": "evil.example"}).status_code == 400


def test_strangers_get_no_cookie(client, conference):
    SessionFactory(conference=conference)
    release(conference)

    client.get(address("programme", conference))

    assert dict(client.cookies) == {}


# Signed in --------------------------------------------------------------------------------------


def test_who_is_signed_in_gets_stars_and_a_page_of_their_own(client, conference):
    SessionFactory(conference=conference), SessionFactory(conference=conference, kind=SessionKind.LUNCH, at="12:00")
    release(conference)
    stranger = html(client, "programme", conference)
    client.force_login(UserFactory())

    response = client.get(address("programme", conference))
    page = response.content.decode()

    assert (stranger.count('name="wanted"'), page.count('name="wanted"')) == (0, 1)
    assert "<!--star" not in stranger + page
    assert "Sign out" in page
    assert response["Cache-Control"] == "private, no-cache"
    assert "ETag" not in response


def test_what_one_reader_starred_is_not_shown_to_the_next(client, conference):
    session = SessionFactory(conference=conference)
    release(conference)
    client.force_login(UserFactory())
    client.post(address("star", conference), {"session": str(session.guid), "wanted": "1"})
    own = html(client, "programme", conference)
    client.logout()

    other = html(client, "programme", conference)

    assert 'aria-pressed="true"' in own
    assert 'aria-pressed="true"' not in other
    assert "csrfmiddlewaretoken" not in other


# Files ------------------------------------------------------------------------------------------


@pytest.fixture
def slides(conference):
    """Public slides of a presentation, released."""
    speaker = SpeakerFactory(conference=conference, status=SpeakerStatus.ACCEPTED)
    talk = PresentationFactory(session=SessionFactory(conference=conference), speaker=speaker)
    return Document.objects.create(
        speaker=speaker,
        presentation=talk,
        kind=Document.Kind.SLIDES,
        file=ContentFile(b"%PDF-1.7", name="slides"),
        name="Παρουσίαση.pdf",
        content_type="application/pdf",
        size=8,
        is_public=True,
    )


def test_public_slides_are_a_file_to_save(client, conference, slides):
    release(conference)

    response = client.get(address("public_document", conference, slides.key))

    assert response.getvalue() == b"%PDF-1.7"
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%CE%A0")
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("application/pdf", "nosniff")


def test_slides_made_private_again_are_gone_at_once(client, conference, slides):
    release(conference)
    Document.objects.update(is_public=False)

    assert client.get(address("public_document", conference, slides.key)).status_code == 404


def test_slides_that_no_release_offers_are_not_found(client, conference, slides):
    Document.objects.update(is_public=False)
    release(conference)
    Document.objects.update(is_public=True)

    assert client.get(address("public_document", conference, slides.key)).status_code == 404


def test_slides_of_another_conference_are_not_found(client, conference, slides):
    release(conference)
    other = ConferenceFactory()
    SessionFactory(conference=other)
    release(other)

    assert client.get(address("public_document", other, slides.key)).status_code == 404


def test_a_session_offers_its_public_slides(client, conference, slides):
    release(conference)
    session = slides.presentation.session

    page = html(client, "session", conference, session.code)

    assert address("public_document", conference, slides.key) in page
    assert "Παρουσίαση.pdf" in page


def test_photographs_are_those_of_the_newest_release(client, conference, slides):
    photo = Document.objects.create(
        speaker=slides.speaker,
        kind=Document.Kind.PHOTO,
        file=ContentFile(b"\xff\xd8\xff", name="photo"),
        name="me.jpg",
        content_type="text/html",
        size=3,
    )
    before = client.get(address("photo", conference, photo.key)).status_code
    release(conference)

    response = client.get(address("photo", conference, photo.key))

    assert before == 404
    assert response.getvalue() == b"\xff\xd8\xff"
    assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
    assert response["Cache-Control"] == "public, max-age=86400"
    assert client.get(address("photo", conference, slides.key)).status_code == 404


def test_one_session_can_be_put_into_a_calendar(client, conference):
    wanted = SessionFactory(conference=conference, title="Wanted")
    SessionFactory(conference=conference, title="Unwanted", at="12:00")
    release(conference)

    text = client.get(address("session_calendar", conference, wanted.code)).content.decode()

    assert (text.count("BEGIN:VEVENT"), "SUMMARY:Wanted" in text) == (1, True)


@pytest.mark.parametrize(
    ("name", "here"),
    [
        ("programme", {"Programme": "page"}),
        ("timeline", {"Programme": "true"}),
        ("speakers", {"Speakers": "page"}),
    ],
)
def test_the_navigation_says_in_which_part_of_the_site_a_page_is(client, conference, name, here):
    SessionFactory(conference=conference)
    release(conference)

    html = client.get(address(name, conference)).content.decode()

    nav = html[html.index('class="nav"') : html.index("</nav>")]
    assert {title: current for current, title in re.findall(r'aria-current="(\w+)">([^<]+)<', nav)} == here
