"""The organisers' page at the door."""

import datetime
import io
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import User
from conference import pdf
from conference.models import Conference
from registrations.models import Participant
from registrations.services import arrivals, replies
from registrations.services.replies import Substitute
from tests.factories import (
    ConferenceFactory,
    DelegationFactory,
    InvitationFactory,
    MemberStateDelegationFactory,
    UserFactory,
    person,
    tomorrow,
)

pytestmark = pytest.mark.django_db

needs_pango = pytest.mark.skipif(not pdf.is_available(), reason="PDFs need the library Pango (libpango-1.0-0)")
HTMX = {"HTTP_HX_REQUEST": "true"}


def url(name: str, conference: Conference) -> str:
    return reverse(f"admin:registrations_participant_{name}", args=[conference.pk])


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


@pytest.fixture
def conference(db: None) -> Conference:
    return ConferenceFactory(held_on=tomorrow())


@pytest.fixture
def people(conference: Conference) -> list[Participant]:
    """Two of a city, and one of a Member State."""
    city = InvitationFactory(delegation__conference=conference, delegation__name="Brno")
    state = InvitationFactory(delegation=MemberStateDelegationFactory(conference=conference, code="FR"))
    return [
        *replies.accept(city, [person(1), person(2)], by=None),
        *replies.accept(state, [person(3)], by=None),
    ]


@pytest.fixture
def looker(client: Client, settings: Any) -> Client:
    """Signed in as an organiser who may see participants and change none."""
    settings.STAFF_SECOND_FACTOR_REQUIRED = False
    user: User = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_participant"))
    client.force_login(user)
    return client


def test_the_page_lists_the_expected_and_counts_those_who_are_here(organiser_client, conference, people) -> None:
    arrivals.check_in(people[0], by=None)

    page = organiser_client.get(url("arrivals", conference))

    assert [shown.line.name for shown in page.context["lines"]] == [one.full_name for one in people]
    text = " ".join(page.content.decode().split())
    assert "<strong>1</strong> of 3 here" in text
    assert [(one.label, one.here, one.expected) for one in page.context["sums"]] == [
        ("Cities", 1, 2),
        ("Member States", 0, 1),
    ]
    at = timezone.localtime(people[0].__class__.objects.get(pk=people[0].pk).checked_in_at, conference.zone)
    assert f"Checked in {at.hour}.{at:%M}" in text


def test_a_get_form_finds_without_a_script_and_htmx_gets_the_list_alone(organiser_client, conference, people) -> None:
    whole = organiser_client.get(url("arrivals", conference), {"q": "family2"})
    part = organiser_client.get(url("arrivals", conference), {"q": "family2"}, **HTMX)

    for response in (whole, part):
        assert [shown.line.name for shown in response.context["lines"]] == ["Given2 Family2"]
    assert "<h1>" in whole.content.decode()
    assert part.content.decode().strip().startswith('<div id="people">')


def test_checking_in_and_undoing_without_a_script(organiser_client, conference, people, organiser) -> None:
    there = url("record_arrival", conference) + "?q=family&category=city"

    response = organiser_client.post(there, {"here": people[0].pk})

    people[0].refresh_from_db()
    assert people[0].checked_in_at
    assert said(response) == ["Given1 Family1 is checked in."]
    assert response.url == url("arrivals", conference) + "?q=family&category=city"

    response = organiser_client.post(there, {"undo": people[0].pk})

    people[0].refresh_from_db()
    assert people[0].checked_in_at is None
    assert said(response)[-1] == "The check-in of Given1 Family1 is undone."


def test_to_htmx_the_line_comes_back_with_the_new_sums(organiser_client, conference, people) -> None:
    part = organiser_client.post(url("record_arrival", conference), {"here": people[0].pk}, **HTMX)

    text = " ".join(part.content.decode().split())
    assert text.count("<li ") == 1
    assert f'id="person-{people[0].pk}-state" tabindex="-1"' in text
    assert 'hx-swap-oob="true"' in text
    assert "<strong>1</strong> of 3 here" in text


def test_the_sums_follow_for_another_door(organiser_client, conference, people) -> None:
    arrivals.check_in(people[2], by=None)

    part = " ".join(organiser_client.get(url("arrivals_sums", conference)).content.decode().split())

    assert "<strong>1</strong> of 3 here" in part
    assert "hx-swap-oob" not in part
    assert 'hx-trigger="every 20s"' in part


