"""The big screen of a room."""

import datetime
import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from agenda import screens
from agenda.kinds import SessionKind
from agenda.models import Release
from agenda.programme import Programme, PublicRoom
from conference.models import Conference
from tests.agenda.full_day import full_day
from tests.agenda.large_programme import large_programme
from tests.factories import ConferenceFactory

PROGRAMME = full_day()
PLENARY, ATRIUM = "Plenary room", "Atrium"
BY_TITLE = {session.title.partition(":")[0]: session for session in PROGRAMME.sessions}
PANEL, LUNCH, MARKET_PLACE = BY_TITLE["Panel 1"], BY_TITLE["Lunch"], BY_TITLE["Market place"]
MINUTE = datetime.timedelta(minutes=1)


class TestRooms:
    def of(self, *names: str) -> dict[str, str]:
        return dict(screens.rooms_of(replace(PROGRAMME, rooms=tuple(PublicRoom(name) for name in names))))

    def test_have_addresses_that_are_read(self):
        assert self.of("Plenary room", "Λευκωσία", "Ħaż-Żebbuġ") == {
            "plenary-room": "Plenary room",
            "λευκωσία": "Λευκωσία",
            "ħaż-żebbuġ": "Ħaż-Żebbuġ",
        }

    def test_never_share_one(self):
        assert self.of("Room A", "room a", "!?") == {"room-a": "Room A", "room-a-2": "room a", "3": "!?"}


class TestScenes:
    def test_of_a_panel_are_its_presentations_and_the_debate(self):
        (scene,) = screens.scenes_of(replace(PROGRAMME, sessions=(PANEL,)), PLENARY)

        assert [(step.key, step.title, step.minutes) for step in scene.steps] == [
            *((str(talk.guid), talk.title, talk.minutes) for talk in PANEL.presentations),
            (f"{PANEL.guid}/debate", "Debate", PANEL.debate_minutes),
        ]
        speaker = PROGRAMME.person[PANEL.presentations[0].speaker]
        assert scene.steps[0].who == (screens.Name(speaker.name, PANEL.presentations[0].delegation),)

    def test_of_presentations_that_fill_the_panel_have_no_debate(self):
        full = replace(PANEL, minutes=PANEL.presented_minutes)

        (scene,) = screens.scenes_of(replace(PROGRAMME, sessions=(full,)), PLENARY)

        assert [step.title for step in scene.steps] == [talk.title for talk in PANEL.presentations]

    def test_without_a_speaker_name_who_presents(self):
        talks = (
            replace(PANEL.presentations[0], speaker="", delegation="Brno"),
            replace(PANEL.presentations[1], speaker="", delegation=""),
        )
        programme = replace(PROGRAMME, sessions=(replace(PANEL, presentations=talks),))

        (scene,) = screens.scenes_of(programme, PLENARY)

        assert [step.who for step in scene.steps[:2]] == [(screens.Name("Brno"),), ()]

    def test_without_presentations_are_one_step(self):
        spoken = replace(PANEL, presentations=())

        (scene,) = screens.scenes_of(replace(PROGRAMME, sessions=(spoken,)), PLENARY)

        assert [(step.key, step.title, step.minutes) for step in scene.steps] == [
            (str(PANEL.guid), PANEL.title, PANEL.minutes)
        ]

    def test_breaks_elsewhere_are_shown_with_their_room_and_no_countdown(self):
        scenes = screens.scenes_of(PROGRAMME, PLENARY)

        assert [(scene.title, scene.steps) for scene in scenes if scene.title.startswith("Lunch")] == [
            ("Lunch, Atrium", ())
        ]

    def test_a_break_elsewhere_beside_a_session_is_not_shown(self):
        beside = replace(LUNCH, starts_at=PANEL.starts_at + 30 * MINUTE, guid=uuid4())

        scenes = screens.scenes_of(replace(PROGRAMME, sessions=(PANEL, beside)), PLENARY)

        assert [scene.title for scene in scenes] == [PANEL.title]

    def test_of_several_at_once_the_last_that_began_is_shown(self):
        scenes = screens.scenes_of(PROGRAMME, ATRIUM)

        def title_at(instant: datetime.datetime) -> str | None:
            scene = screens.at(scenes, instant)
            return scene.title if scene else None

        assert [
            title_at(LUNCH.starts_at),
            title_at(MARKET_PLACE.starts_at),
            title_at(MARKET_PLACE.ends_at),
            title_at(LUNCH.ends_at),
        ] == ["Lunch", "Market place", "Lunch", None]


@pytest.fixture
def conference(db):
    return ConferenceFactory(slug="cities", held_on=PROGRAMME.held_on)


def publish(conference: Conference, programme: Programme = PROGRAMME, number: int = 1) -> Release:
    return Release.objects.create(conference=conference, number=number, content=programme.to_data(), working_copy={})


@pytest.fixture
def release(conference):
    return publish(conference)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


SCREENS = reverse("agenda:screens", args=["cities"])
SCREEN = reverse("agenda:screen", args=["cities", "plenary-room"])
DATA = reverse("agenda:screen_data", args=["cities", "plenary-room"])


