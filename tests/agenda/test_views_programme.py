"""The public programme: pages from the newest release, for strangers and for those who are signed in."""

import dataclasses
import datetime
import json
import re

import pytest

from agenda import published
from agenda.kinds import Role, SessionKind
from agenda.models import Release
from agenda.queries import working_programme
from agenda.states import SpeakerStatus
from tests.agenda.public_pages import EXPORTS, address, html, release
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


@pytest.fixture(autouse=True)
def _empty_memory():
    published.forget()


@pytest.fixture
def conference():
    return ConferenceFactory(held_on=datetime.date(2026, 3, 10))


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


# Where one is ----------------------------------------------------------------------------------


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
