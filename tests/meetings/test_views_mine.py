"""My meetings: the overview, its living part, and a meeting before, during and after it."""

import datetime
import itertools

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from conference import history, pdf
from mailings.models import Mail
from meetings import live
from meetings.models import Absence, Meeting, MeetingSeat, Profile
from meetings.queries import free_slots
from meetings.services import meetings, requests
from registrations.models import Consent
from registrations.services import replies
from tests.factories import AppearanceFactory, ConferenceFactory, SessionFactory, SpeakerFactory, UserFactory
from tests.meetings import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def conference(db):
    """Tomorrow, so that a session made today is good on the day."""
    return ConferenceFactory(held_on=timezone.localdate() + datetime.timedelta(days=1))


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
def browser(client, one):
    client.force_login(one.user)
    return client


@pytest.fixture
def meeting(slots, one, other):
    """Of the two, in the first slot, at table 1."""
    return requests.accept(requests.ask(one, other, slot=slots[0], by=None), by=None)


def mine(participant):
    return reverse("meetings:mine", args=[participant.pk])


def address(name, me, thing):
    return reverse(f"meetings:{name}", args=[me.pk, thing.pk])


def text(response):
    return response.content.decode()


def seat(meeting, person):
    return MeetingSeat.objects.get(meeting=meeting, participant=person)


# The overview --------------------------------------------------------------------------------------


def test_the_day_shows_each_slot_for_what_it_is(slots, browser, one, other, conference):
    requests.accept(requests.ask(one, other, slot=slots[0], by=None), by=None)
    requests.ask(one, factories.guest(conference), slot=slots[1], by=None)
    talk = SessionFactory(conference=conference, title="Panel 2", at="11:00", minutes=10)
    speaker = SpeakerFactory(conference=conference, participant=one, family_name="", email="", given_name="")
    AppearanceFactory(session=talk, speaker=speaker)

    day = browser.get(mine(one)).context["day"]

    assert [line.kind for line in day.lines] == ["meeting", "kept", "busy", "free"]
    assert day.lines[2].reason == "the session “Panel 2”"
    assert day.free == 1


def test_a_free_slot_without_a_table_left_says_so(browser, one, conference):
    factories.rules(conference)
    (slot,) = factories.block(conference, slots=1, tables=1).slots.all()
    pair = factories.request(factories.guest(conference), factories.guest(conference))
    requests.accept(pair, slot=slot, by=None)

    assert "All tables are taken." in text(browser.get(mine(one)))


def test_a_break_with_as_many_meetings_as_allowed_offers_nobody(meeting, browser, one, conference):
    conference.meeting_rules.meetings_per_block = 1
    conference.meeting_rules.save()

    day = browser.get(mine(one)).context["day"]

    assert [line.kind for line in day.lines] == ["meeting", "full", "full", "full"]
    assert day.lines[1].reason == "You have all the meetings that one break allows."


def test_what_waits_what_was_asked_and_what_was_agreed_stand_apart(slots, browser, one, conference):
    people = [factories.guest(conference) for _number in range(3)]
    received = requests.ask(people[0], one, message="Schools?", by=None)
    sent = requests.ask(one, people[1], by=None)
    agreed = requests.accept(requests.ask(people[2], one, by=None), by=None)

    day = browser.get(mine(one)).context["day"]

    assert (day.to_answer, day.asked, day.without_time) == ([received], [sent], [agreed])


def test_a_meeting_that_is_not_published_shows_no_time(slots, browser, one, other):
    of = factories.request(one, other)
    table = one.conference.meeting_tables.first()
    factories.meeting(of, slot=slots[0], table=table, status="provisional")

    page = browser.get(mine(one))

    assert (page.context["next"], len(page.context["day"].without_time)) == (None, 1)
    assert "Table 1" not in text(page)


def test_an_empty_page_says_what_to_do(browser, one, conference):
    factories.rules(conference)

    page = text(browser.get(mine(one)))

    assert "The organiser has not opened any time for meetings yet." in page
    assert "Whom we suggest" in page


def test_queries_do_not_grow(slots, browser, one, conference):
    def add(number: int) -> None:
        for _number in range(number):
            requests.ask(factories.guest(conference), one, by=None)
            requests.accept(factories.request(factories.guest(conference), one), by=None)
        free = free_slots(conference, [one.pk], now=timezone.now())[one.pk]
        requests.accept(factories.request(factories.guest(conference), one), slot=free[0], by=None)

    counts = []
    for number in (1, 2):
        add(number)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            browser.get(mine(one))
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_the_page_of_somebody_else_is_not_there(slots, browser, other):
    assert browser.get(mine(other)).status_code == 404


