"""Organisers edit the list of terms, and keep guests free of meetings."""

import pytest
from django.urls import reverse

from conference import history
from meetings import starter_terms
from meetings.models import Profile, Term
from meetings.services import profiles
from meetings.services.profiles import Said, Tick
from tests.meetings import factories

pytestmark = pytest.mark.django_db
LIST = "/admin/meetings/term/"


@pytest.fixture
def term(conference):
    return Term.objects.create(conference=conference, kind="topic", name="Schools", position=1)


@pytest.fixture
def guest(conference):
    factories.rules(conference)
    return factories.guest(conference)


def tick(guest, term):
    said = Said(languages=["en"], ticks=frozenset({Tick(term.pk, "seeks", 2)}))
    profiles.describe(guest, said, version=1, by=guest.user)


def test_the_starter_list_is_added_once(organiser_client, conference):
    button = reverse("admin:meetings_term_starter", args=[conference.pk])
    for _click in range(2):
        page = organiser_client.post(button, follow=True)

    assert "0 terms are added" in page.content.decode()
    assert Term.objects.count() == len(starter_terms.TOPICS) + len(starter_terms.CHALLENGES)


def test_looking_at_the_starter_lists_address_adds_nothing(organiser_client, conference):
    organiser_client.get(reverse("admin:meetings_term_starter", args=[conference.pk]))

    assert Term.objects.count() == 0


def test_a_term_is_added_renamed_and_retired_with_its_history(organiser_client, conference, organiser):
    fields = {"conference": conference.pk, "kind": "topic", "name": "Schools", "position": 1}
    organiser_client.post(reverse("admin:meetings_term_add"), fields)
    term = Term.objects.get()
    address = reverse("admin:meetings_term_change", args=[term.pk])
    organiser_client.post(address, {"name": "Éducation", "position": 3, "is_retired": "on"})

    term.refresh_from_db()
    assert (term.name, term.position, term.is_retired) == ("Éducation", 3, True)
    assert [entry.detail for entry in history.of(term)] == ["name, order, no longer offered", ""]


def test_two_terms_of_one_name_are_refused_at_the_field(organiser_client, conference, term):
    fields = {"conference": conference.pk, "kind": "topic", "name": "Schools", "position": 1}
    page = organiser_client.post(reverse("admin:meetings_term_add"), fields)

    assert "The list holds this term already." in page.content.decode()


def test_a_ticked_term_cannot_be_deleted_and_a_retired_one_stays_with_who_ticked_it(
    organiser_client, client, guest, term
):
    tick(guest, term)
    refused = organiser_client.post(reverse("admin:meetings_term_delete", args=[term.pk]), {"post": "yes"})
    Term.objects.filter(pk=term.pk).update(is_retired=True)
    other = factories.guest(guest.conference)

    assert refused.status_code == 403
    client.force_login(guest.user)
    assert "Schools" in client.get(reverse("meetings:profile", args=[guest.pk])).content.decode()
    client.force_login(other.user)
    assert "Schools" not in client.get(reverse("meetings:profile", args=[other.pk])).content.decode()


def test_a_term_that_nobody_ticked_is_deleted(organiser_client, term):
    organiser_client.post(reverse("admin:meetings_term_delete", args=[term.pk]), {"post": "yes"})

    assert Term.objects.count() == 0


@pytest.mark.parametrize("number", [1, 3])
def test_lists_cost_the_same_whatever_their_length(organiser_client, conference, django_assert_num_queries, number):
    for place in range(number):
        term = Term.objects.create(conference=conference, kind="topic", name=f"Term {place}")
        tick(factories.guest(conference), term)

    with django_assert_num_queries(6):
        organiser_client.get(LIST)
    # Two of them for the line in the history, which the first look within an hour leaves.
    with django_assert_num_queries(7):
        organiser_client.get(reverse("admin:meetings_profile_changelist"))


def test_a_guest_is_kept_free_and_allowed_again(organiser_client, guest):
    address = reverse("admin:meetings_profile_free", args=[guest.meeting_profile.pk])
    asked = organiser_client.get(address).content.decode()
    organiser_client.post(address)
    free = list(Profile.objects.listed())
    organiser_client.post(address)

    assert "Open requests are closed" in asked
    assert free == []
    assert list(Profile.objects.listed()) == [guest.meeting_profile]


def test_a_guest_who_was_never_asked_is_kept_free(organiser_client, guest):
    Profile.objects.all().delete()
    address = reverse("admin:meetings_profile_free_somebody", args=[guest.conference_id])
    empty = organiser_client.post(address, {})
    organiser_client.post(address, {"participant": guest.pk})

    assert "Choose somebody." in empty.content.decode()
    assert list(Profile.objects.values_list("participant", "no_meetings", "opted_in")) == [(guest.pk, True, False)]


def test_a_profile_is_read_with_all_that_it_says(organiser_client, guest, term):
    tick(guest, term)
    page = organiser_client.get(reverse("admin:meetings_profile_change", args=[guest.meeting_profile.pk]))

    assert "Schools" in page.content.decode()


def test_who_may_not_change_profiles_keeps_nobody_free(client, guest, settings):
    settings.STAFF_SECOND_FACTOR_REQUIRED = False
    guest.user.is_staff = True
    guest.user.save()
    client.force_login(guest.user)

    assert client.post(reverse("admin:meetings_profile_free", args=[guest.meeting_profile.pk])).status_code == 403
