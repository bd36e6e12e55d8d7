"""Whoever sees special needs, or takes a list of people away, leaves a line in the history."""

import datetime
import re
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from conference import history
from conference.models import Conference, HistoryEntry
from meetings.models import Paper
from registrations.models import Participant
from registrations.services import replies
from tests.addresses import routes
from tests.factories import InvitationFactory, SessionFactory, SpeakerFactory, UserFactory, person
from tests.marketplace import factories as marketplace

pytestmark = pytest.mark.django_db

NEEDS = {"dietary_needs": "Peanut-7Q", "access_needs": "Ramp-7Q"}
# Files of organisers without a person in them.
IMPERSONAL = {
    "admin:registrations_guestlist_template",
    # How cities were chosen, to be shown to anybody who asks.
    "admin:registrations_balancesettings_report",
}
# The programme as everybody can have it.
PUBLIC = {
    f"agenda:{name}"
    for name in ("programme_pdf", "schedule_xml", "schedule_json", "calendar", "csv", "xlsx", "session_calendar")
}


@pytest.fixture
def participant(conference: Conference) -> Participant:
    Conference.objects.filter(pk=conference.pk).update(slug="conference")
    invitation = InvitationFactory(delegation__conference=conference)
    return replies.accept(invitation, [person(**NEEDS)], by=None)[0]


def _seen() -> list[tuple[str, str, str]]:
    lines = HistoryEntry.objects.filter(action__in=history.SEEN).order_by("pk")
    return [(entry.action, entry.detail, entry.by_label) for entry in lines]