# The living part -----------------------------------------------------------------------------------


def poll(client, participant, state):
    return client.get(
        reverse("meetings:live", args=[live.token_for(participant)]), headers={"If-None-Match": f'"{state}"'}
    )


def test_a_phone_that_is_up_to_date_gets_a_304_with_two_queries(meeting, browser, one, django_assert_num_queries):
    state = browser.get(mine(one)).context["state"]
    stranger = Client()

    with django_assert_num_queries(2):
        answer = poll(stranger, one, state)

    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize("change", ["late", "cancelled", "asked", "moved", "withdrawn"])
def test_each_change_makes_the_phone_load_the_part(
    meeting, slots, browser, one, other, conference, change, time_machine
):
    time_machine.move_to(slots[0].starts_at - datetime.timedelta(minutes=50))
    state = browser.get(mine(one)).context["state"]
    if change == "late":
        meetings.say_late(meeting, person=other, by=None)
    elif change == "cancelled":
        meetings.cancel(meeting, person=other, by=None)
    elif change == "asked":
        requests.ask(factories.guest(one.conference), one, by=None)
    elif change == "moved":
        Meeting.objects.update(slot=slots[1], version=2)
    else:
        replies.withdraw(other, by=None)

    answer = poll(Client(), one, state)

    assert (answer.status_code, answer.headers["HX-Trigger"]) == (204, "meetings-changed")
    assert answer.headers["ETag"] == f'"{browser.get(mine(one)).context["state"]}"'


def test_the_servers_clock_counts_the_last_minutes(meeting, slots, browser, one, time_machine):
    begins = slots[0].starts_at
    seen = []
    for minutes in (20, 15, 4, 1, 0, -11, -12):
        time_machine.move_to(begins - datetime.timedelta(minutes=minutes))
        following = browser.get(mine(one)).context["next"]
        seen.append(following["words"] if following else None)

    assert seen == [
        "",
        "Begins in 15 minutes.",
        "Begins in 4 minutes.",
        "Begins in 1 minute.",
        "Now, until 10.42.",
        "Now, until 10.42.",
        None,
    ]


def test_the_clock_alone_changes_the_state_each_minute_near_a_meeting_and_else_never(meeting, slots, one):
    begins = slots[0].starts_at
    states = [
        live.state_of(one.pk, now=begins - datetime.timedelta(minutes=minutes, seconds=seconds))
        for minutes, seconds in [(300, 0), (16, 0), (4, 0), (3, 1), (3, 0), (0, 0), (-5, 0), (-12, 0), (-100, 0)]
    ]

    same = [earlier == later for earlier, later in itertools.pairwise(states)]
    assert same == [True, False, True, False, False, True, False, True]


def test_a_token_that_was_not_made_here_or_is_old_is_unknown(one, client, time_machine, conference):
    token = live.token_for(one)
    forged = f"{one.pk + 1}.{token.partition('.')[2]}"
    time_machine.move_to(timezone.now() + datetime.timedelta(hours=19))

    assert [client.get(reverse("meetings:live", args=[found])).status_code for found in (token, forged, "x")] == [
        404
    ] * 3


def test_the_part_says_aloud_what_is_new_and_nothing_when_only_the_clock_moved(meeting, browser, one):
    state = browser.get(mine(one)).context["state"]
    headers = {"HX-Request": "true"}

    same = text(browser.get(mine(one), {"known": state}, headers=headers))
    news = text(browser.get(mine(one), {"known": "older"}, headers=headers))

    assert "<html" not in same
    assert "Your meetings have changed." not in same
    assert "Your meetings have changed. Next: 10.30–10.42, table 1" in news


# A meeting -----------------------------------------------------------------------------------------


def test_a_meeting_shows_the_name_and_the_address_only_with_consent(meeting, browser, one, other, conference):
    before = text(browser.get(address("meeting", one, meeting)))
    Consent.objects.create(
        participant=other, purpose=Consent.Purpose.CONTACT_SHARING, given=True, notice=conference.pages.get()
    )
    after = text(browser.get(address("meeting", one, meeting)))
    Consent.objects.create(
        participant=other, purpose=Consent.Purpose.CONTACT_SHARING, given=False, notice=conference.pages.get()
    )
    taken_back = text(browser.get(address("meeting", one, meeting)))

    assert other.family_name in before
    assert [other.email in page for page in (before, after, taken_back)] == [False, True, False]


