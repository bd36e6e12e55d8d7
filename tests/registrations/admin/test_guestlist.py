"""Organisers' pages of the guest list."""

import csv
import io
from typing import Any

import openpyxl
import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from django.urls import reverse

from accounts.models import User
from conference.models import Conference
from registrations.models import Delegation, GuestListImport
from registrations.services import replies
from tests.factories import CityFactory, DelegationFactory, InvitationFactory, UserFactory, person
from tests.registrations.guestlist.conftest import cities

pytestmark = pytest.mark.django_db

UPLOAD = "admin:registrations_guestlist_import"
REVIEW = "admin:registrations_guestlist_import_review"
REPORT = "admin:registrations_guestlist_import_report"
EXPORT = "admin:registrations_guestlist_export"
EXPORT_FILE = "admin:registrations_guestlist_export_file"
TEMPLATE = "admin:registrations_guestlist_template"

GENT = ["Gent", "BE", "mayor@gent.example"]


@pytest.fixture(autouse=True)
def _without_second_factor(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def page(client: Client, organiser: User) -> Client:
    client.force_login(organiser)
    return client


def send(page: Client, conference: Conference, content: bytes, name: str = "list.xlsx", **fields: str) -> Any:
    """Uploads a file, which a worker reads as soon as the request has committed."""
    file = SimpleUploadedFile(name, content)
    with TestCase.captureOnCommitCallbacks(execute=True):
        return page.post(reverse(UPLOAD), {"conference": conference.pk, "file": file, **fields})


def review_address() -> str:
    return reverse(REVIEW, args=[GuestListImport.objects.latest("pk").pk])


def told(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_from_upload_to_import(page: Client, conference: Conference, organiser: User) -> None:
    response = send(page, conference, cities(GENT, ["Leeds", "UK", "mayor@leeds.example"]))
    assert response.status_code == 302
    assert response.url == review_address()

    shown = page.get(review_address())
    assert shown.status_code == 200
    assert "Import 1 city" in shown.content.decode()
    assert "United Kingdom is not a Member State on the day of the conference: left out" in shown.content.decode()
    assert not Delegation.objects.exists()

    imported = page.post(review_address(), {"decision": "import"}, follow=True)
    assert told(imported) == ["Imported: 1 city."]
    assert imported.redirect_chain[0][0] == (
        reverse("admin:registrations_delegation_changelist") + f"?conference__id__exact={conference.pk}"
    )
    assert "Gent" in imported.content.decode()
    assert GuestListImport.objects.get().applied_by == organiser

    again = page.post(review_address(), {"decision": "import"}, follow=True)
    assert told(again) == ["This guest list was imported already."]
    assert Delegation.objects.count() == 1
    back = page.get(review_address()).content.decode()
    assert "was imported on" in back
    assert 'value="import"' not in back


def test_a_list_with_errors_offers_no_import(page: Client, conference: Conference) -> None:
    send(page, conference, cities(GENT, ["Brussels", "BE", "mayor@@x"]))
    shown = page.get(review_address()).content.decode()
    assert "Cities, row 3, column C (E-mail)" in shown
    assert "“mayor@@x” is not an e-mail address" in shown
    assert 'value="import"' not in shown
    refused = page.post(review_address(), {"decision": "import"}, follow=True)
    assert told(refused) == ["The list contains errors, so nothing was imported."]
    assert not Delegation.objects.exists()


def test_nothing_to_import_is_said(page: Client, conference: Conference) -> None:
    for _time in range(2):
        send(page, conference, cities(GENT))
        shown = page.get(review_address()).content.decode()
        page.post(review_address(), {"decision": "import"})
    assert "there is nothing to import" in shown
    assert 'value="import"' not in shown


def test_data_that_changed_meanwhile_is_shown_before_it_is_imported(page: Client, conference: Conference) -> None:
    send(page, conference, cities(GENT))
    DelegationFactory(conference=conference, city=CityFactory(name="Gent"), email="other@gent.example")
    outdated = page.post(review_address(), {"decision": "import"}, follow=True)
    assert told(outdated)[0].startswith("The data changed since this check")
    assert "other@gent.example" in outdated.content.decode()
    assert told(page.post(review_address(), {"decision": "import"}, follow=True)) == ["Imported: 1 city."]
    assert conference.delegations.get().email == "mayor@gent.example"


def test_check_again_discard_and_rubbish(page: Client, conference: Conference) -> None:
    send(page, conference, cities(GENT))
    checked = page.post(review_address(), {"decision": "check"}, follow=True)
    assert told(checked) == ["Checked again with the present data."]
    assert page.post(review_address(), {"decision": "rubbish"}).status_code == 400
    discarded = page.post(review_address(), {"decision": "discard"}, follow=True)
    assert told(discarded) == ["The upload was discarded. Nothing was imported."]
    for decision in ("import", "check"):
        refused = page.post(review_address(), {"decision": decision}, follow=True)
        assert told(refused) == ["This upload was discarded. Upload the file again."]
    assert "was discarded" in page.get(review_address()).content.decode()
    assert page.get(reverse(REVIEW, args=[999_999])).status_code == 404


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"PK\x03\x04 broken", "list.xlsx", "its zip archive is broken"),
        (b"", "list.xlsx", "The file is empty."),
        (b"x" * (10 * 1024 * 1024 + 1), "list.csv", "larger than 10 MB"),
    ],
)
def test_a_bad_file_is_refused_at_the_field(
    page: Client, conference: Conference, content: bytes, name: str, words: str
) -> None:
    response = send(page, conference, content, name)
    assert response.status_code == 422
    assert words in response.context["form"].errors["file"][0]
    assert not GuestListImport.objects.exists()


