"""Organisers' pages of the conference, its texts and its history."""

import datetime
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from conference import history
from conference.models import City, Conference, HistoryEntry, MemberState, Page
from conference.organiser_admin import OfferedFilter
from registrations.services import replies
from tests.factories import ConferenceFactory, InvitationFactory, VenueFactory, person

pytestmark = pytest.mark.django_db


def change_url(subject: Any) -> str:
    return reverse(f"admin:conference_{subject._meta.model_name}_change", args=[subject.pk])


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def typed(conference: Conference, **changes: object) -> dict[str, object]:
    """The change form as the browser sends it."""
    return {
        "title": conference.title,
        "slug": conference.slug,
        "objectives": conference.objectives,
        "held_on": conference.held_on.isoformat(),
        "opens_at": "09:00",
        "closes_at": "17:30",
        "time_zone": conference.time_zone,
        "venue": conference.venue_id,
        "languages": ", ".join(conference.languages),
        "mailbox": conference.mailbox,
        "organiser_name": conference.organiser_name,
        "reimbursement": conference.reimbursement,
        "target": conference.target,
        "overbooking_tolerance": conference.overbooking_tolerance,
        "hard_limit": conference.hard_limit,
        "places_taken": conference.places_taken,
        "is_published": "on",
        **changes,
    }


def test_a_conference_is_added(organiser_client: Client) -> None:
    new = ConferenceFactory.build(venue=VenueFactory(), slug="new")

    response = organiser_client.post(
        "/admin/conference/conference/add/", typed(new, languages="en fr;de", held_on="2027-02-26")
    )

    assert response.status_code == 302
    conference = Conference.objects.get(slug="new")
    assert (conference.languages, conference.held_on) == (["en", "fr", "de"], datetime.date(2027, 2, 26))
    assert history.of(conference).get().action == "created"


def test_changes_go_through_the_service(organiser_client: Client, conference: Conference, organiser: User) -> None:
    organiser_client.post(change_url(conference), typed(conference, title="Another title", languages="en"))

    entry = history.of(conference).get()
    assert (entry.action, entry.detail, entry.by) == ("changed", "title, languages", organiser)


def test_unchanged_lists_count_as_unchanged(organiser_client: Client, conference: Conference) -> None:
    organiser_client.post(change_url(conference), typed(conference, languages="en,  fr"))

    assert history.of(conference).get().detail == ""


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"languages": "en, xx"}, "languages"),
        ({"languages": ""}, "languages"),
        ({"time_zone": "Nowhere"}, "time_zone"),
        ({"slug": "admin"}, "slug"),
        ({"target": 200}, "__all__"),
    ],
)
def test_errors_stand_at_the_field(
    organiser_client: Client, conference: Conference, changes: dict[str, object], field: str
) -> None:
    response = organiser_client.post(change_url(conference), typed(conference, **changes))

    assert list(response.context["adminform"].form.errors) == [field]


def test_a_higher_limit_moves_the_waiting_list_up(organiser_client: Client) -> None:
    conference = ConferenceFactory(target=1, hard_limit=1)
    people = replies.accept(InvitationFactory(delegation__conference=conference), [person(1), person(2)], by=None)

    organiser_client.post(change_url(conference), typed(conference, target=2, hard_limit=2))

    people[1].refresh_from_db()
    assert people[1].status == "confirmed"


def test_a_limit_below_what_is_confirmed_warns(organiser_client: Client, conference: Conference) -> None:
    replies.accept(InvitationFactory(delegation__conference=conference), [person(1), person(2)], by=None)

    response = organiser_client.post(change_url(conference), typed(conference, target=1, hard_limit=1))

    assert "2 people are confirmed, more than the 1 that these limits allow." in said(response)[0]
    assert conference.participants.confirmed().count() == 2


def test_a_conference_cannot_be_deleted(organiser_client: Client, conference: Conference) -> None:
    address = reverse("admin:conference_conference_delete", args=[conference.pk])

    assert organiser_client.post(address, {"post": "yes"}).status_code == 403


# Public texts


def test_saving_a_text_publishes_a_new_version(organiser_client: Client, conference: Conference) -> None:
    first = conference.pages.get(kind=Page.Kind.PRIVACY)

    response = organiser_client.post(change_url(first), {"body": "What we keep, and for how long.", "_continue": "1"})

    newest = conference.pages.get(kind=Page.Kind.PRIVACY, version=2)
    first.refresh_from_db()
    assert (first.body, newest.body) == ("What we keep.", "What we keep, and for how long.")
    assert history.of(conference).get().action == "page published"
    assert response.status_code == 302


def test_an_earlier_version_can_only_be_read(organiser_client: Client, conference: Conference) -> None:
    first = conference.pages.get(kind=Page.Kind.PRIVACY)
    organiser_client.post(change_url(first), {"body": "Newer"})

    assert organiser_client.get(change_url(first)).status_code == 200
    assert organiser_client.post(change_url(first), {"body": "Forged"}).status_code == 403
    first.refresh_from_db()
    assert first.body == "What we keep."


def test_a_text_is_added(organiser_client: Client, conference: Conference) -> None:
    organiser_client.post(
        "/admin/conference/page/add/", {"conference": conference.pk, "kind": "legal", "body": "Legal notice"}
    )

    assert conference.pages.get(kind=Page.Kind.LEGAL).version == 1


def test_only_the_newest_versions_are_listed_on_demand(organiser_client: Client, conference: Conference) -> None:
    first = conference.pages.get(kind=Page.Kind.PRIVACY)
    organiser_client.post(change_url(first), {"body": "Newer"})

    found = organiser_client.get("/admin/conference/page/", {"version": "newest"}).context["cl"].result_list

    assert [page.version for page in found] == [2]


