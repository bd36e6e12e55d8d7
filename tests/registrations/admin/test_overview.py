"""The organisers' start page: every number is the number of rows of the list that it leads to."""

import datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conference.models import Conference
from mailings.models import Mail
from mailings.states import MailStatus
from registrations.models import GuestListImport, Wave
from registrations.services import invitations, replies, waves
from registrations.services.replies import Substitute
from registrations.states import WaveStatus
from tests.factories import ConferenceFactory, DelegationFactory, InvitationFactory, UserFactory, WaveFactory, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(conference: Conference) -> Conference:
    """A conference in which something of everything has happened."""
    accepted = InvitationFactory(delegation__conference=conference)
    replies.accept(accepted, [person(1), person(2)], by=None)
    replies.add_person(accepted, person(3), by=None)
    invitations.mark_bounced(InvitationFactory(delegation__conference=conference), by=None)
    InvitationFactory(delegation__conference=conference, reply_by=conference.today)
    proposing = InvitationFactory(delegation__conference=conference)
    replies.decline(proposing, by=None, substitute=Substitute("Ms Deputy", "", "deputy@city.example"))
    DelegationFactory(conference=conference, email="")
    Mail.objects.filter(kind="declined").update(status=MailStatus.UNCERTAIN, sent_at=None)
    Mail.objects.filter(kind="waiting").update(status=MailStatus.FAILED, sent_at=None)
    InvitationFactory()  # of another conference
    return conference


def test_each_number_leads_to_as_many_rows(organiser_client: Client, busy: Conference) -> None:
    page = organiser_client.get("/admin/", {"conference": busy.slug})
    cells = [cell for _label, line in page.context["lines"] for cell in line] + page.context["total"]
    linked = [cell for cell in cells if cell.url]

    assert page.context["conference"] == busy
    for cell in linked:
        assert organiser_client.get(cell.url).context["cl"].result_count == cell.number, cell.url
    assert sum(cell.number for cell in linked) > 10


def test_each_decision_leads_to_its_rows(organiser_client: Client, busy: Conference) -> None:
    decisions = organiser_client.get("/admin/", {"conference": busy.slug}).context["decisions"]

    assert [decision.words.split()[0] for decision in decisions] == ["1"] * 7
    for decision in decisions:
        assert organiser_client.get(decision.url).context["cl"].result_count == 1, decision.url


def test_without_a_privacy_statement_the_page_leads_to_writing_one(organiser_client: Client) -> None:
    ConferenceFactory(privacy_statement=False)

    (decision,) = organiser_client.get("/admin/").context["decisions"]
    form = organiser_client.get(decision.url).context["adminform"].form

    assert form["kind"].value() == "privacy"


def test_the_number_of_queries_does_not_grow(organiser_client: Client, conference: Conference) -> None:
    counts = []
    for number in (1, 2):
        for _number in range(number):
            replies.accept(InvitationFactory(delegation__conference=conference), [person(1)], by=None)
        with CaptureQueriesContext(connection) as queries:
            organiser_client.get("/admin/")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_confirmed_stands_against_the_limits(organiser_client: Client) -> None:
    conference = ConferenceFactory(target=2, overbooking_tolerance=3, hard_limit=4)
    replies.accept(InvitationFactory(delegation__conference=conference), [person(1)], by=None)

    bars = organiser_client.get("/admin/").context["bars"]

    assert [(bar.label, bar.words, bar.width, bar.mark) for bar in bars] == [
        ("Target", "1 of 2", 50, 100),
        ("With tolerance", "1 of 4", 25, 100),
        ("Hard limit", "1 of 4", 25, 100),
    ]


def test_more_than_the_limit_fits_into_the_picture(organiser_client: Client) -> None:
    conference = ConferenceFactory(target=2, hard_limit=2)
    replies.accept(InvitationFactory(delegation__conference=conference), [person(1), person(2)], by=None)
    Conference.objects.filter(pk=conference.pk).update(target=1)

    bar = organiser_client.get("/admin/").context["bars"][0]

    assert (bar.words, bar.width, bar.mark) == ("2 of 1", 100, 50)


def test_jobs_drafts_and_imports_are_under_way(organiser_client: Client, conference: Conference) -> None:
    sending = WaveFactory(conference=conference, name="First", status=WaveStatus.SENDING)
    for number, status in enumerate([MailStatus.SENT, MailStatus.FAILED, MailStatus.QUEUED]):
        sent_at = conference.starts_at if status == MailStatus.SENT else None
        Mail.objects.create(
            conference=conference, key=str(number), campaign=sending.campaign, status=status, sent_at=sent_at
        )
    waves.add_to_wave(
        WaveFactory(conference=conference, name="Second"), [DelegationFactory(conference=conference)], by=None
    )
    GuestListImport.objects.create(conference=conference, file_name="guests.xlsx", sha256="x")

    page = organiser_client.get("/admin/")

    assert [job.words for job in page.context["jobs"]] == ["1 of 3 sent, 1 queued, 1 failed"]
    assert [wave.chosen for wave, _url in page.context["drafts"]] == [1]
    assert "guests.xlsx" in page.content.decode()