def _body(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode("utf-8", "replace")


# A default of Django's that changes with the next version; in production it is a warning in a form of the admin.
@pytest.mark.filterwarnings("ignore:The default scheme:django.utils.deprecation.RemovedInDjango60Warning")
def test_every_page_of_organisers_with_needs_or_a_file_leaves_a_line(
    participant: Participant, organiser: User, organiser_client: Client
) -> None:
    conference = participant.conference
    stand = marketplace.stand(marketplace.call(conference))
    speaker = SpeakerFactory(conference=conference)
    SessionFactory(conference=conference)
    name = default_storage.save("papers/1/a.pdf", ContentFile(b"%PDF"))
    Paper.objects.create(conference=conference, kind="schedules", file=name, fingerprint="1", made_at=timezone.now())
    known: dict[str, dict[str, Any]] = {
        "registrations_guestlist_export_file": {"conference": conference.slug},
        "registrations_participant": {"pk": participant.pk, "object_id": participant.pk},
        "registrations_participant_arrivals": {"pk": conference.pk},
        "registrations_participant_arrivals_sums": {"pk": conference.pk},
        "registrations_participant_attendance_list": {"pk": conference.pk},
        "registrations_invitation": {"pk": participant.invitation_id, "object_id": participant.invitation_id},
        "registrations_delegation": {"pk": participant.delegation_id, "object_id": participant.delegation_id},
        "marketplace_call": {"pk": stand.call_id, "object_id": stand.call_id},
        "agenda_speaker": {"pk": speaker.pk, "object_id": speaker.pk},
        "meetings_meetingrules_paper": {"pk": conference.pk, "kind": "schedules"},
    }
    silent, with_line = [], set()
    for route in routes():
        if not route.name.startswith(("admin:", "agenda:")) or route.name in PUBLIC:
            continue
        short = route.name.removeprefix("admin:")
        fits = max((start for start in known if short.startswith(start)), key=len, default="")
        values = {"pk": conference.pk, "object_id": conference.pk, "conference": conference.pk, **known.get(fits, {})}
        response = organiser_client.get(route.address(values))
        if response.status_code != 200:
            continue
        if "-7Q" in _body(response) or "Content-Disposition" in response.headers:
            (with_line.add if _seen() else silent.append)(route.name)
        # Each is looked at for the first time.
        HistoryEntry.objects.filter(action__in=history.SEEN).delete()

    assert set(silent) <= IMPERSONAL
    assert with_line >= {
        "admin:registrations_participant_change",
        "admin:registrations_participant_edit",
        "admin:registrations_participant_attendance_list",
        "admin:registrations_guestlist_export_file",
        "admin:marketplace_call_sheets",
        "admin:meetings_meetingrules_paper_file",
        "agenda:run_of_show",
    }


def test_a_view_says_who_saw_whose_needs_and_not_what_they_are(
    participant: Participant, organiser_client: Client, organiser: User
) -> None:
    organiser_client.get(reverse("admin:registrations_participant_change", args=[participant.pk]))

    entry = history.of(participant).get(action=history.VIEWED)
    assert (entry.by, entry.detail) == (organiser, "dietary and access needs")


def test_who_may_not_see_needs_leaves_no_line(participant: Participant, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR_REQUIRED = False
    helper = UserFactory(is_staff=True)
    helper.user_permissions.add(Permission.objects.get(codename="view_participant"))
    client = Client()
    client.force_login(helper)

    page = client.get(reverse("admin:registrations_participant_change", args=[participant.pk])).content.decode()

    assert ("-7Q" in page, _seen()) == (False, [])


def test_the_same_view_within_an_hour_is_one_line(participant: Participant, organiser_client: Client) -> None:
    address = reverse("admin:registrations_participant_change", args=[participant.pk])
    now = timezone.now()

    for minutes in (0, 30, 59, 61):
        with time_machine.travel(now + datetime.timedelta(minutes=minutes), tick=False):
            organiser_client.get(address)

    assert len(_seen()) == 2


def test_an_export_says_how_many_rows_and_each_is_a_line(
    participant: Participant, organiser_client: Client, organiser: User
) -> None:
    address = reverse("admin:registrations_guestlist_export_file", args=["conference", "confirmed", "xlsx"])

    organiser_client.get(address)
    organiser_client.get(address)

    assert _seen() == [("exported", "confirmed list (XLSX), 1 row", organiser.email)] * 2


def test_a_list_of_people_leaves_a_line_for_each_conference(
    participant: Participant, organiser_client: Client, organiser: User
) -> None:
    other = replies.accept(InvitationFactory(), [person(2), person(3)], by=None)[0].conference

    organiser_client.get(reverse("admin:registrations_participant_changelist"))

    assert [entry.detail for entry in history.of(participant.conference).filter(action="viewed")] == [
        "participants, 1 row"
    ]
    assert [entry.detail for entry in history.of(other).filter(action="viewed")] == ["participants, 2 rows"]


@pytest.mark.parametrize(
    ("name", "of_one_conference"),
    [
        ("registrations_delegation_changelist", False),
        ("registrations_invitation_changelist", False),
        ("registrations_addressnotice_changelist", False),
        ("mailings_mail_changelist", False),
        ("agenda_speaker_changelist", False),
        ("meetings_meetingrules_board", True),
        ("meetings_meetingrules_people", True),
        ("registrations_participant_arrivals", True),
    ],
)
def test_each_list_with_people_leaves_a_line(
    participant: Participant, organiser_client: Client, name: str, of_one_conference: bool
) -> None:
    SpeakerFactory(conference=participant.conference)
    # Somebody registered by another person: with a notice to their address, and mails.
    replies.add_person(participant.invitation, person(2), by=participant.invitation.contact)

    organiser_client.get(reverse(f"admin:{name}", args=[participant.conference_id] if of_one_conference else []))

    (entry,) = history.of(participant.conference).filter(action__in=history.SEEN)
    assert entry.action == "viewed"
    assert re.search(r", \d+ rows?$", entry.detail)


def test_contacts_left_at_a_stand_are_counted_too(participant: Participant) -> None:
    stand = marketplace.stand(marketplace.call(participant.conference))
    holder = marketplace.visitor(participant.conference)
    Participant.objects.filter(pk=holder.pk).update(delegation=stand.application.delegation, user=UserFactory())
    client = Client()
    client.force_login(Participant.objects.get(pk=holder.pk).user)

    client.get(reverse("marketplace:contacts_csv", args=["conference", stand.pk]))

    assert [(action, detail) for action, detail, _by in _seen()] == [
        ("exported", f"contacts left at stand {stand.stand_no}, 0 rows")
    ]


@pytest.mark.parametrize(("chosen", "there"), [("seen", True), ("changed", False)])
def test_the_history_shows_these_lines_apart(
    participant: Participant, organiser_client: Client, organiser: User, chosen: str, there: bool
) -> None:
    history.record_export(participant.conference, "confirmed list (XLSX)", by=organiser, rows=12)

    page = organiser_client.get(reverse("admin:conference_historyentry_changelist"), {"seen": chosen}).content.decode()

    assert ("confirmed list (XLSX), 12 rows" in page, "Registered" in page) == (there, not there)