def test_late_is_seen_by_the_other_one(meeting, slots, browser, one, other, time_machine):
    time_machine.move_to(slots[0].starts_at - datetime.timedelta(minutes=3))
    answer = browser.post(address("late", one, meeting), {"from": "mine"})
    browser.post(address("late", one, meeting))
    theirs = Client()
    theirs.force_login(other.user)

    assert answer.url == mine(one)
    assert "They will be late: they said so at 10.27." in text(theirs.get(mine(other)))
    assert [entry.action for entry in history.of(meeting)] == ["said to be late", "agreed"]
    assert not Mail.objects.filter(kind__contains="late").exists()


def test_late_is_no_word_for_a_meeting_tomorrow_or_over(meeting, slots, browser, one, time_machine):
    for moment in (slots[0].starts_at - datetime.timedelta(hours=2), slots[0].ends_at):
        time_machine.move_to(moment)
        browser.post(address("late", one, meeting))

    assert seat(meeting, one).late_at is None


def test_cancelling_frees_the_slot_at_once_and_tells_the_other_one_why(meeting, slots, browser, one, other):
    page = browser.get(address("cancel", one, meeting))
    browser.post(address("cancel", one, meeting), {"reason": "Our train is late."})
    again = browser.post(address("cancel", one, meeting), {"reason": ""}, follow=True)

    assert "Cancel this meeting?" in text(page)
    assert free_slots(one.conference, [other.pk], now=timezone.now())[other.pk] == slots
    told = {mail.to[0]: mail for mail in Mail.objects.filter(kind="meeting_cancelled")}
    assert "The reason: Our train is late." in told[other.email].text
    assert reverse("meetings:suggestions", args=[other.pk]) in told[other.email].text
    assert told[one.email].text.startswith(f"{one.full_name},\n\nYou have cancelled your meeting with")
    assert "This meeting is cancelled." in text(again)


def test_a_meeting_that_is_over_is_not_cancelled(meeting, slots, browser, one, time_machine):
    time_machine.move_to(slots[0].ends_at)
    answer = browser.post(address("cancel", one, meeting), {"reason": ""}, follow=True)

    assert "This meeting is over. Say instead whether it took place." in text(answer)
    assert Meeting.objects.get().status == "published"


def test_one_tap_says_that_it_took_place(meeting, slots, browser, one, time_machine):
    time_machine.move_to(slots[0].ends_at)
    page = browser.get(mine(one))
    answer = browser.post(address("held", one, meeting), {"held": "1", "from": "mine"}, follow=True)

    assert [appointment.meeting for appointment in page.context["day"].to_confirm] == [meeting]
    assert Meeting.objects.get().status == "held"
    assert answer.context["day"].to_confirm == []


def test_a_slip_is_corrected(meeting, slots, browser, one, time_machine):
    time_machine.move_to(slots[0].ends_at)
    for held in "01":
        browser.post(address("held", one, meeting), {"held": held})

    assert Meeting.objects.get().status == "held"


def test_a_note_is_read_by_its_writer_alone(meeting, browser, one, other):
    browser.post(address("note", one, meeting), {"note": "Send them our report."})
    theirs, assistants = Client(), Client()
    theirs.force_login(other.user)
    assistant = UserFactory()
    one.meeting_assistants.create(email=assistant.email)
    assistants.force_login(assistant)
    assistants.post(address("note", one, meeting), {"note": "Overwritten"})

    assert "Send them our report." in text(browser.get(address("meeting", one, meeting)))
    assert "Send them our report." not in text(theirs.get(address("meeting", other, meeting)))
    assert "Send them our report." not in text(assistants.get(address("meeting", one, meeting)))
    assert "Send them our report." not in " ".join(entry.detail for entry in history.of(meeting))


def test_a_note_that_is_too_long_is_kept_on_the_page(meeting, browser, one):
    page = browser.post(address("note", one, meeting), {"note": "n" * 2001})

    assert page.context["note_form"].errors == {"note": ["At most 2000 characters; these are 2001."]}
    assert "n" * 2001 in text(page)


