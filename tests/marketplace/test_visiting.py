"""The way through the hall, and the visiting list on a page, on paper and in a calendar."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from conference import pdf
from marketplace.models import ContactLeft, Duty, Remembered
from marketplace.services import applications, interest
from marketplace.visiting import Stop, walking_order
from registrations.models import Participant
from tests.factories import InvitationFactory, UserFactory
from tests.marketplace.factories import call, hall_place, stand, visitor

# Walking --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stops", "way"),
    [
        ([], []),
        ([(1, 2), (1, 1)], [(1, 1), (1, 2)]),
        ([(2, 1), (1, 1), (2, 9), (1, 9)], [(1, 1), (1, 9), (2, 9), (2, 1)]),
        # Nothing in row 2: the way back is along row 3.
        ([(1, 1), (3, 1), (3, 5), (7, 5), (7, 1)], [(1, 1), (3, 5), (3, 1), (7, 1), (7, 5)]),
    ],
)
def test_the_way_turns_at_the_end_of_each_row(stops, way):
    found = walking_order(Stop(number, *at) for number, at in enumerate(stops))

    assert [(stop.row, stop.spot) for stop in found] == way


def test_stands_without_a_place_come_last():
    assert [stop.stand for stop in walking_order([Stop(1), Stop(2, 5, 1), Stop(3)])] == [2, 1, 3]


# The list -------------------------------------------------------------------------------------------

pytestmark = pytest.mark.django_db


@pytest.fixture
def of(db):
    return call(stands_from=None, stands_until=None)


@pytest.fixture
def guest(client, of):
    person = visitor(of.conference)
    person.user = UserFactory()
    person.save()
    client.force_login(person.user)
    return person


def address(of, name: str = "visiting_list", *more) -> str:
    return reverse(f"marketplace:{name}", args=[of.conference.slug, *more])


def at(of, row: int, spot: int, title: str):
    made = stand(of, place=hall_place(of.conference, row=row, spot=spot))
    made.application.initiative = title
    made.application.save()
    return made


def test_an_empty_list_says_what_to_do(client, of, guest):
    assert "You remember no stand yet" in client.get(address(of)).content.decode()


def test_stands_are_listed_in_walking_order_and_marked_on_the_plan(client, of, guest):
    hall_place(of.conference, row=5, spot=5)
    for row, spot, title in [(2, 1, "D"), (1, 1, "A"), (2, 9, "C"), (1, 9, "B")]:
        interest.remember(at(of, row, spot, title), guest)
    interest.remember(stand(of, place=None), guest)

    response = client.get(address(of))

    assert [one.application.initiative for one in response.context["visiting"].stands] == [
        "A",
        "B",
        "C",
        "D",
        "Street work",
    ]
    assert response.content.decode().count('class="marked"') == 4
    assert response.content.decode().count('class="place"') == 1


def test_remembering_and_forgetting_by_a_form_and_by_htmx(client, of, guest):
    made = stand(of)
    there = address(of, "remember")
    entry = address(of, "entry", made.pk)

    assert client.post(there, {"remember": made.pk, "next": entry})["Location"] == entry
    assert Remembered.objects.get().participant == guest
    answer = client.post(there, {"forget": made.pk}, headers={"HX-Request": "true"}).content.decode()
    assert 'aria-pressed="false"' in answer
    assert not Remembered.objects.exists()
    answer = client.post(there, {"remember": made.pk}, headers={"HX-Request": "true"}).content.decode()
    assert 'aria-pressed="true"' in answer
    assert client.post(there, {"remember": made.pk, "next": "https://elsewhere.example/"})["Location"] == address(of)


@pytest.mark.parametrize("sent", [{}, {"remember": ""}, {"remember": "x"}, {"remember": "9" * 30}, {"forget": "0"}])
def test_what_is_no_stand_is_not_found(client, of, guest, sent):
    assert client.post(address(of, "remember"), sent).status_code == 404


def test_a_stand_of_another_conference_is_not_found(client, of, guest):
    assert client.post(address(of, "remember"), {"remember": stand().pk}).status_code == 404


def test_who_had_to_sign_in_first_comes_back_to_the_list(client, of, guest):
    made = stand(of)
    client.logout()
    response = client.post(address(of, "remember"), {"remember": made.pk})
    assert response["Location"].startswith(reverse("account_login"))

    client.force_login(guest.user)
    assert client.get(address(of, "remember"))["Location"] == address(of)
    assert not Remembered.objects.exists()


def test_others_have_no_list(client, of):
    client.force_login(UserFactory())

    for name in ("visiting_list", "visiting_list_pdf", "visiting_list_calendar", "remember"):
        assert client.get(address(of, name)).status_code == 404


def test_an_assistant_sees_the_list_of_whom_they_manage(client, of):
    assistant = UserFactory()
    person = visitor(of.conference)
    person.invitation = InvitationFactory(delegation=person.delegation, assistant=assistant)
    person.save()
    client.force_login(assistant)

    assert f"Visiting list of {person.full_name}" in client.get(address(of)).content.decode()


class TestWhoManagesSeveral:
    @pytest.fixture
    def people(self, client, of) -> list[Participant]:
        assistant = UserFactory()
        found = [visitor(of.conference) for _number in range(2)]
        for person in found:
            person.invitation = InvitationFactory(delegation=person.delegation, assistant=assistant)
            person.save()
        client.force_login(assistant)
        return found

    def test_chooses_for_whom(self, client, of, people):
        first, second = people
        made = stand(of)
        shown = client.get(address(of)).content.decode()
        assert f"Visiting list of {first.full_name}" in shown
        assert f">{second.full_name}</button>" in shown

        assert client.post(address(of, "visit_for"), {"person": second.pk})["Location"] == address(of)
        client.post(address(of, "remember"), {"remember": made.pk})

        assert Remembered.objects.get().participant == second
        assert f"Visiting list of {second.full_name}" in client.get(address(of)).content.decode()
        assert f"Visiting list of {second.full_name}" in client.get(address(of, "catalogue")).content.decode()
        entry = client.get(address(of, "entry", made.pk)).content.decode()
        assert f"You visit for {second.full_name}." in entry
        client.post(address(of, "visit_for"), {"person": first.pk})
        assert 'aria-pressed="false"' in client.get(address(of, "entry", made.pk)).content.decode()

    def test_only_for_their_own(self, client, of, people):
        stranger = visitor(of.conference)

        for person in (stranger.pk, "", "x"):
            assert client.post(address(of, "visit_for"), {"person": person}).status_code == 404
        assert client.get(address(of, "visit_for"))["Location"] == address(of)
        assert f"Visiting list of {people[0].full_name}" in client.get(address(of)).content.decode()

    def test_leaves_no_contact_that_the_page_did_not_show(self, client, of, people):
        first, second = people
        there = address(of, "leave_contact", stand(of).pk)
        notice = of.conference.pages.get(kind="privacy").pk
        client.post(address(of, "visit_for"), {"person": second.pk})

        assert client.post(there, {"notice": notice, "person": first.pk})["Location"] == there
        assert not ContactLeft.objects.exists()
        client.post(there, {"notice": notice, "person": second.pk})

        assert ContactLeft.objects.get().participant == second

    def test_takes_back_the_contact_of_either(self, client, of, people):
        notice = of.conference.pages.get(kind="privacy")
        contact = ContactLeft.objects.create(stand=stand(of), participant=people[1], notice=notice)

        client.post(address(of, "revoke_contact", contact.pk))

        contact.refresh_from_db()
        assert contact.revoked_at is not None


def test_who_visits_for_one_is_not_asked_for_whom(client, of, guest):
    assert "for-whom" not in client.get(address(of)).content.decode()
    assert "You visit for" not in client.get(address(of, "entry", stand(of).pk)).content.decode()


def test_a_stand_that_was_given_back_is_told_of_and_can_be_removed(client, of, guest):
    made = at(of, 1, 1, "Gone")
    interest.remember(made, guest)
    applications.withdraw(made.application, by=None)

    shown = client.get(address(of))

    assert [one.pk for one in shown.context["visiting"].gone] == [made.pk]
    assert shown.context["visiting"].stands == []
    assert "has given the stand back" in shown.content.decode()
    client.post(address(of, "remember"), {"forget": made.pk})
    assert client.get(address(of)).context["visiting"].gone == []


def test_remembering_a_stand_given_back_meanwhile_says_so(client, of, guest):
    made = stand(of)
    applications.withdraw(made.application, by=None)

    response = client.post(address(of, "remember"), {"remember": made.pk}, follow=True)

    assert "no longer part of the market place" in response.content.decode()


def test_the_list_asks_no_more_for_more_stands(client, of, guest):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(address(of))
        return len(captured)

    def visited() -> None:
        made = stand(of)
        interest.remember(made, guest)
        ContactLeft.objects.create(stand=made, participant=guest, notice=guest.conference.pages.get(kind="privacy"))

    visited()
    first = queries()
    visited()
    visited()

    assert queries() == first


@pytest.mark.skipif(not pdf.is_available(), reason="Pango is missing.")
def test_the_list_on_paper(client, of, guest):
    interest.remember(at(of, 1, 1, "Λευκωσία"), guest)

    response = client.get(address(of, "visiting_list_pdf"))

    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-")


def test_without_pango_a_page_says_what_is_missing(client, of, guest, monkeypatch):
    def unavailable(*_args):
        raise pdf.PdfUnavailable

    monkeypatch.setattr(pdf, "render", unavailable)

    response = client.get(address(of, "visiting_list_pdf"))

    assert response.status_code == 503
    assert "libpango" in response.content.decode()


def entry_of(client, of):
    (event,) = Calendar.from_ical(client.get(address(of, "visiting_list_calendar")).content).walk("VEVENT")
    return event


def test_the_calendar_entry_takes_the_calls_times_and_lists_the_way(client, of, guest):
    of.stands_from = datetime.datetime.combine(of.conference.held_on, datetime.time(12, 30), of.conference.zone)
    of.stands_until = of.stands_from + datetime.timedelta(hours=1)
    of.save()
    made = at(of, 1, 1, "Street work; with schools, and more")
    interest.remember(made, guest)

    event = entry_of(client, of)

    assert (event.start, event.end) == (of.stands_from, of.stands_until)
    assert str(event["description"]) == (
        f"{made.place.number}  Street work; with schools, and more, {made.application.delegation.name}"
    )
    assert event["uid"] == entry_of(client, of)["uid"]


def test_without_the_calls_times_the_duties_say_when_and_else_the_conference(client, of, guest):
    conference = of.conference
    made = stand(of)
    interest.remember(made, guest)
    assert (entry_of(client, of).start, entry_of(client, of).end) == (conference.starts_at, conference.ends_at)

    noon = datetime.datetime.combine(conference.held_on, datetime.time(12), conference.zone)
    for hours in (0, 2):
        Duty.objects.create(
            stand=made,
            participant=guest,
            starts_at=noon + datetime.timedelta(hours=hours),
            ends_at=noon + datetime.timedelta(hours=hours + 1),
        )

    assert (entry_of(client, of).start, entry_of(client, of).end) == (noon, noon + datetime.timedelta(hours=3))


# Contacts -------------------------------------------------------------------------------------------


def test_the_question_shows_what_would_be_seen_and_the_statement(client, of, guest):
    made = stand(of)

    shown = client.get(address(of, "leave_contact", made.pk)).content.decode()

    for part in (guest.full_name, guest.function, guest.email, "version 1", "Only this stand"):
        assert part in shown, part
    assert not ContactLeft.objects.exists()


def test_leaving_and_taking_back(client, of, guest):
    made = stand(of)
    notice = guest.conference.pages.get(kind="privacy")
    there, entry = address(of, "leave_contact", made.pk), address(of, "entry", made.pk)

    response = client.post(there, {"notice": notice.pk, "person": guest.pk})

    contact = ContactLeft.objects.get()
    assert (response["Location"], contact.participant, contact.notice) == (entry, guest, notice)
    assert client.get(there)["Location"] == entry
    assert "Take your contact back" in client.get(entry).content.decode()
    assert made.application.initiative in client.get(address(of)).content.decode()

    revoke = address(of, "revoke_contact", contact.pk)
    assert client.get(revoke)["Location"] == address(of)
    contact.refresh_from_db()
    assert contact.revoked_at is None
    assert client.post(revoke, {"next": entry})["Location"] == entry
    contact.refresh_from_db()
    assert contact.revoked_at is not None


@pytest.mark.parametrize("notice", ["", "x", "0", "9" * 30])
def test_a_consent_without_the_statement_shown_asks_again(client, of, guest, notice):
    there = address(of, "leave_contact", stand(of).pk)

    assert client.post(there, {"notice": notice, "person": guest.pk})["Location"] == there
    assert not ContactLeft.objects.exists()


def test_without_a_privacy_statement_no_contact_is_taken(client, of, guest):
    guest.conference.pages.all().delete()
    there = address(of, "leave_contact", stand(of).pk)

    assert "has not published a privacy statement" in client.post(there, {"notice": "1"}).content.decode()
    assert not ContactLeft.objects.exists()


def test_nobody_takes_back_anothers_contact(client, of, guest):
    other = ContactLeft.objects.create(
        stand=stand(of), participant=visitor(of.conference), notice=guest.conference.pages.get(kind="privacy")
    )

    assert client.post(address(of, "revoke_contact", other.pk)).status_code == 404


def test_a_contact_can_be_taken_back_when_stand_and_day_are_gone(client, of, guest, time_machine):
    made = stand(of)
    contact = ContactLeft.objects.create(
        stand=made, participant=guest, notice=guest.conference.pages.get(kind="privacy")
    )
    applications.withdraw(made.application, by=None)
    time_machine.move_to(of.conference.ends_at + datetime.timedelta(days=30), tick=False)
    client.force_login(guest.user)

    assert client.get(address(of)).status_code == 200
    client.post(address(of, "revoke_contact", contact.pk))

    contact.refresh_from_db()
    assert contact.revoked_at == timezone.now()
