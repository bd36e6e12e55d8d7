"""One session's page: saved once, and whoever was slower gets back all they typed."""

import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from agenda.models import Document, Presentation, Session
from agenda.services import planning
from conference import history
from conference.models import Conference, Room
from tests.factories import (
    AppearanceFactory,
    ConferenceFactory,
    DelegationFactory,
    PlanFactory,
    PresentationFactory,
    SessionFactory,
    SpeakerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

ADD = "/admin/agenda/session/add/"


def page_of(session: Session) -> str:
    return reverse("admin:agenda_session_change", args=[session.pk])


def what_the_page_posts(client: Client, address: str) -> dict[str, Any]:
    """Every field of the form as the browser would send it unchanged."""
    context = client.get(address).context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    values = {}
    for form in forms:
        for field in form:
            value = field.value()
            values[field.html_name] = "" if value is None else field.field.widget.format_value(value)
            if isinstance(values[field.html_name], list):
                values[field.html_name] = value
    return {name: "" if value is None else value for name, value in values.items() if not name.endswith("-DELETE")}


@pytest.fixture
def conference(db: None) -> Conference:
    return PlanFactory(conference__held_on=datetime.date(2027, 2, 26)).conference


@pytest.fixture
def session(conference: Conference) -> Session:
    session = SessionFactory(conference=conference, title="Panel 1", languages=["en"])
    for position, title in enumerate(["First", "Second"]):
        PresentationFactory(session=session, title=title, position=position)
    return session


def titles(session: Session) -> list[str]:
    return list(session.presentations.order_by("position").values_list("title", flat=True))


class TestAdding:
    def test_the_form_begins_after_the_last_session(self, organiser_client, conference):
        room = Room.objects.create(venue=conference.venue, name="Hall")
        SessionFactory(conference=conference, at="11:00", room=room)

        form = organiser_client.get(ADD, {"conference": conference.pk}).context["adminform"].form

        values = {name: form[name].value() for name in ("day", "time", "minutes", "room", "languages")}
        assert values == {
            "day": datetime.date(2027, 2, 26),
            "time": datetime.time(12, 0),
            "minutes": 60,
            "room": room.pk,
            "languages": "en, fr",
        }

    def test_it_is_saved_at_the_venues_time_and_leads_to_the_board(self, organiser_client):
        conference = ConferenceFactory(time_zone="Europe/Helsinki", held_on=datetime.date(2027, 2, 26))
        posted = what_the_page_posts(organiser_client, f"{ADD}?conference={conference.pk}")

        response = organiser_client.post(
            f"{ADD}?conference={conference.pk}", {**posted, "kind": "panel", "title": "Λευκωσία", "time": "09:30"}
        )

        made = Session.objects.get()
        assert response.url == f"/admin/agenda/plan/{conference.pk}/board/#session-{made.pk}"
        assert made.starts_at == datetime.datetime(2027, 2, 26, 7, 30, tzinfo=datetime.UTC)
        assert (made.number, made.version, history.of(made).get().action) == (1, 1, "created")

    def test_without_a_conference_in_the_address_it_is_the_newest(self, organiser_client, conference):
        assert organiser_client.get(ADD).url == f"{ADD}?conference={conference.pk}"

    def test_rooms_of_other_venues_are_not_offered(self, organiser_client, conference):
        own = Room.objects.create(venue=conference.venue, name="Hall")
        Room.objects.create(venue=ConferenceFactory().venue, name="Elsewhere")

        form = organiser_client.get(ADD, {"conference": conference.pk}).context["adminform"].form

        assert list(form.fields["room"].queryset) == [own]


class TestChanging:
    def test_nothing_changed_is_nothing_saved(self, organiser_client, session):
        organiser_client.post(page_of(session), what_the_page_posts(organiser_client, page_of(session)))

        session.refresh_from_db()
        assert (session.version, session.conference.plan.version) == (1, 1)

    def test_people_and_presentations_are_chosen_by_name(self, organiser_client, session):
        SpeakerFactory(conference=session.conference, given_name="Ħelen", family_name="Żammit", organisation="Malta")
        delegation = DelegationFactory(conference=session.conference, name="Ħaż-Żebbuġ")
        posted = what_the_page_posts(organiser_client, page_of(session))

        organiser_client.post(
            page_of(session),
            {
                **posted,
                "appearances-0-speaker": "ħelen żammit",
                "presentations-0-delegation": "Ħaż-Żebbuġ",
                "presentations-0-speaker": "Ħelen Żammit, Malta",
            },
        )

        first = session.presentations.get(title="First")
        assert session.appearances.get().speaker.full_name == "Ħelen Żammit"
        assert (first.delegation, first.speaker.full_name) == (delegation, "Ħelen Żammit")
        assert history.of(session).first().detail == "people, presentations"

    @pytest.mark.parametrize("elsewhere", [True, False])
    def test_somebody_who_is_not_in_the_conference_is_refused(self, organiser_client, session, elsewhere):
        if elsewhere:
            SpeakerFactory(given_name="Ana", family_name="Bo")
        posted = what_the_page_posts(organiser_client, page_of(session))

        response = organiser_client.post(page_of(session), {**posted, "appearances-0-speaker": "Ana Bo"})

        people = response.context["inline_admin_formsets"][0].formset
        assert "There is no speaker “Ana Bo”" in people.errors[0]["speaker"][0]

    def test_two_of_one_name_are_told_apart(self, organiser_client, session):
        first, second = (
            SpeakerFactory(conference=session.conference, given_name="Ana", family_name="Bo") for _number in range(2)
        )
        posted = what_the_page_posts(organiser_client, page_of(session))

        refused = organiser_client.post(page_of(session), {**posted, "appearances-0-speaker": "Ana Bo"})
        organiser_client.post(page_of(session), {**posted, "appearances-0-speaker": f"Ana Bo ({second.pk})"})

        assert refused.status_code == 200
        assert session.appearances.get().speaker in {first, second}

    def test_the_order_is_that_of_the_numbers(self, organiser_client, session):
        posted = what_the_page_posts(organiser_client, page_of(session))

        organiser_client.post(
            page_of(session),
            {
                **posted,
                "presentations-0-position": "2",
                "presentations-1-position": "1",
                "presentations-2-title": "Third",
            },
        )

        assert titles(session) == ["Second", "First", "Third"]

    def test_a_time_that_comes_twice_stays_as_it_is_stored(self, organiser_client, session):
        second_time = datetime.datetime(2026, 10, 25, 1, 30, tzinfo=datetime.UTC)
        Session.objects.update(starts_at=second_time)

        posted = what_the_page_posts(organiser_client, page_of(session))
        organiser_client.post(page_of(session), {**posted, "title": "Night"})

        session.refresh_from_db()
        assert (session.title, session.starts_at) == ("Night", second_time)

    def test_a_time_that_there_is_not_is_refused_at_its_field(self, organiser_client, session):
        posted = what_the_page_posts(organiser_client, page_of(session))

        response = organiser_client.post(page_of(session), {**posted, "day": "2027-03-28", "time": "02:30"})

        assert list(response.context["adminform"].form.errors) == ["time"]


class TestTwoOrganisers:
    def save_first(self, session: Session, **changes: Any) -> None:
        stored = Session.objects.get(pk=session.pk)
        for name, value in changes.items():
            setattr(stored, name, value)
        planning.save_session(stored, seen=stored.version, changed=list(changes), by=UserFactory(name="Ana Quick"))

    def test_the_second_is_told_what_differs_and_saves_again_knowingly(self, organiser_client, session):
        posted = {**what_the_page_posts(organiser_client, page_of(session)), "title": "Mine", "note": "Typed long"}
        self.save_first(session, title="Theirs", minutes=45)

        told = organiser_client.post(page_of(session), posted)

        form = told.context["adminform"].form
        assert "saved this session at" in form.non_field_errors()[0]
        assert [(label, stored[0], typed[0]) for label, stored, typed in told.context["stored"]] == [
            ("Title", "Theirs", "Mine"),
            ("Minutes", "45", "60"),
            ("Note", "", "Typed long"),
        ]
        assert (form["title"].value(), form["note"].value()) == ("Mine", "Typed long")
        assert Session.objects.get().title == "Theirs"

        organiser_client.post(page_of(session), {**posted, "seen": form["seen"].value()})

        assert (Session.objects.get().title, Session.objects.get().minutes) == ("Mine", 60)

    def test_a_presentation_that_was_taken_out_meanwhile_comes_back_as_typed(self, organiser_client, session):
        posted = {**what_the_page_posts(organiser_client, page_of(session)), "presentations-0-abstract": "Mine"}
        Presentation.objects.filter(title="First").delete()
        self.save_first(session)

        told = organiser_client.post(page_of(session), posted)
        ((label, stored, typed),) = told.context["stored"]
        assert (label, stored, typed) == ("Presentations", ["Second, 5 min"], ["Second, 5 min", "First, 5 min, Mine"])

        again = what_the_form_posts_again(told)
        organiser_client.post(page_of(session), again)

        assert sorted(titles(session)) == ["First", "Second"]
        assert session.presentations.get(title="First").abstract == "Mine"

    def test_a_session_that_was_deleted_meanwhile_can_be_made_anew(self, organiser_client, session):
        posted = {**what_the_page_posts(organiser_client, page_of(session)), "abstract": "Typed long"}
        address = page_of(session)
        planning.delete_session(session, by=None)

        told = organiser_client.post(address, posted)
        assert "deleted this session while you wrote" in told.context["adminform"].form.non_field_errors()[0]
        assert not Session.objects.exists()
        organiser_client.post(address, what_the_form_posts_again(told))

        made = Session.objects.get()
        assert (made.abstract, titles(made)) == ("Typed long", ["First", "Second"])


def what_the_form_posts_again(response: Any) -> dict[str, Any]:
    """What the browser sends when the page that came back is saved as it is."""
    context = response.context
    form = context["adminform"].form
    values = {field.html_name: field.value() for field in form}
    for inline in context["inline_admin_formsets"]:
        for part in (inline.formset.management_form, *inline.formset.forms):
            values |= {field.html_name: field.value() for field in part if not field.html_name.endswith("-DELETE")}
    return {name: "" if value is None else value for name, value in values.items()}


class TestDeleting:
    def test_it_asks_then_goes_and_uploads_stay(self, organiser_client, session):
        talk = session.presentations.first()
        speaker = AppearanceFactory(session=session).speaker
        document = Document.objects.create(
            speaker=speaker, presentation=talk, kind="slides", name="a.pdf", content_type="application/pdf", size=1
        )
        address = reverse("admin:agenda_session_delete", args=[session.pk])

        organiser_client.get(address)
        assert Session.objects.exists()
        response = organiser_client.post(address, {"post": "yes"})

        document.refresh_from_db()
        assert (Session.objects.exists(), document.presentation) == (False, None)
        assert response.url == f"/admin/agenda/plan/{session.conference_id}/board/"


def test_the_number_of_queries_does_not_grow_with_the_presentations(
    organiser_client, session, django_assert_num_queries: Any, django_assert_max_num_queries: Any
):
    speaker = AppearanceFactory(session=session).speaker
    Presentation.objects.update(speaker=speaker)
    with django_assert_max_num_queries(60) as before:
        organiser_client.get(page_of(session))
    for _number in range(3):
        PresentationFactory(session=session, speaker=speaker)
    with django_assert_num_queries(len(before)):
        organiser_client.get(page_of(session))