@pytest.mark.parametrize("name", ["late", "held", "note"])
def test_what_changes_something_takes_no_get(meeting, browser, one, name):
    assert browser.get(address(name, one, meeting)).status_code == 405


@pytest.mark.parametrize("name", ["meeting", "cancel"])
def test_the_meeting_of_others_is_not_there(slots, browser, one, conference, name):
    others = requests.accept(factories.request(factories.guest(conference), factories.guest(conference)), by=None)

    assert browser.get(address(name, one, others)).status_code == 404


def test_history_says_on_whose_behalf(meeting, client, one):
    assistant = UserFactory(email="ana@city.example")
    one.meeting_assistants.create(email=assistant.email)
    client.force_login(assistant)
    client.post(address("cancel", one, meeting), {"reason": ""})

    entry = history.of(meeting).first()
    assert (entry.action, entry.by, entry.detail) == ("cancelled", assistant, f"on behalf of {one.full_name}")


# Calendar and paper --------------------------------------------------------------------------------


@pytest.fixture
def feed(browser, one):
    browser.post(reverse("meetings:calendar", args=[one.pk]))
    page = browser.post(reverse("meetings:calendar", args=[one.pk]))
    return page.context["address"].partition("/meetings/")[1:]


def test_the_calendar_follows_each_change_and_keeps_what_was_cancelled(meeting, feed, client, one, other):
    address = "".join(feed)
    first = Client().get(address)
    again = Client().get(address, headers={"If-None-Match": first.headers["ETag"]})
    meetings.cancel(meeting, person=other, by=None)
    last = Client().get(address, headers={"If-None-Match": first.headers["ETag"]})

    (event,) = Calendar.from_ical(first.content).walk("VEVENT")
    assert (event["UID"], event["STATUS"], event["SEQUENCE"]) == (f"{meeting.uid}@convoke", "CONFIRMED", 1)
    assert event["LOCATION"].startswith("Table 1, Atrium, European Committee of the Regions")
    assert b"ATTENDEE" not in first.content
    assert other.email.encode() not in first.content
    assert again.status_code == 304
    (event,) = Calendar.from_ical(last.content).walk("VEVENT")
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 2)


def test_the_address_is_kept_as_a_hash_and_can_be_revoked(meeting, feed, browser, one):
    address = "".join(feed)
    token = address.rpartition("/")[2].removesuffix(".ics")
    stored = Profile.objects.get(participant=one).feed_sha256
    browser.post(reverse("meetings:calendar_revoke", args=[one.pk]))

    assert token not in stored
    assert Client().get(address).status_code == 404


def test_the_address_of_somebody_who_no_longer_comes_ends(meeting, feed, one):
    replies.withdraw(one, by=None)

    assert Client().get("".join(feed)).status_code == 404


def test_a_get_makes_no_address(meeting, browser, one):
    assert browser.get(reverse("meetings:calendar", args=[one.pk])).url == mine(one)
    assert Profile.objects.get(participant=one).feed_sha256 is None


@pytest.mark.skipif(not pdf.is_available(), reason="without Pango no PDF can be made")
def test_the_day_on_paper(meeting, browser, one):
    answer = browser.get(reverse("meetings:mine_pdf", args=[one.pk]))

    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


def test_without_pango_the_page_says_so(meeting, browser, one, monkeypatch):
    def fail(*_arguments):
        raise pdf.PdfUnavailable

    monkeypatch.setattr(pdf, "render", fail)
    answer = browser.get(reverse("meetings:mine_pdf", args=[one.pk]))

    assert (answer.status_code, "libpango-1.0-0" in text(answer)) == (503, True)
    assert f'href="{mine(one)}">Back to the page' in text(answer)


def test_absences_are_named_to_oneself_alone(slots, browser, one):
    Absence.objects.create(
        participant=one, starts_at=slots[0].starts_at, ends_at=slots[0].ends_at, reason="Interview with the press"
    )

    assert browser.get(mine(one)).context["day"].lines[0].reason == "Interview with the press"


def test_who_has_no_profile_yet_can_have_a_calendar(slots, client, conference):
    newcomer = factories.guest(conference)
    newcomer.meeting_profile.delete()
    client.force_login(newcomer.user)

    page = client.post(reverse("meetings:calendar", args=[newcomer.pk]))
    address = "".join(page.context["address"].partition("/meetings/")[1:])

    assert Client().get(address).status_code == 200
    assert client.get(mine(newcomer)).status_code == 200