class TestAccess:
    @pytest.mark.parametrize("page", [SCREENS, SCREEN, DATA])
    def test_is_public_once_there_is_a_release(self, client, conference, page):
        before = client.get(page).status_code
        publish(conference)

        assert (before, client.get(page).status_code) == (404, 200)

    @pytest.mark.parametrize("page", [SCREENS, SCREEN, DATA])
    def test_not_of_a_hidden_conference(self, client, release, page):
        Conference.objects.update(is_published=False)

        assert client.get(page).status_code == 404

    @pytest.mark.parametrize("page", ["screen", "screen_data"])
    def test_an_unknown_room(self, client, release, page):
        assert client.get(reverse(f"agenda:{page}", args=["cities", "cellar"])).status_code == 404


class TestList:
    def test_leads_to_each_room(self, client, release):
        text = text_of(client.get(SCREENS))

        assert f'<a href="{SCREEN}">Plenary room</a>' in text
        assert f'<a href="{reverse("agenda:screen", args=["cities", "atrium"])}">Atrium</a>' in text

    def test_says_where_there_is_no_room(self, client, conference):
        publish(conference, replace(PROGRAMME, rooms=(), sessions=()))

        assert "No session of the published programme has a room yet." in text_of(client.get(SCREENS))


class TestPage:
    """As it is read without JavaScript."""

    def at(self, client: Any, instant: datetime.datetime) -> str:
        with time_machine.travel(instant, tick=False):
            return text_of(client.get(SCREEN))

    def test_during_a_panel(self, client, release):
        text = self.at(client, PANEL.starts_at + MINUTE)

        first, second = PANEL.presentations[:2]
        assert '<span class="tag now" data-tag> Now </span>' in text
        assert f'data-length="long">{first.title}</h1>' in text
        assert f"<strong>{PROGRAMME.person[first.speaker].name}</strong>" in text
        assert f"<span data-next>{second.title}</span>" in text
        assert "need JavaScript" in text

    def test_before_the_day_begins(self, client, release):
        first = next(scene for scene in screens.scenes_of(PROGRAMME, PLENARY))

        text = self.at(client, first.starts_at - 30 * MINUTE)

        assert '<span class="tag" data-tag> Begins at 8.00 </span>' in text
        assert "Registration and welcome coffee, Atrium</h1>" in text

    def test_in_a_break(self, client, release):
        text = self.at(client, LUNCH.starts_at)

        assert "Lunch, Atrium</h1>" in text
        assert "<span data-next>Market place, Atrium</span>" in text

    def test_when_all_is_over(self, client, release):
        text = self.at(client, PROGRAMME.sessions[-1].ends_at)

        assert "The programme in this room is over. Thank you.</h1>" in text
        assert '<p class="next" data-next-box hidden>' in text

    def test_titles_are_escaped(self, client, conference):
        panel = replace(PANEL, title='"><script>alert()</script>', presentations=())
        publish(conference, replace(PROGRAMME, sessions=(panel,)))

        assert "<script>alert" not in self.at(client, panel.starts_at)


class TestData:
    def test_is_what_the_page_came_with(self, client, release):
        of_page = json.loads(client.get(SCREEN).context["content"])

        data = client.get(DATA).json()

        assert data == of_page
        assert data["release"] == 1
        panel = next(scene for scene in data["scenes"] if scene["key"] == str(PANEL.guid))
        assert panel["starts_at"] == int(PANEL.starts_at.timestamp() * 1000)

    def test_is_not_sent_again_before_a_new_release(self, client, conference, release, django_assert_num_queries):
        etag = client.get(DATA)["ETag"]
        with django_assert_num_queries(1):
            same = client.get(DATA, headers={"If-None-Match": etag})
        publish(conference, replace(PROGRAMME, sessions=(PANEL,)), number=2)

        newer = client.get(DATA, headers={"If-None-Match": etag})

        assert (same.status_code, same["ETag"], same["Cache-Control"]) == (304, etag, "no-cache")
        assert [scene["title"] for scene in newer.json()["scenes"]] == [PANEL.title]

    def test_needs_as_many_queries_for_300_sessions_as_for_one(self, client, conference, django_assert_num_queries):
        publish(conference, replace(PROGRAMME, sessions=(PANEL,)))
        with django_assert_num_queries(2):
            client.get(DATA)
        large = large_programme(sessions=300, days=5)
        publish(conference, large, number=2)
        room = next(iter(screens.rooms_of(large)))

        with django_assert_num_queries(2):
            data = client.get(reverse("agenda:screen_data", args=["cities", room])).json()

        assert len(data["scenes"]) > 1


def test_a_break_has_no_countdown_in_its_own_room_either():
    kinds = {session.title: session.kind for session in PROGRAMME.sessions}

    scenes = screens.scenes_of(PROGRAMME, ATRIUM)

    assert {kinds[scene.title] for scene in scenes if not scene.steps} == {
        SessionKind.REGISTRATION,
        SessionKind.COFFEE_BREAK,
        SessionKind.LUNCH,
        SessionKind.MARKET_PLACE,
    }
