"""What the mails about meetings say, to whom they go, and what they put into calendars."""

import datetime

import pytest
from django.core import mail as django_mail
from icalendar import Calendar

from mailings import kinds, services
from mailings.delivery import message_of
from mailings.models import Mail
from meetings import emails
from meetings.models import Meeting, MeetingRequest
from meetings.services import meetings, requests
from registrations.services import replies
from tests.factories import InvitationFactory, UserFactory
from tests.meetings import factories

pytestmark = pytest.mark.django_db

KINDS = sorted(name for name in kinds.registered() if name.startswith("meeting_"))


@pytest.fixture
def slots(conference):
    factories.rules(conference)
    return list(factories.block(conference, slots=4, tables=3, place="Atrium").slots.all())


@pytest.fixture
def one(conference):
    return factories.guest(conference)


@pytest.fixture
def other(conference):
    return factories.guest(conference)


@pytest.fixture
def agreed(slots, one, other):
    return requests.accept(requests.ask(one, other, slot=slots[0], by=one.user), by=other.user)


def event_of(mail):
    calendar = Calendar.from_ical(mail.calendar)
    (event,) = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), event


def sent(kind):
    return {mail.to[0]: mail for mail in Mail.objects.filter(kind=kind).order_by("pk")}


def fresh(meeting):
    return Meeting.objects.with_people().get(pk=meeting.pk)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_words_and_examples_for_all_its_placeholders(conference, kind):
    registered = kinds.registered()[kind]
    words = services.words_for(conference, kind, "en")
    examples = registered.examples(conference)

    from mailings.rendering import placeholders

    assert placeholders(words.text) | placeholders(words.subject) <= set(registered.placeholders)
    assert set(registered.placeholders) <= set(examples)
    assert set(registered.required) <= placeholders(words.text)
    rendered = services.preview_words(conference, registered, words)
    assert "{{" not in rendered.subject + rendered.text + rendered.html


def test_a_request_says_who_why_until_when_and_never_how_to_reach_them(slots, one, other):
    made = requests.ask(one, other, message="How do you work\nwith schools?", slot=slots[0], by=one.user)

    mail = sent("meeting_request")[other.email]
    assert f"Mayor, {one.delegation.name}" in mail.text
    assert "They write: “How do you work\nwith schools?”" in mail.text
    assert f"The proposed time is {emails.when(slots[0], one.conference)}." in mail.text
    assert emails.instant(made.expires_at, one.conference) in mail.text
    assert f"/my/{other.pk}/meetings/requests/{made.pk}/" in mail.text
    assert one.email not in mail.text + mail.html
    assert one.family_name not in mail.text + mail.html
    assert mail.calendar == ""


def test_a_time_goes_into_both_calendars(agreed, slots, one, other):
    told = sent("meeting_placed")

    assert set(told) == {one.email, other.email}
    for person, partner in [(one, other), (other, one)]:
        method, event = event_of(told[person.email])
        assert method == "REQUEST"
        assert (event["UID"], event["SEQUENCE"]) == (f"{agreed.uid}@convoke", 1)
        assert (event["DTSTART"].dt, event["DTEND"].dt) == (slots[0].starts_at, slots[0].ends_at)
        assert event["ATTENDEE"] == f"mailto:{person.email}"
        assert event["LOCATION"].startswith("Table 1, Atrium")
        assert event["SUMMARY"] == f"Meeting with {partner.delegation.name}"
        assert partner.email not in told[person.email].calendar
        assert "table 1" in told[person.email].subject


def test_the_entry_travels_as_an_invitation(agreed, one):
    message = message_of(sent("meeting_placed")[one.email])

    assert isinstance(message, django_mail.EmailMessage)
    types = [part.get_content_type() for part in message.message().walk()]
    assert "text/calendar" in types


def test_without_a_time_only_the_asker_is_told(slots, one, other):
    requests.accept(requests.ask(one, other, by=None), by=other.user)

    mail = sent("meeting_accepted")
    assert set(mail) == {one.email}
    assert (mail[one.email].calendar, Meeting.objects.get().sequence) == ("", 0)
    assert other.full_name in mail[one.email].text


def test_a_move_raises_the_sequence_and_says_from_where(agreed, slots, one, other, conference):
    moved = fresh(agreed)
    moved.slot, moved.table = slots[2], conference.meeting_tables.get(number=3)
    moved.save()
    emails.queue_moved(moved, slot=slots[0], table=1)

    method, event = event_of(sent("meeting_moved")[other.email])
    assert (method, event["SEQUENCE"], event["DTSTART"].dt) == ("REQUEST", 2, slots[2].starts_at)
    text = sent("meeting_moved")[one.email].text
    assert f"Until now it was to be on {emails.when(slots[0], conference)}, table 1." in text
    assert f"{emails.when(slots[2], conference)}, table 3" in text


def test_a_lost_time_is_taken_out_of_the_calendars(agreed, slots, one, other):
    dropped = fresh(agreed)
    Meeting.objects.filter(pk=dropped.pk).update(slot=None, table=None, status="unplaced")
    emails.queue_dropped(fresh(agreed), slot=slots[0], reason="The break has become shorter.")

    for person in (one, other):
        mail = sent("meeting_dropped")[person.email]
        method, event = event_of(mail)
        assert (method, event["STATUS"], event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 2)
        assert event["DTSTART"].dt == slots[0].starts_at
        assert "The break has become shorter." in mail.text


