import datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from conference import history
from conference.models import City, Conference, HistoryEntry, MemberState, Page
from conference.services import publish_page, save_conference
from registrations.models import Category, Delegation
from tests.factories import ConferenceFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("day", "count"),
    [("2018-02-26", 28), ("2019-02-26", 28), ("2020-01-31", 28), ("2020-02-01", 27), ("2012-01-01", 27)],
)
def test_member_states_are_those_of_the_day(day, count):
    assert MemberState.objects.on(datetime.date.fromisoformat(day)).count() == count


def test_protocol_order():
    codes = MemberState.objects.in_protocol_order().values_list("code", flat=True)

    assert " ".join(codes) == ("BE BG CZ DK DE EE IE EL ES FR HR IT CY LV LT LU HU MT NL AT PL PT RO SI SK FI SE UK")


def test_a_new_version_leaves_the_earlier_ones():
    conference = ConferenceFactory()

    publish_page(conference, Page.Kind.PRIVACY, "Second", by=None)

    assert list(conference.pages.order_by("version").values_list("version", "body")) == [
        (1, "What we keep."),
        (2, "Second"),
    ]


def test_the_same_text_again_is_no_new_version():
    conference = ConferenceFactory()

    publish_page(conference, Page.Kind.PRIVACY, "What we keep.", by=None)

    assert conference.pages.count() == 1


def test_changes_are_in_the_history_with_who_and_what():
    conference, organiser = ConferenceFactory(), UserFactory(is_staff=True)
    conference.title = "New title"

    save_conference(conference, by=organiser, changed=["title", "held_on"])

    entry = history.of(conference).get()
    assert (entry.action, entry.by, entry.detail) == ("changed", organiser, "title, date")


@pytest.mark.parametrize(
    "wrong",
    [
        {"target": 151, "hard_limit": 150},
        {"opens_at": datetime.time(18), "closes_at": datetime.time(9)},
    ],
)
def test_constraints_of_a_conference(wrong):
    conference = ConferenceFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        Conference.objects.filter(pk=conference.pk).update(**wrong)


def test_constraints_of_states_cities_and_pages():
    belgium = MemberState.objects.get(code="BE")
    for breaks in (
        lambda: MemberState.objects.filter(code="UK").update(member_until=datetime.date(1970, 1, 1)),
        lambda: City.objects.create(name="Gent", member_state=belgium, latitude=51),
        lambda: City.objects.bulk_create([City(name="Gent", member_state=belgium) for _twice in range(2)]),
        lambda: Page.objects.bulk_create([Page(conference=ConferenceFactory(), kind="privacy", version=1)]),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            breaks()


@pytest.mark.parametrize("slug", ["admin", "invitation", "my"])
def test_addresses_of_the_site_itself_are_taken(slug):
    conference = ConferenceFactory.build(slug=slug)

    with pytest.raises(ValidationError) as error:
        conference.full_clean()
    assert "slug" in error.value.message_dict


def test_an_unknown_time_zone_is_refused():
    conference = ConferenceFactory()
    conference.time_zone = "Europe/Atlantis"

    with pytest.raises(ValidationError, match="time zone"):
        conference.full_clean()


class TestDemonstration:
    def test_is_what_the_concept_note_says(self):
        call_command("load_concept_note", "--date", "2019-02-26")

        conference = Conference.objects.get()
        counts = {category: Delegation.objects.filter(category=category).count() for category in Category}
        assert (conference.held_on, conference.hard_limit) == (datetime.date(2019, 2, 26), 150)
        assert counts == {"city": 12, "organisation": 13, "institution": 3, "member_state": 28}
        assert set(conference.pages.values_list("kind", flat=True)) == set(Page.Kind.values)

    def test_is_by_default_on_the_next_26_february(self):
        call_command("load_concept_note")

        held_on = Conference.objects.get().held_on
        assert (held_on.month, held_on.day) == (2, 26)
        assert held_on > datetime.date.today()
        assert Delegation.objects.filter(category=Category.MEMBER_STATE).count() == 27

    def test_is_loaded_once(self):
        call_command("load_concept_note")

        with pytest.raises(CommandError, match="already"):
            call_command("load_concept_note")

    def test_several_live_side_by_side(self):
        call_command("load_concept_note")
        call_command("load_concept_note", "--slug", "second")

        assert Conference.objects.count() == 2


def test_the_history_can_only_grow():
    conference = ConferenceFactory()
    history.record(conference, "created", by=None)
    entry = HistoryEntry.objects.get()
    entry.action = "forged"

    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        entry.delete()
