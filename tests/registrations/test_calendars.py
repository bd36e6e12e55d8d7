"""Calendar entries as they are written, and as they go out by mail."""

import datetime
import email
from email.message import Message

import pytest
from icalendar import Calendar

from mailings.delivery import message_of
from mailings.models import Mail
from registrations import calendars
from registrations.models import Participant
from registrations.services import replies
from tests.factories import ConferenceFactory, InvitationFactory, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def participant() -> Participant:
    invitation = InvitationFactory(
        delegation__conference=ConferenceFactory(held_on=datetime.date(2030, 2, 26), title="Städte; Cités, Πόλεις")
    )
    return replies.accept(invitation, [person(given_name="Jana", family_name="Štěpánková")], by=None)[0]


def parsed(text: str) -> tuple[Calendar, dict]:
    calendar = Calendar.from_ical(text)
    (event,) = calendar.walk("VEVENT")
    return calendar, event


def parts(mail: Mail) -> list[Message]:
    return list(email.message_from_bytes(message_of(mail).message().as_bytes()).walk())


def test_request_names_when_where_who(participant):
    calendar, event = parsed(calendars.entry(participant, calendars.REQUEST))

    assert calendar["METHOD"] == "REQUEST"
    assert event["UID"] == f"{participant.calendar_uid}@convoke"
    assert event["SUMMARY"] == "Städte; Cités, Πόλεις"
    assert event["DTSTART"].to_ical() == b"20300226T090000"
    assert event["DTSTART"].params["TZID"] == "Europe/Brussels"
    assert event["ORGANIZER"] == "mailto:conference@organiser.example"
    assert event["ATTENDEE"] == "mailto:guest1@city.example"
    assert event["ATTENDEE"].params["CN"] == "Jana Štěpánková"
    assert event["STATUS"] == "CONFIRMED"


def test_the_time_zone_comes_along(participant):
    calendar, event = parsed(calendars.entry(participant, calendars.REQUEST))

    (zone,) = calendar.walk("VTIMEZONE")
    assert zone["TZID"] == "Europe/Brussels"
    assert event["DTSTART"].dt.utcoffset() == datetime.timedelta(hours=1)


def test_publish_asks_nobody(participant):
    calendar, event = parsed(calendars.entry(participant, calendars.PUBLISH))

    assert calendar["METHOD"] == "PUBLISH"
    assert "ATTENDEE" not in event
    assert event["ORGANIZER"]


def test_the_uid_stays_and_the_sequence_rises(participant, organiser):
    replies.change(participant, person(given_name="Johana"), by=organiser)
    participant.refresh_from_db()
    replies.withdraw(participant, by=organiser)

    events = [parsed(mail.calendar)[1] for mail in Mail.objects.exclude(calendar="").order_by("pk")]

    assert {event["UID"] for event in events} == {f"{participant.calendar_uid}@convoke"}
    assert [event["SEQUENCE"] for event in events] == [1, 2, 3]


def test_withdrawing_takes_it_out(participant, organiser):
    replies.withdraw(participant, by=organiser)

    calendar, event = parsed(Mail.objects.get(kind="cancellation").calendar)

    assert (calendar["METHOD"], event["STATUS"]) == ("CANCEL", "CANCELLED")
    assert event["ATTENDEE"] == "mailto:guest1@city.example"


def test_who_replaces_gets_an_entry_of_their_own(participant, organiser):
    successor = replies.replace(participant, person(2), by=organiser)

    cancelled = parsed(Mail.objects.get(kind="cancellation").calendar)[1]
    requested = parsed(Mail.objects.get(kind="confirmation", to=["guest2@city.example"]).calendar)[1]

    assert cancelled["UID"] == f"{participant.calendar_uid}@convoke"
    assert requested["UID"] == f"{successor.calendar_uid}@convoke"


def test_who_waited_has_nothing_to_take_out(participant, organiser):
    replies.add_person(participant.invitation, person(2), by=organiser)
    third = replies.add_person(participant.invitation, person(3), by=organiser)
    replies.withdraw(third, by=organiser)

    assert Mail.objects.get(kind="cancellation").calendar == ""


@pytest.mark.parametrize(("kind", "method"), [("confirmation", "REQUEST"), ("cancellation", "CANCEL")])
def test_the_mail_says_the_same_method_as_the_entry(participant, organiser, kind, method):
    replies.withdraw(participant, by=organiser)
    mail = Mail.objects.get(kind=kind)

    calendar_parts = [part for part in parts(mail) if part.get_content_type() == "text/calendar"]

    assert [part.get_param("method") for part in calendar_parts] == [method, method]
    for part in calendar_parts:
        text = part.get_payload(decode=True).decode(part.get_content_charset() or "utf-8")
        assert Calendar.from_ical(text)["METHOD"] == method
        assert "Städte" in text


def test_the_mail_offers_text_html_and_the_entry_as_alternatives(participant):
    (message, *_rest) = parts(Mail.objects.get(kind="confirmation"))

    alternatives = next(part for part in message.walk() if part.get_content_type() == "multipart/alternative")

    assert [part.get_content_type() for part in alternatives.get_payload()] == [
        "text/plain",
        "text/html",
        "text/calendar",
    ]