def test_who_was_withdrawn_a_moment_ago_is_refused_with_the_reason(organiser_client, conference, people) -> None:
    replies.withdraw(people[0], by=None)
    there = url("record_arrival", conference)

    response = organiser_client.post(there, {"here": people[0].pk})
    part = organiser_client.post(there, {"here": people[0].pk}, **HTMX)

    assert said(response)[0].startswith("Given1 Family1: Withdrawn on ")
    text = part.content.decode()
    assert 'role="alert"' in text
    assert "Not expected" in text
    assert 'name="here"' not in text


def test_who_has_no_seat_is_marked_and_the_way_to_one_is_named(organiser_client, conference, people, organiser) -> None:
    first, second, state = people
    waiting = replies.add_person(first.invitation, person(4), by=None)
    replaced = replies.replace(second, person(5), by=organiser)
    replies.withdraw(state, by=None)
    declined = InvitationFactory(delegation=DelegationFactory(conference=conference))
    replies.decline(declined, by=None, substitute=Substitute("Family Six", "Deputy", "six@city.example"))
    Conference.objects.filter(pk=conference.pk).update(target=2, hard_limit=2)
    (no_place,) = replies.accept(
        InvitationFactory(delegation=DelegationFactory(conference=conference)), [person(7)], by=None
    )

    lines = organiser_client.get(url("arrivals", conference), {"q": "family"}).context["lines"]

    ways = {shown.line.name: shown.way_url for shown in lines if shown.reason}
    assert ways == {
        second.full_name: url("arrivals", conference) + "?q=Given5+Family5",
        waiting.full_name: reverse("admin:registrations_delegation_change", args=[waiting.delegation_id]),
        state.full_name: reverse("admin:registrations_invitation_change", args=[state.invitation_id]),
        no_place.full_name: reverse("admin:conference_conference_change", args=[conference.pk]),
        "Family Six": reverse("admin:registrations_invitation_change", args=[declined.pk]),
    }
    assert [shown.line.name for shown in lines if not shown.reason] == [first.full_name, replaced.full_name]
    for address in ways.values():
        assert organiser_client.get(address).status_code == 200


def test_before_it_opens_the_page_says_when_and_offers_nothing_to_tap(organiser_client, conference, people) -> None:
    with time_machine.travel(timezone.now() - datetime.timedelta(days=3), tick=False):
        page = organiser_client.get(url("arrivals", conference)).content.decode()
        part = organiser_client.post(url("record_arrival", conference), {"here": people[0].pk}, **HTMX)

    assert "Check-in opens on " in page
    assert 'name="here"' not in page
    assert "Check-in opens on " in part.content.decode()


def test_after_the_day_the_page_tells_who_did_not_come_by_number(
    organiser_client, organiser, conference, people
) -> None:
    arrivals.check_in(people[0], by=None)

    with time_machine.travel(timezone.now() + datetime.timedelta(days=2), tick=False):
        organiser_client.force_login(organiser)
        page = " ".join(organiser_client.get(url("arrivals", conference)).content.decode().split())

    assert "<strong>1</strong> of 3 came" in page
    assert "2 did not" in page
    assert 'hx-trigger="every' not in page


def test_a_long_list_comes_in_pages(organiser_client, conference, monkeypatch, people) -> None:
    monkeypatch.setattr("registrations.admin.arrivals.PER_PAGE", 2)

    first = organiser_client.get(url("arrivals", conference), {"missing": "1"})
    last = organiser_client.get(url("arrivals", conference), {"missing": "1", "p": "2"})

    assert "?missing=1&amp;p=2" in first.content.decode()
    assert [shown.line.name for shown in last.context["lines"]] == ["Given3 Family3"]


def test_looking_costs_the_same_for_many(organiser_client, conference) -> None:
    counts = []
    # Only the first look within an hour leaves a line in the history.
    organiser_client.get(url("arrivals", conference))
    for number in range(4):
        invitation = InvitationFactory(delegation=DelegationFactory(conference=conference))
        replies.accept(invitation, [person(1), person(2)], by=None)
        replies.add_person(invitation, person(3), by=None)
        if number in {0, 3}:
            with CaptureQueriesContext(connection) as queries:
                organiser_client.get(url("arrivals", conference), {"q": "family"})
            counts.append(len(queries))

    assert counts[0] == counts[1]


def test_who_may_not_change_participants_looks_alone(looker, conference, people) -> None:
    page = looker.get(url("arrivals", conference))

    assert page.status_code == 200
    assert 'name="here"' not in page.content.decode()
    assert looker.post(url("record_arrival", conference), {"here": people[0].pk}).status_code == 403