# Reference data and history


def test_names_with_markup_are_text(organiser_client: Client, conference: Conference) -> None:
    City.objects.create(name="<script>alert(1)</script>", member_state_id="BE")
    history.record(conference, "changed", by=None, detail="<script>alert(1)</script>")

    for address in ["/admin/conference/city/", "/admin/conference/historyentry/"]:
        assert "<script>alert" not in organiser_client.get(address).content.decode()


@pytest.mark.parametrize("kind", ["memberstate", "venue", "city", "room"])
def test_reference_data_has_pages(organiser_client: Client, kind: str) -> None:
    VenueFactory()
    status = organiser_client.get(f"/admin/conference/{kind}/").status_code

    # Rooms stand on their venue's page.
    assert status == (404 if kind == "room" else 200)


def test_the_history_is_only_read(organiser_client: Client, conference: Conference) -> None:
    history.record(conference, "changed", by=None)
    entry = HistoryEntry.objects.get()

    assert organiser_client.get(change_url(entry)).status_code == 200
    assert organiser_client.post(change_url(entry), {"action": "forged"}).status_code == 403
    assert organiser_client.get("/admin/conference/historyentry/add/").status_code == 403
    assert (
        organiser_client.post(
            reverse("admin:conference_historyentry_delete", args=[entry.pk]), {"post": "yes"}
        ).status_code
        == 403
    )


def test_the_history_names_its_subjects_without_a_query_each(organiser_client: Client, conference: Conference) -> None:
    counts = []
    for number in (1, 2):
        for _number in range(number):
            replies.accept(InvitationFactory(delegation__conference=conference), [person(1)], by=None)
        with CaptureQueriesContext(connection) as queries:
            page = organiser_client.get("/admin/conference/historyentry/").content.decode()
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert "Given1 Family1" in page


def test_the_history_is_filtered_by_kind(organiser_client: Client, conference: Conference) -> None:
    replies.accept(InvitationFactory(delegation__conference=conference), [person(1)], by=None)

    found = organiser_client.get("/admin/conference/historyentry/", {"subject": "registrations.participant"})

    assert [entry.action for entry in found.context["cl"].result_list] == ["registered"]


def test_the_history_of_what_is_gone_keeps_its_number(organiser_client: Client, conference: Conference) -> None:
    history.record(conference.pages.get(), "changed", by=None)
    HistoryEntry.objects.update(subject_id=0)

    assert "page 0" in organiser_client.get("/admin/conference/historyentry/").content.decode()


class TestListsOfTheSite:
    """What is true of every list that organisers see, those of other packages among them."""

    def test_each_takes_numbers_beyond_all_keys_for_wrong_ones(self, organiser_client):
        for model in admin.site._registry:
            if not isinstance(model._meta.pk, models.IntegerField):
                continue
            address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            for value in (2**63, "9" * 5000):
                response = organiser_client.get(address, {"id__exact": value})
                assert (address, response.status_code < 500) == (address, True)

    def test_own_filters_accept_only_what_they_offer(self):
        filters = [
            one
            for model_admin in admin.site._registry.values()
            for one in model_admin.list_filter
            if isinstance(one, type) and issubclass(one, admin.SimpleListFilter)
        ]

        assert filters
        assert [one for one in filters if not issubclass(one, OfferedFilter)] == []

    @pytest.mark.parametrize("odd", ["x", "\ud800".encode("utf-8", "surrogatepass"), "-1", ""])
    def test_a_value_that_no_filter_offers_counts_as_none(self, organiser_client, odd):
        for address in (
            "/admin/mailings/mail/?state={0}&kind={0}",
            "/admin/registrations/participant/?member_state={0}",
        ):
            response = organiser_client.get(address.format(quote(odd)))
            assert (address, response.status_code) == (address, 200)

    @pytest.mark.parametrize("odd", ["", "x", "-1", "²", "9" * 20, "9" * 5000, "\x00"])
    def test_ticks_that_are_no_rows_are_no_ticks(self, organiser_client, odd):
        before = MemberState.objects.count()
        data = {"action": "delete_selected", "_selected_action": odd, "index": odd}
        for address in ("/admin/conference/city/", "/admin/agenda/session/"):
            response = organiser_client.post(address, data)
            assert (address, response.status_code) == (address, 302)
        # Their keys are letters: what is none of them is asked about, and is nothing.
        assert organiser_client.post("/admin/conference/memberstate/", data).status_code in {200, 302}
        assert MemberState.objects.count() == before

    @pytest.mark.parametrize("odd", ["x", "-1", "9" * 19, "9" * 20, "9" * 5000, "\x00"])
    def test_a_role_that_is_none_is_told_at_its_field(self, organiser_client, organiser, odd):
        address = reverse("admin:accounts_user_change", args=[organiser.pk])

        response = organiser_client.post(address, {"email": organiser.email, "groups": odd, "user_permissions": odd})

        assert list(response.context["adminform"].form.errors) == ["groups", "user_permissions"]


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "2201-01-01", "9999-12-31"])
def test_a_day_with_which_nothing_can_be_reckoned_is_told_at_its_field(organiser_client, day):
    conference = ConferenceFactory()

    response = organiser_client.post(change_url(conference), typed(conference, held_on=day))

    assert "Choose a day between the years 1900 and 2200." in response.content.decode()
    assert Conference.objects.get().held_on == conference.held_on