def test_next_dates_count_the_days(organiser_client: Client, conference: Conference) -> None:
    day = conference.today + datetime.timedelta(days=10)
    InvitationFactory(
        delegation__conference=conference, wave=WaveFactory(conference=conference, reply_by=day), reply_by=day
    )

    page = organiser_client.get("/admin/")

    assert [days for _event, days in page.context["events"]] == [3, 10, 60]
    assert "60 days to go (D−60)" in page.content.decode()


def test_another_conference_is_chosen_by_its_address(organiser_client: Client, conference: Conference) -> None:
    other = ConferenceFactory(title="Another", held_on=datetime.date(2019, 2, 26))

    page = organiser_client.get("/admin/", {"conference": other.slug})

    assert page.context["conference"] == other
    assert "It is over." in page.content.decode()
    assert f'value="{conference.slug}"' in page.content.decode()


def first_steps(page: Any) -> str:
    assert "First steps" in page.content.decode()
    return page.content.decode()


def test_a_site_without_a_conference_says_how_to_begin(organiser_client: Client) -> None:
    page = organiser_client.get("/admin/").content.decode()

    assert "No conference yet" in page
    assert "/admin/conference/conference/add/" in page


def test_a_conference_without_guests_asks_for_the_guest_list(organiser_client: Client, conference: Conference) -> None:
    page = first_steps(organiser_client.get("/admin/"))

    assert f"/admin/registrations/delegation/guest-list/import/?conference={conference.pk}" in page


def test_a_conference_without_a_wave_asks_for_one(organiser_client: Client, conference: Conference) -> None:
    DelegationFactory(conference=conference)

    assert "Prepare a wave" in first_steps(organiser_client.get("/admin/"))


def test_first_steps_end_with_the_first_wave(organiser_client: Client, conference: Conference) -> None:
    DelegationFactory(conference=conference)
    Wave.objects.create(conference=conference, name="First", reply_by=conference.held_on)

    assert "First steps" not in organiser_client.get("/admin/").content.decode()


def test_who_may_not_see_guests_sees_no_numbers(client: Client, conference: Conference, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR_REQUIRED = False
    client.force_login(UserFactory(is_staff=True))

    page = client.get("/admin/")

    assert page.status_code == 200
    assert "conference" not in page.context
    assert conference.title not in page.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/admin/",
        "/admin/registrations/delegation/",
        "/admin/registrations/delegation/add-to-wave/",
        "/admin/registrations/wave/1/send/",
        "/admin/registrations/wave/1/progress/",
        "/admin/registrations/invitation/1/revoke/",
        "/admin/registrations/participant/1/withdraw/",
        "/admin/mailings/mail/1/html/",
        "/admin/mailings/mailtemplate/preview/",
    ],
)
def test_a_participant_gets_no_page(client: Client, address: str) -> None:
    client.force_login(UserFactory())

    assert client.get(address).status_code in {302, 403}
    assert client.post(address).status_code in {302, 403}


def test_nobody_gets_a_page_without_signing_in(client: Client) -> None:
    response = client.get("/admin/registrations/delegation/")

    assert response.status_code == 302
    assert "/accounts/login/" in response.url or "/admin/login/" in response.url


@pytest.mark.parametrize(
    "address",
    [
        "/admin/registrations/delegation/add-to-wave/",
        "/admin/registrations/wave/1/send/",
        "/admin/registrations/wave/1/pause/",
        "/admin/registrations/invitation/1/revoke/",
        "/admin/registrations/invitation/1/link/",
        "/admin/registrations/participant/1/withdraw/",
        "/admin/mailings/mail/1/send-again/",
        "/admin/mailings/mailtemplate/preview/",
    ],
)
def test_an_organiser_without_the_right_may_not(client: Client, address: str, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR_REQUIRED = False
    client.force_login(UserFactory(is_staff=True))

    assert client.post(address).status_code == 403


def test_organisers_without_a_second_factor_are_sent_to_set_one_up(
    client: Client, organiser: Any, settings: Any
) -> None:
    settings.STAFF_SECOND_FACTOR_REQUIRED = True
    client.force_login(organiser)

    for address in ["/admin/", "/admin/registrations/delegation/", "/admin/registrations/wave/1/send/"]:
        assert client.get(address).url == "/accounts/2fa/"


@pytest.mark.parametrize(
    "address",
    ["registrations/wave/{}/pause/", "registrations/wave/{}/send/", "registrations/delegation/add-to-wave/"],
)
def test_posts_need_a_token(organiser: Any, conference: Conference, settings: Any, address: str) -> None:
    settings.STAFF_SECOND_FACTOR_REQUIRED = False
    wave = WaveFactory(conference=conference, status=WaveStatus.SENDING)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(organiser)

    assert strict.post("/admin/" + address.format(wave.pk)).status_code == 403
    wave.refresh_from_db()
    assert wave.status == WaveStatus.SENDING


def test_areas_lead_to_the_pages_that_the_organiser_may_open(
    organiser_client: Client, client: Client, conference: Conference, settings: Any
) -> None:
    settings.STAFF_SECOND_FACTOR_REQUIRED = False
    other = UserFactory(is_staff=True)
    other.user_permissions.set(Permission.objects.filter(codename__in=["view_delegation", "view_session"]))
    client.force_login(other)

    def areas(of: Client) -> list[str]:
        return [title for title, _address in of.get(reverse("admin:index")).context["areas"]]

    assert areas(organiser_client) == ["Programme", "Market place", "One-to-one meetings"]
    assert areas(client) == ["Programme"]