@pytest.mark.parametrize("name", ["arrivals", "arrivals_sums", "attendance_list"])
def test_the_pages_are_for_those_who_may_see_participants(client, settings, conference, name: str) -> None:
    settings.STAFF_SECOND_FACTOR_REQUIRED = False
    client.force_login(UserFactory(is_staff=True))

    assert client.get(url(name, conference)).status_code == 403


@pytest.mark.parametrize("number", ["", "nonsense", "0", "9" * 30, "-1", "²"])
def test_a_number_of_nobody_is_not_found(organiser_client, conference, people, number: str) -> None:
    assert organiser_client.post(url("record_arrival", conference), {"here": number}).status_code == 404


def test_people_of_another_conference_are_not_checked_in_here(organiser_client, conference, people) -> None:
    other = ConferenceFactory(held_on=tomorrow())

    assert organiser_client.post(url("record_arrival", other), {"here": people[0].pk}).status_code == 404
    assert not Participant.objects.checked_in().exists()


def test_a_get_records_nothing(organiser_client, conference, people) -> None:
    assert organiser_client.get(url("record_arrival", conference), {"here": people[0].pk}).status_code == 405


def test_the_start_page_leads_there_from_the_day_before_on(organiser_client, organiser, conference) -> None:
    def address(days: int) -> str:
        with time_machine.travel(timezone.now() + datetime.timedelta(days=days), tick=False):
            organiser_client.force_login(organiser)
            return organiser_client.get("/admin/", {"conference": conference.slug}).context["arrivals_url"]

    there = url("arrivals", conference)
    assert [address(days) for days in (-1, 0, 1, 6)] == ["", there, there, there]


def test_the_pages_of_conference_and_participant_lead_there_always(organiser_client, conference, people) -> None:
    conference.held_on += datetime.timedelta(days=60)
    conference.save()

    for subject in (conference, people[0]):
        name = f"admin:{subject._meta.app_label}_{subject._meta.model_name}_change"
        buttons = organiser_client.get(reverse(name, args=[subject.pk])).context["buttons"]
        assert url("arrivals", conference) in [button.url.partition("?")[0] for button in buttons]


def test_balance_shows_who_attended(organiser_client, conference, people) -> None:
    standing = reverse("admin:registrations_balancesettings_standing", args=[conference.pk])
    assert "Attended" not in organiser_client.get(standing).content.decode()

    arrivals.check_in(people[0], by=None)

    page = organiser_client.get(standing, {"view": "attended"})
    assert "Attended" in page.content.decode()
    assert page.context["effect"].seats == 1.0


@needs_pango
class TestListToSign:
    def text(self, client: Client, conference: Conference) -> list[str]:
        response = client.get(url("attendance_list", conference))
        assert response["Content-Type"] == "application/pdf"
        assert "no-store" in response["Cache-Control"]
        return [page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages]

    def test_names_the_expected_by_category(self, organiser_client, conference, people) -> None:
        replies.add_person(people[0].invitation, person(4, family_name="Waits"), by=None)
        (greek,) = replies.accept(
            InvitationFactory(delegation=DelegationFactory(conference=conference, name="Λευκωσία")),
            [person(5, given_name="Αικατερίνη", family_name="Παπαδοπούλου")],
            by=None,
        )

        (text,) = self.text(organiser_client, conference)

        places = [text.index(words) for words in ("Cities", "Family1", greek.family_name, "Member States", "Family3")]
        assert places == sorted(places)
        assert "Waits" not in text
        for words in ("Signature", "Mayor", "Brno", "Λευκωσία", "1 / 1"):
            assert words in text

    def test_has_as_many_pages_as_it_needs_each_with_its_number_and_headings(
        self, organiser_client, conference
    ) -> None:
        delegation = DelegationFactory(conference=conference, seats=60)
        replies.accept(InvitationFactory(delegation=delegation), [person(number) for number in range(60)], by=None)

        pages = self.text(organiser_client, conference)

        assert len(pages) > 1
        for number, text in enumerate(pages, start=1):
            assert f"{number} / {len(pages)}" in text
            assert "Signature" in text

    def test_of_nobody(self, organiser_client, conference) -> None:
        assert "Nobody is confirmed yet." in self.text(organiser_client, conference)[0]


def test_without_pango_the_page_says_what_to_install(organiser_client, conference, without_pango) -> None:
    response = organiser_client.get(url("attendance_list", conference))

    assert response.status_code == 503
    assert "apt-get install" in response.content.decode()