def test_publishing_many_takes_as_many_queries_as_publishing_one(
    slots, conference, django_assert_max_num_queries, settings
):
    def made(number):
        return [
            factories.meeting(
                factories.request(factories.guest(conference), factories.guest(conference)),
                slot=slots[index],
                table=conference.meeting_tables.get(number=1 + number),
            )
            for index in range(number)
        ]

    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for number in (1, 2):
        batch = list(Meeting.objects.with_people().filter(pk__in=[meeting.pk for meeting in made(number)]))
        with CaptureQueriesContext(connection) as queries:
            emails.queue_placed(*batch)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert Mail.objects.filter(kind="meeting_placed").count() == 6


def test_cancelling_takes_it_out_of_both_calendars_with_the_reason(agreed, one, other):
    meetings.cancel(agreed, person=one, by=one.user, reason="Our train is late.")

    for person in (one, other):
        method, event = event_of(sent("meeting_cancelled")[person.email])
        assert (method, event["SEQUENCE"]) == ("CANCEL", 2)
        assert event["ATTENDEE"].params["PARTSTAT"] == "DECLINED"
    theirs = sent("meeting_cancelled")[other.email].text
    assert f"{one.full_name}, Mayor, {one.delegation.name}" in theirs
    assert "has cancelled your meeting. The reason: Our train is late." in theirs


def test_an_organiser_who_cancels_tells_both(agreed, one, other, organiser):
    meetings.cancel(agreed, person=None, by=organiser, reason="")

    for person in (one, other):
        assert "The organiser has cancelled your meeting with" in sent("meeting_cancelled")[person.email].text
        assert "acted on behalf" not in sent("meeting_cancelled")[person.email].text


def test_cancelling_what_had_no_time_tells_the_other_one_alone(slots, one, other):
    meeting = requests.accept(requests.ask(one, other, by=None), by=None)
    meetings.cancel(meeting, person=one, by=one.user)

    told = sent("meeting_cancelled")
    assert set(told) == {other.email}
    assert told[other.email].calendar == ""


def test_no_thanks_reads_like_a_plain_refusal(slots, conference, other):
    texts = []
    for close in (requests.decline, requests.refuse):
        asker = factories.guest(conference)
        close(requests.ask(asker, other, by=None), by=other.user)
        mail = sent("meeting_declined")[asker.email]
        texts.append(mail.text.replace(asker.full_name, "").replace(f"/my/{asker.pk}/", ""))

    assert texts[0] == texts[1]


def test_assistants_get_copies_each_address_once(slots, one, other):
    invitation = InvitationFactory(delegation=other.delegation, assistant_email="Office@city.example")
    other.invitation = invitation
    other.save()
    for address in ("office@city.example", "second@city.example"):
        other.meeting_assistants.create(email=address)
    requests.ask(one, other, by=None)

    assert sorted(sent("meeting_request")[other.email].cc) == ["Office@city.example", "second@city.example"]


def test_the_mail_says_who_acted_on_behalf_of_whom(slots, one, other):
    assistant = UserFactory(name="Ana Assistant")
    unnamed = UserFactory(name="")
    made = requests.ask(one, other, by=assistant)
    requests.accept(made, by=unnamed)

    for_a_time = requests.ask(other, factories.guest(one.conference), slot=slots[0], by=None)
    requests.accept(for_a_time, by=assistant)

    placed = sent("meeting_placed")
    assert "Ana Assistant acted on behalf of" in placed.pop(other.email).text
    assert "Ana Assistant" not in placed.popitem()[1].text
    assert "Ana Assistant acted on behalf of Mayor" in sent("meeting_request")[other.email].text
    accepted = sent("meeting_accepted")[one.email].text
    assert f"An assistant acted on behalf of {other.full_name}" in accepted
    assert unnamed.email not in accepted


def test_a_withdrawal_tells_the_partners_and_offers_another(slots, one, other, conference):
    asking, asked, later = (factories.guest(conference) for _number in range(3))
    requests.ask(asking, one, by=None)
    requests.ask(one, asked, slot=slots[1], by=None)
    requests.accept(requests.ask(one, other, slot=slots[0], by=None), by=None)
    requests.accept(requests.ask(later, one, by=None), by=None)
    replies.withdraw(one, by=one.user)

    closed, cancelled = sent("meeting_not_possible"), sent("meeting_cancelled")
    assert set(closed) == {asking.email, asked.email}
    assert set(cancelled) == {other.email, later.email, one.email}
    assert "No longer takes part in the conference." in cancelled[other.email].text
    for person, mail in [(asking, closed), (other, cancelled), (later, cancelled)]:
        assert f"/my/{person.pk}/meetings/suggestions/" in mail[person.email].text


def test_a_receiver_that_fails_rolls_the_withdrawal_back(agreed, one, monkeypatch):
    def fail(*_arguments, **_more):
        raise RuntimeError("no mail can be written")

    monkeypatch.setattr(emails, "queue_cancelled", fail)
    with pytest.raises(RuntimeError):
        replies.withdraw(one, by=one.user)

    one.refresh_from_db()
    assert (one.status, Meeting.objects.get().status) == ("confirmed", "published")


def test_what_is_over_is_not_cancelled_by_a_withdrawal(agreed, slots, one, time_machine):
    time_machine.move_to(slots[0].ends_at + datetime.timedelta(minutes=1))
    replies.withdraw(one, by=None)

    assert Meeting.objects.get().status == "published"


def test_every_mail_is_written_once(slots, one, other):
    made = requests.ask(one, other, by=None)
    request = MeetingRequest.objects.with_people().get(pk=made.pk)
    for _time in range(2):
        emails.queue_request(request, by=None)
        emails.queue_reminder(request)

    assert Mail.objects.filter(kind="meeting_request").count() == 1
    assert Mail.objects.filter(kind="meeting_reminder").count() == 1