def test_without_a_file(page: Client, conference: Conference) -> None:
    response = page.post(reverse(UPLOAD), {"conference": conference.pk})
    assert response.context["form"].errors == {"file": ["Choose a file."]}


def test_the_form_knows_the_conference_of_the_list(page: Client, conference: Conference) -> None:
    listed = page.get(reverse("admin:registrations_delegation_changelist"), {"conference__id__exact": conference.pk})
    address = f"{reverse(UPLOAD)}?conference={conference.pk}"
    assert address in listed.content.decode()
    assert f'value="{conference.pk}" selected' in page.get(address).content.decode()


def test_names_from_a_file_are_escaped(page: Client, conference: Conference) -> None:
    send(page, conference, cities(["<script>alert(1)</script>", "BE", "<b>@@x"]), "<i>.xlsx")
    shown = page.get(review_address()).content.decode()
    assert "<script>alert" not in shown
    assert "<b>@@x" not in shown
    assert "<i>.xlsx" not in shown


def test_long_lists_are_cut_and_whole_in_the_report(page: Client, conference: Conference) -> None:
    send(page, conference, cities(*([f"=City {n}" if n == 0 else f"City {n}", "BE", "m@@x"] for n in range(60))))
    shown = page.get(review_address()).content.decode()
    assert "and 11 more, in the whole report" in shown
    report = page.get(reverse(REPORT, args=[GuestListImport.objects.get().pk]))
    rows = list(csv.reader(io.StringIO(report.content.decode("utf-8-sig"))))
    assert len([row for row in rows if row[0] == "error"]) == 61


def test_the_report_tells_changes_field_by_field(page: Client, conference: Conference) -> None:
    send(page, conference, cities(GENT))
    page.post(review_address(), {"decision": "import"})
    send(page, conference, cities(["Gent", "BE", "new@gent.example"], ["Lier", "BE", ""]))
    report = page.get(reverse(REPORT, args=[GuestListImport.objects.latest("pk").pk]))
    assert report["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(report.content.decode("utf-8-sig"))))
    assert ["changed", "Cities, row 2", "Gent", "E-mail", "mayor@gent.example", "new@gent.example", ""] in rows
    assert ["new", "Cities, row 3", "Lier", "", "", "", ""] in rows


def test_the_template_opens(page: Client) -> None:
    response = page.get(reverse(TEMPLATE))
    assert response["Content-Disposition"].startswith('attachment; filename="guest-list-template-')
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    assert book.sheetnames == ["Cities", "Organisations", "EU institutions", "Member States", "Notes"]


@pytest.mark.parametrize(
    ("content", "form"),
    [
        ("guest-list", "xlsx"),
        ("confirmed", "xlsx"),
        ("confirmed", "csv"),
        ("attendance", "xlsx"),
        ("attendance", "csv"),
        ("city", "csv"),
        ("member_state", "csv"),
    ],
)
def test_each_export_is_offered_and_downloads(page: Client, conference: Conference, content: str, form: str) -> None:
    address = reverse(EXPORT_FILE, args=[conference.slug, content, form])
    assert address in page.get(reverse(EXPORT), {"conference": conference.pk}).content.decode()
    response = page.get(address)
    assert response.status_code == 200
    assert response["Content-Disposition"].endswith(f'.{form}"')
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(("content", "form"), [("guest-list", "csv"), ("nothing", "csv"), ("city", "pdf")])
def test_there_are_no_other_exports(page: Client, conference: Conference, content: str, form: str) -> None:
    assert page.get(reverse(EXPORT_FILE, args=[conference.slug, content, form])).status_code == 404


def test_the_export_page_without_a_conference(page: Client) -> None:
    assert "There is no conference yet." in page.get(reverse(EXPORT)).content.decode()


def staff(*codenames: str) -> User:
    user = UserFactory(is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="registrations", codename__in=codenames)
    )
    return user


def test_importing_takes_both_permissions(client: Client, conference: Conference) -> None:
    for codenames, status in (
        (["add_delegation"], 403),
        (["change_delegation"], 403),
        (["add_delegation", "change_delegation"], 200),
    ):
        client.force_login(staff(*codenames))
        assert client.get(reverse(UPLOAD)).status_code == status


def test_participants_and_their_addresses_take_permissions_of_their_own(
    client: Client, conference: Conference, organiser: User
) -> None:
    invitation = InvitationFactory(delegation__conference=conference)
    replies.accept(invitation, [person(1)], by=organiser)
    address = reverse(EXPORT_FILE, args=[conference.slug, "confirmed", "csv"])

    client.force_login(staff("view_delegation"))
    assert client.get(address).status_code == 404
    assert address not in client.get(reverse(EXPORT)).content.decode()

    client.force_login(staff("view_delegation", "view_participant"))
    listed = client.get(address).content.decode()
    assert "Family1" in listed
    assert "guest1@city.example" not in listed

    client.force_login(staff("view_delegation", "view_participant", "change_participant"))
    assert "guest1@city.example" in client.get(address).content.decode()


def test_others_are_sent_to_sign_in(client: Client, conference: Conference) -> None:
    client.force_login(UserFactory())
    for address in (reverse(UPLOAD), reverse(EXPORT), reverse(TEMPLATE)):
        assert client.get(address).status_code in {302, 403}
