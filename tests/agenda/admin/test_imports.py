"""Taking a programme in from the organisers' pages: checked first, imported once, never over somebody else's change."""

import datetime
from dataclasses import replace
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from agenda.exchange import schedule_json
from agenda.exchange.foreign import MAX_BYTES
from agenda.exchange.tables import xlsx_bytes
from agenda.models import Plan, ProgrammeImport, Session, Speaker
from agenda.programme import Programme
from agenda.queries import working_programme
from agenda.services import planning
from conference import history
from conference.models import Conference, Room
from tests import uploads
from tests.agenda.large_programme import large_programme
from tests.factories import ConferenceFactory, PlanFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db

UPLOAD = "admin:agenda_import_upload"


@pytest.fixture
def conference(db: None) -> Conference:
    """Three sessions, the last of which the file of the tests does not have."""
    conference = PlanFactory(conference__held_on=datetime.date(2027, 2, 26)).conference
    for at, title in [("09:00", "Welcome"), ("10:00", "Opening"), ("11:00", "Closing")]:
        SessionFactory(conference=conference, at=at, title=title)
    return conference


@pytest.fixture
def edited(conference: Conference) -> Programme:
    """One session moved into a new room, one renamed, one new, one not there."""
    exported = working_programme(conference)
    welcome, opening, _closing = exported.sessions
    moved = replace(welcome, starts_at=welcome.starts_at + datetime.timedelta(minutes=5), room="Ἀτρίον")
    added = replace(opening, guid=uuid4(), code="YOGA00", number=99_999, title="Йога", starts_at=opening.ends_at)
    return replace(exported, sessions=(moved, replace(opening, title="Grand opening"), added))


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def send(client: Client, conference: Conference, data: bytes, *, name: str = "day.json", **more: Any) -> Any:
    """Uploads a file, which a worker reads as soon as the request has committed."""
    file = SimpleUploadedFile(name, data)
    with TestCase.captureOnCommitCallbacks(execute=True):
        return client.post(reverse(UPLOAD), {"conference": conference.pk, "file": file, **more})


def uploaded(client: Client, conference: Conference, programme: Programme, **more: Any) -> str:
    """The address of the dry run."""
    response = send(client, conference, schedule_json.render(programme), **more)
    assert response.status_code == 302
    return response.url


def shown(page: Any) -> dict[str, list[tuple[str, str]]]:
    return {section.key: [(row.title, row.changes) for row in section.rows] for section in page.context["sections"]}


def editor(*permissions: str) -> Client:
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


# The file -------------------------------------------------------------------------------------


