"""What the people of a stand see: numbers, contacts, and both as files."""

import csv
import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from marketplace.models import ContactLeft
from marketplace.services import applications, interest
from tests.factories import UserFactory
from tests.marketplace.factories import stand, visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(client):
    """A stand whose person is signed in."""
    made = stand()
    person = visitor(made.call.conference)
    person.delegation, person.user = made.application.delegation, UserFactory()
    person.save()
    client.force_login(person.user)
    return made


def address(made, name: str = "visitors") -> str:
    return reverse(f"marketplace:{name}", args=[made.call.conference.slug, made.pk])


def contact(made, **fields):
    person = visitor(made.call.conference)
    for name, value in fields.items():
        setattr(person, name, value)
    person.save()
    return ContactLeft.objects.create(
        stand=made, participant=person, notice=person.conference.pages.get(kind="privacy")
    )


def test_with_nobody_yet_the_page_says_what_to_do(client, held):
    shown = client.get(address(held)).content.decode()

    assert "Nobody has left a contact yet" in shown
    assert "fewer than 3" in shown


@pytest.mark.parametrize(("times", "shown"), [(0, None), (1, None), (2, None), (3, 3), (4, 4)])
def test_fewer_than_three_who_remember_are_not_counted_out(client, held, times, shown):
    for _number in range(times):
        interest.remember(held, visitor(held.call.conference))

    assert client.get(address(held)).context["remembered"] == shown


def test_contacts_are_listed_and_exported(client, held):
    contact(held, given_name="Λευκοθέα", family_name="Παπαδοπούλου", email="mayor@nicosia.example")

    assert "mayor@nicosia.example" in client.get(address(held)).content.decode()
    (heading, row) = csv.reader(io.StringIO(client.get(address(held, "contacts_csv")).content.decode("utf-8-sig")))
    assert heading[:2] == ["Family name", "First name"]
    assert (row[0], row[6]) == ("Παπαδοπούλου", "mayor@nicosia.example")
    sheet = load_workbook(io.BytesIO(client.get(address(held, "contacts_xlsx")).content)).active
    assert [cell.value for cell in sheet[2]][:2] == ["Παπαδοπούλου", "Λευκοθέα"]


@pytest.mark.parametrize("dangerous", ["=HYPERLINK(1)", "+1", "-1+1", "@SUM(A1)", "＝1"])
def test_exports_hold_no_formula(client, held, dangerous):
    contact(held, function=dangerous)

    (_heading, row) = csv.reader(io.StringIO(client.get(address(held, "contacts_csv")).content.decode("utf-8-sig")))
    assert row[3] == f"'{dangerous}"
    sheet = load_workbook(io.BytesIO(client.get(address(held, "contacts_xlsx")).content)).active
    assert (sheet["D2"].data_type, sheet["D2"].quotePrefix) == ("s", True)


def test_a_contact_taken_back_vanishes_from_page_and_files(client, held):
    gone = contact(held, email="gone@city.example")
    interest.revoke_contact(gone, by=UserFactory())

    for name in ("visitors", "contacts_csv"):
        assert "gone@city.example" not in client.get(address(held, name)).content.decode()
    sheet = load_workbook(io.BytesIO(client.get(address(held, "contacts_xlsx")).content)).active
    assert sheet.max_row == 1


@pytest.mark.parametrize("name", ["visitors", "contacts_csv", "contacts_xlsx"])
def test_only_the_people_of_the_stand_see_it(client, held, organiser_client, name):
    other = stand(held.call)

    assert client.get(address(other, name)).status_code == 404
    assert organiser_client.get(address(held, name)).status_code == 404
    client.logout()
    assert client.get(address(held, name))["Location"].startswith(reverse("account_login"))


def test_a_stand_given_back_sees_nothing_any_more(client, held):
    applications.withdraw(held.application, by=None)

    assert client.get(address(held)).status_code == 404


def test_the_list_asks_no_more_for_more_contacts(client, held, django_assert_max_num_queries):
    contact(held)
    with django_assert_max_num_queries(50) as first:
        client.get(address(held))
    contact(held)
    contact(held)
    with django_assert_max_num_queries(len(first)):
        client.get(address(held))
