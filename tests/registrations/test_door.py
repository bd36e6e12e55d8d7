"""Whom organisers find at the door."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conference.models import Conference, MemberState
from registrations import door
from registrations.door import Filters
from registrations.services import arrivals, replies
from registrations.services.replies import Substitute
from tests.factories import (
    CityFactory,
    ConferenceFactory,
    DelegationFactory,
    InvitationFactory,
    MemberStateDelegationFactory,
    OrganisationDelegationFactory,
    OrganisationFactory,
    person,
    tomorrow,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def conference(db: None) -> Conference:
    return ConferenceFactory(held_on=tomorrow())


def arrive(delegation, *people, here: bool = False):
    made = replies.accept(InvitationFactory(delegation=delegation), list(people), by=None)
    for one in made:
        if here:
            arrivals.check_in(one, by=None)
    return made


def city(conference, name: str, code: str = "BE", **more):
    place = CityFactory(name=name, member_state=MemberState.objects.get(code=code), **more)
    return DelegationFactory(conference=conference, city=place)


def found(conference, words: str = "", **more) -> list[str]:
    lines = door.find(conference, door.participants_of(conference), Filters(words, **more))
    return [line.name for line in lines]


@pytest.fixture
def guests(conference):
    molenbeek = city(conference, "Sint-Jans-Molenbeek / Molenbeek-Saint-Jean")
    arrive(molenbeek, person(1, given_name="Štěpánka", family_name="Żółkiewska", function="Mayor"), here=True)
    nicosia = city(conference, "Λευκωσία", "CY", other_names="Nicosia / Lefkoşa")
    arrive(nicosia, person(2, given_name="Αικατερίνη", family_name="Παπαδοπούλου", function="Deputy mayor"))
    arrive(city(conference, "Бургас", "BG"), person(3, given_name="Владимир", family_name="Ångström"))
    network = OrganisationDelegationFactory(conference=conference, organisation=OrganisationFactory(name="EFUS"))
    arrive(network, person(4, given_name="Jean-Marie", family_name="O’Neill", function="Délégué général"))


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("zolk", ["Štěpánka Żółkiewska"]),
        ("STEPANKA", ["Štěpánka Żółkiewska"]),
        ("владимир", ["Владимир Ångström"]),
        ("angstrom влад", ["Владимир Ångström"]),
        ("λευκωσια", ["Αικατερίνη Παπαδοπούλου"]),
        ("lefkosa", ["Αικατερίνη Παπαδοπούλου"]),
        ("cyprus", ["Αικατερίνη Παπαδοπούλου"]),
        ("Molenbeek-Saint-Jean", ["Štěpánka Żółkiewska"]),
        ("saint jean", ["Štěpánka Żółkiewska"]),
        ("sint-jans", ["Štěpánka Żółkiewska"]),
        ("jean", ["Jean-Marie O’Neill", "Štěpánka Żółkiewska"]),
        ("o'neill", ["Jean-Marie O’Neill"]),
        ("delegue efus", ["Jean-Marie O’Neill"]),
        ("neill mayor", []),
        ("lenbeek", []),
        ("…", ["Владимир Ångström", "Jean-Marie O’Neill", "Štěpánka Żółkiewska", "Αικατερίνη Παπαδοπούλου"]),
    ],
)
def test_a_name_is_found_however_it_is_typed(conference, guests, words: str, names: list[str]) -> None:
    assert found(conference, words) == names


def test_filters_leave_those_who_are_missing_and_one_category(conference, guests) -> None:
    assert found(conference, only_missing=True) == [
        "Владимир Ångström",
        "Jean-Marie O’Neill",
        "Αικατερίνη Παπαδοπούλου",
    ]
    assert found(conference, category="organisation") == ["Jean-Marie O’Neill"]
    assert found(conference, "a", category="city", only_missing=True) == ["Владимир Ångström"]


def test_sums_by_category(conference, guests) -> None:
    of_each, total = door.sums(door.participants_of(conference))

    assert [(one.label, one.here, one.expected) for one in of_each] == [
        ("Cities", 1, 3),
        ("Organisations and initiatives", 0, 1),
    ]
    assert (total.here, total.expected, total.missing) == (1, 4, 3)


def test_who_has_no_seat_is_found_by_name_alone_and_behind_the_others(conference, organiser) -> None:
    brno = city(conference, "Brno", "CZ")
    stays, replaced = arrive(brno, person(1, family_name="Zlatá"), person(2, family_name="Adam"))
    replies.add_person(stays.invitation, person(3, family_name="Bek"), by=None)
    replies.replace(replaced, person(4, family_name="Cerny"), by=organiser)
    (gone,) = arrive(MemberStateDelegationFactory(conference=conference, code="FR"), person(5, family_name="Brno"))
    replies.withdraw(gone, by=None)
    declined = InvitationFactory(delegation=city(conference, "Brno-venkov", "CZ"))
    replies.decline(declined, by=None, substitute=Substitute("Dana Eva", "Deputy", "dana@city.example"))

    assert found(conference) == ["Given4 Cerny", "Given1 Zlatá"]
    assert found(conference, "brno") == [
        "Given4 Cerny",
        "Given1 Zlatá",
        "Given2 Adam",
        "Given3 Bek",
        "Given5 Brno",
        "Dana Eva",
    ]
    assert found(conference, "dana eva") == ["Dana Eva"]


def test_looking_costs_the_same_for_many(conference) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            lines = door.find(conference, door.participants_of(conference), Filters("family"))
            assert [arrivals.why_not_expected(line.participant) for line in lines]
        return len(captured)

    for number in range(4):
        invitation = InvitationFactory(delegation=city(conference, f"City {number}"))
        replies.accept(invitation, [person(1), person(2)], by=None)
        replies.add_person(invitation, person(3), by=None)
        if number == 0:
            with_three = queries()

    assert queries() == with_three


@pytest.mark.parametrize(
    ("asked", "query"),
    [
        ({}, ""),
        ({"q": " Jana ", "category": "city", "missing": "1", "p": "3"}, "q=Jana&category=city&missing=1"),
        ({"category": "nonsense", "missing": ""}, ""),
        ({"q": "x" * 1000}, "q=" + "x" * 100),
    ],
)
def test_the_address_says_what_is_looked_for(asked: dict[str, str], query: str) -> None:
    assert Filters.of(asked).query == query