def test_the_board_leads_to_the_upload_of_its_conference(organiser_client, conference):
    ConferenceFactory(held_on=conference.held_on + datetime.timedelta(days=300))
    board = organiser_client.get(reverse("admin:agenda_plan_board", args=[conference.pk]))

    (button,) = [button for button in board.context["buttons"] if button.url.startswith(reverse(UPLOAD))]

    assert organiser_client.get(button.url).context["form"]["conference"].value() == conference.pk


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7 a programme on paper", "neither a schedule.json nor an .xlsx workbook"),
        (b"PK\x03\x04 not really a workbook", "its zip archive is broken"),
        (b'{"schedule": {', "JSON"),
        (b"", "The file is empty."),
        (b"{" + b" " * MAX_BYTES, "larger than 5 MB"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_at_its_field(organiser_client, conference, data, words):
    response = send(organiser_client, conference, data)

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["file"]
    assert words in " ".join(response.context["form"].errors["file"])
    assert not ProgrammeImport.objects.exists()


def test_the_upload_says_which_headings_are_understood(organiser_client, conference):
    sheets = organiser_client.get(reverse(UPLOAD)).context["sheets"]

    assert [(sheet.title, sheet.needed) for sheet in sheets] == [
        ("Sessions", "Begins, Title"),
        ("Presentations", "Title"),
        ("People", "Name"),
        ("Rooms", "Room"),
    ]
    assert "GUID" not in "".join(sheet.besides for sheet in sheets)


def test_what_a_file_is_does_not_depend_on_its_name(organiser_client, conference):
    data = xlsx_bytes(working_programme(conference))

    response = send(organiser_client, conference, data, name="programme.json")

    assert shown(organiser_client.get(response.url)).keys() == {"same"}


# The dry run ----------------------------------------------------------------------------------


def test_the_dry_run_says_what_would_happen_and_does_none_of_it(organiser_client, conference, edited):
    page = organiser_client.get(uploaded(organiser_client, conference, edited))

    assert shown(page) == {
        "added": [("Йога", "")],
        "moved": [("Welcome", "begins, room")],
        "changed": [("Grand opening", "title")],
        "left": [("Closing", "")],
    }
    (moved,) = next(section.rows for section in page.context["sections"] if section.key == "moved")
    assert [f"{time:%H:%M}" for time in (moved.moved_from, moved.begins)] == ["09:00", "09:05"]
    assert page.context["submit"] == "Import: 1 new session, 2 changed"
    assert page.context["report"].new_rooms == ["Ἀτρίον"]
    assert (Session.objects.count(), Room.objects.filter(name="Ἀτρίον").exists()) == (3, False)


def test_what_could_not_be_taken_is_told_with_its_cell(organiser_client, conference):
    book = load_workbook(BytesIO(xlsx_bytes(working_programme(conference))))
    sheet = book["Sessions"]
    heading = {cell.value: cell.column_letter for row in sheet.iter_rows(max_row=6) for cell in row if cell.value}
    row = next(cell.row for cells in sheet.iter_rows() for cell in cells if cell.value == "Closing")
    place = f"{heading['Minutes']}{row}"
    sheet[place] = "an hour"
    data = BytesIO()
    book.save(data)

    page = organiser_client.get(send(organiser_client, conference, data.getvalue(), name="day.xlsx").url)

    assert [problem.where for problem in page.context["problems"]] == [f"Sessions!{place}"]
    assert f"Sessions!{place}" in page.content.decode()


def test_a_file_that_says_nothing_new_offers_nothing_to_import(organiser_client, conference):
    page = organiser_client.get(uploaded(organiser_client, conference, working_programme(conference)))

    assert "there is nothing to import" in page.content.decode()
    assert 'value="import"' not in page.content.decode()


def test_300_sessions_are_shown_with_a_number_of_queries_that_does_not_grow(organiser_client):
    counts = []
    for sessions in (20, 300):
        address = uploaded(organiser_client, ConferenceFactory(), large_programme(sessions))
        with CaptureQueriesContext(connection) as queries:
            page = organiser_client.get(address)
        counts.append(len(queries))
    (section,) = page.context["sections"]

    assert counts[0] == counts[1]
    assert (section.total, len(section.rows) + section.more) == (300, 300)


# Importing ------------------------------------------------------------------------------------


def imported(client: Client, address: str) -> Any:
    """Presses the button of the page as it is now."""
    return client.post(address, {"decision": "import", "version": client.get(address).context["report"].version})


def test_it_is_imported_as_announced(organiser_client, organiser, conference, edited):
    response = imported(organiser_client, uploaded(organiser_client, conference, edited))

    assert response.url == reverse("admin:agenda_plan_board", args=[conference.pk])
    assert said(response) == ["Imported: 1 new session, 2 changed."]
    assert list(Session.objects.in_order().values_list("title", flat=True)) == [
        "Welcome",
        "Grand opening",
        "Closing",
        "Йога",
    ]
    entry = history.of(Plan.objects.get(conference=conference)).first()
    assert (entry.action, entry.by, entry.detail) == ("imported", organiser, "day.json")


def test_a_second_click_is_told_kindly_and_imports_nothing_twice(organiser_client, conference, edited):
    address = uploaded(organiser_client, conference, edited)
    posted = {"decision": "import", "version": organiser_client.get(address).context["report"].version}

    organiser_client.post(address, posted)
    second = organiser_client.post(address, posted, follow=True)

    assert "This programme was imported already." in said(second)
    assert Session.objects.count() == 4


def test_who_was_slower_is_told_keeps_the_upload_and_looks_again(organiser_client, conference, edited):
    address = uploaded(organiser_client, conference, edited)
    posted = {"decision": "import", "version": organiser_client.get(address).context["report"].version}
    planning.delete_session(Session.objects.get(title="Welcome"), by=UserFactory(name="Ana Quick"))

    response = organiser_client.post(address, posted)

    assert response.url == address
    assert "Ana Quick changed the programme" in said(response)[0]
    assert Session.objects.count() == 2
    assert ("Welcome", "") in shown(organiser_client.get(address))["added"]
    assert imported(organiser_client, address).url == reverse("admin:agenda_plan_board", args=[conference.pk])


def test_a_page_that_does_not_say_what_it_showed_imports_nothing(organiser_client, conference, edited):
    address = uploaded(organiser_client, conference, edited)

    assert organiser_client.post(address, {"decision": "import"}).url == address
    assert Session.objects.count() == 3


def test_sessions_that_are_not_in_the_file_go_where_that_was_asked_for(organiser_client, conference, edited):
    address = uploaded(organiser_client, conference, edited, remove_missing="on")
    assert shown(organiser_client.get(address))["removed"] == [("Closing", "")]

    imported(organiser_client, address)

    assert not Session.objects.filter(title="Closing").exists()


def test_a_discarded_upload_imports_nothing_any_more(organiser_client, conference, edited):
    address = uploaded(organiser_client, conference, edited)
    posted = {"decision": "import", "version": organiser_client.get(address).context["report"].version}

    discarded = organiser_client.post(address, {"decision": "discard"})
    late = organiser_client.post(address, posted)

    assert discarded.url == f"{reverse(UPLOAD)}?conference={conference.pk}"
    assert (late.url, "was discarded" in " ".join(said(late))) == (address, True)
    assert "was discarded; nothing was imported" in organiser_client.get(address).content.decode()
    assert Session.objects.count() == 3


def test_an_upload_that_was_tidied_away_is_not_found(organiser_client, conference, edited):
    address = uploaded(organiser_client, conference, edited)
    ProgrammeImport.objects.all().delete()

    assert organiser_client.post(address, {"decision": "import", "version": 1}).status_code == 404


def test_another_decision_is_none(organiser_client, conference, edited):
    address = uploaded(organiser_client, conference, edited)

    assert organiser_client.post(address, {"decision": "perhaps"}).status_code == 404


# Who may, and what was ------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["add_session", "change_session"])
def test_who_may_not_change_the_programme_may_not_import(conference, edited, settings, missing):
    settings.STAFF_SECOND_FACTOR_REQUIRED = False
    client = editor(*({"view_session", "add_session", "change_session", "view_programmeimport"} - {missing}))
    upload = uploads.programme(conference, schedule_json.render(edited))

    assert client.get(reverse(UPLOAD)).status_code == 403
    assert client.post(reverse("admin:agenda_import_review", args=[upload.pk])).status_code == 403
    listed = client.get(reverse("admin:agenda_programmeimport_changelist"))
    assert listed.context["buttons"] == []


def test_rooms_speakers_and_removals_are_for_who_may(conference, settings):
    """Said on the page, and held where the button is pressed all the same."""
    settings.STAFF_SECOND_FACTOR_REQUIRED = False
    client = editor("add_session", "change_session")
    programme = schedule_json.render(large_programme(30, days=1))
    upload = uploads.programme(conference, programme, remove_missing=True)
    address = reverse("admin:agenda_import_review", args=[upload.pk])

    page = client.get(address)
    response = client.post(address, {"decision": "import", "version": page.context["report"].version})

    assert page.context["refusals"] == [
        "It removes sessions, which your account may not do.",
        "It needs new rooms, which your account may not add.",
        "It needs new speakers, whom your account may not add.",
    ]
    assert "remove_missing" not in client.get(reverse(UPLOAD)).context["form"].fields
    assert said(response) == [" ".join(page.context["refusals"])]
    assert (Session.objects.count(), Speaker.objects.count()) == (3, 0)


def test_the_list_tells_what_was_imported_and_leads_there(organiser_client, conference, edited):
    address = uploaded(organiser_client, conference, edited)
    imported(organiser_client, address)

    listed = organiser_client.get(reverse("admin:agenda_programmeimport_changelist"))
    (row,) = listed.context["cl"].result_list
    page = organiser_client.get(reverse("admin:agenda_programmeimport_change", args=[row.pk]), follow=True)

    assert (row.name, row.status, row.conference) == ("day.json", "applied", conference)
    assert page.redirect_chain[-1][0] == address
    assert "day.json was imported" in page.content.decode()
