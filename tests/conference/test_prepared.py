import pytest

from conference.models import Conference
from conference.prepared import Prepared
from meetings.models import Profile
from registrations.models import Participant
from tests.factories import ConferenceFactory
from tests.meetings import factories

pytestmark = pytest.mark.django_db

WITH_OTHERS = ("conference__venue", "delegation__organisation", "meeting_profile")
PERSON = Prepared(lambda pk: Participant.objects.filter(pk=pk).select_related(*WITH_OTHERS), stand_in=0)


def values(instance) -> dict[str, object]:
    """All fields, and those of the objects that came along."""
    known = {field.attname: getattr(instance, field.attname) for field in instance._meta.concrete_fields}
    others = {
        name: values(other) if other else None
        for name, other in instance._state.fields_cache.items()
        # An object and its one-to-one partner know each other.
        if name != "participant"
    }
    return known | others


def test_it_gives_what_the_orm_gives(conference):
    factories.rules(conference)
    someone = factories.guest(conference)

    found = PERSON.first(someone.pk)

    assert values(found) == values(Participant.objects.select_related(*WITH_OTHERS).get(pk=someone.pk))
    assert found == someone and not found._state.adding


def test_what_is_not_there_is_none(conference):
    someone = factories.guest(conference)
    Profile.objects.filter(participant=someone).delete()

    assert PERSON.first(someone.pk).delegation.organisation is None
    assert not hasattr(PERSON.first(someone.pk), "meeting_profile")
    assert PERSON.first(0) is None


def test_one_query_answers_and_each_time_anew(conference, django_assert_num_queries):
    someone = factories.guest(conference)
    PERSON.first(someone.pk)

    with django_assert_num_queries(1):
        assert PERSON.first(someone.pk).conference.venue.city
    Conference.objects.update(title="Another title")

    assert PERSON.first(someone.pk).conference.title == "Another title"


def test_what_is_asked_for_is_no_part_of_the_statement():
    asked = Prepared(lambda slug: Conference.objects.filter(slug=slug), stand_in="address")
    ConferenceFactory(slug="first")

    assert asked.first("first").slug == "first"
    assert asked.first("' OR 1=1 --") is None


def test_other_values_than_the_one_left_open_are_refused():
    with pytest.raises(ValueError, match="left open"):
        Prepared(lambda pk: Conference.objects.filter(pk=pk, title="Fixed"), stand_in=0).first(1)
