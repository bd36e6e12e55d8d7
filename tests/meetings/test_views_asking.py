"""Asking and answering in the browser: every way through, every refusal at its place, nothing typed lost."""

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from mailings.models import Mail
from meetings.models import Absence, Meeting, MeetingRequest, Refusal
from meetings.services import requests
from registrations.services import replies
from tests.factories import ConferenceFactory, UserFactory
from tests.meetings import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def slots(conference):
    factories.rules(conference)
    return list(factories.block(conference, slots=2, tables=1).slots.all())


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
def others_browser(other):
    client = Client()
    client.force_login(other.user)
    return client


def ask_address(one, other):
    return reverse("meetings:ask", args=[one.pk, other.pk])


def address(name, me, thing):
    return reverse(f"meetings:{name}", args=[me.pk, thing.pk])


def text(response):
    return response.content.decode()


def test_a_request_with_a_message_goes_to_the_other_one(slots, browser, one, other):
    page = browser.get(ask_address(one, other))
    answer = browser.post(
        ask_address(one, other), {"message": "How do you work with schools?", "slot": "later"}, follow=True
    )

    made = MeetingRequest.objects.get()
    assert [label for _value, label in page.context["form"].fields["slot"].choices] == [
        "No fixed time: we agree on one later",
        "10.30–10.42, Coffee break",
        "10.45–10.57, Coffee break",
    ]
    assert (made.asker, made.asked, made.slot, made.message) == (one, other, None, "How do you work with schools?")
    assert answer.redirect_chain == [(address("request", one, made), 302)]
    assert "Your request is on its way." in text(answer)
    assert Mail.objects.get(kind="meeting_request").to == [other.email]


def test_a_time_of_the_link_is_chosen_and_then_kept(slots, browser, one, other):
    page = browser.get(ask_address(one, other), {"slot": slots[1].pk})
    browser.post(ask_address(one, other), {"message": "", "slot": slots[1].pk})

    assert page.context["form"]["slot"].initial == str(slots[1].pk)
    assert MeetingRequest.objects.get().slot == slots[1]


def test_from_an_empty_slot_over_the_directory_to_a_request_for_it(slots, browser, one, other):
    found = browser.get(reverse("meetings:directory", args=[one.pk]), {"free": slots[1].pk})
    person = reverse("meetings:person", args=[one.pk, other.pk]) + f"?free={slots[1].pk}&slot={slots[1].pk}"
    ask = ask_address(one, other)
    page = text(browser.get(person))

    assert escape(person) in text(found)
    assert [page.count(f'href="{ask}?slot={slot.pk}"') for slot in slots] == [1, 2]
    assert browser.get(f"{ask}?slot={slots[1].pk}").context["form"]["slot"].initial == str(slots[1].pk)


def test_a_time_of_the_link_that_is_gone_is_said_and_the_others_offered(slots, browser, one, other):
    Absence.objects.create(participant=other, starts_at=slots[1].starts_at, ends_at=slots[1].ends_at)

    page = browser.get(ask_address(one, other), {"slot": slots[1].pk})

    assert "10.45–10.57 is no longer free for both of you." in text(page)
    assert [value for value, _label in page.context["form"].fields["slot"].choices] == ["later", str(slots[0].pk)]


@pytest.mark.parametrize("number", ["x", "99999", "9" * 40, "-1"])
def test_a_broken_time_in_the_link_is_ignored(slots, browser, one, other, number):
    assert browser.get(ask_address(one, other), {"slot": number}).status_code == 200


def test_a_stale_page_keeps_what_was_typed_and_offers_the_other_times(slots, browser, one, other, conference):
    requests.ask(other, factories.guest(conference), slot=slots[0], by=other.user)

    page = browser.post(ask_address(one, other), {"message": "A long thought", "slot": slots[0].pk})

    form = page.context["form"]
    assert form.errors == {"slot": ["This time is no longer free for both of you. Choose another one."]}
    assert [value for value, _label in form.fields["slot"].choices] == ["later", str(slots[1].pk)]
    assert "A long thought" in text(page)
    assert MeetingRequest.objects.filter(asker=one).count() == 0


def test_the_last_table_may_go_between_the_look_and_the_click(slots, browser, one, other, monkeypatch):
    monkeypatch.setattr("meetings.views.asking.common_slots", lambda *_people, **_now: slots)
    held = factories.request(factories.guest(one.conference), factories.guest(one.conference))
    requests.accept(held, slot=slots[0], by=None)

    page = browser.post(ask_address(one, other), {"message": "Kept", "slot": slots[0].pk})

    assert page.context["form"].errors == {"slot": ["All tables are taken at this time. Choose another one."]}
    assert "Kept" in text(page)


def test_a_message_that_is_too_long_is_refused_and_kept(slots, browser, one, other):
    page = browser.post(ask_address(one, other), {"message": "x" * 1001, "slot": "later"})

    assert page.context["form"].errors == {"message": ["At most 1000 characters; these are 1001."]}
    assert "x" * 1001 in text(page)


def test_the_second_click_and_the_back_button_lead_to_the_one_request(slots, browser, one, other):
    sent = {"message": "Once", "slot": "later"}
    browser.post(ask_address(one, other), sent)
    again = browser.post(ask_address(one, other), sent, follow=True)
    back = browser.get(ask_address(one, other), follow=True)

    made = MeetingRequest.objects.get()
    for answer in (again, back):
        assert answer.redirect_chain == [(address("request", one, made), 302)]
        assert "Your request has been sent. It waits for an answer." in text(answer)
    assert Mail.objects.filter(kind="meeting_request").count() == 1


def test_whom_the_other_one_has_asked_is_led_to_the_answer(slots, browser, one, other):
    made = requests.ask(other, one, by=other.user)

    answer = browser.get(ask_address(one, other), follow=True)

    assert answer.redirect_chain == [(address("request", one, made), 302)]
    assert "They have asked you already: you can answer here." in text(answer)


def test_who_has_agreed_is_led_to_the_meeting(slots, browser, one, other):
    meeting = requests.accept(requests.ask(one, other, by=None), by=None)

    assert browser.get(ask_address(one, other)).url == address("meeting", one, meeting)


def test_the_cap_is_said_before_anything_is_typed(slots, browser, one, other, conference):
    conference.meeting_rules.pending_factor = 1
    conference.meeting_rules.save()
    before = browser.get(ask_address(one, other))
    for _slot in slots:
        requests.ask(one, factories.guest(conference), by=None)

    page = browser.get(ask_address(one, other))

    assert "You can send 2 more requests" in text(before)
    assert page.context["form"] is None
    assert "You have as many open requests as your free times allow." in text(page)


def test_agreed_meetings_without_a_time_count_against_the_cap(slots, browser, one, other, conference):
    requests.accept(requests.ask(one, factories.guest(conference), by=None), by=None)

    assert "You can send 2 more requests" in text(browser.get(ask_address(one, other)))


def test_outside_the_dates_of_booking_the_page_says_so(slots, browser, one, other, conference):
    conference.meeting_rules.closes_at = conference.meeting_rules.opens_at + datetime.timedelta(hours=1)
    conference.meeting_rules.save()

    assert "Meetings cannot be booked at present." in text(browser.get(ask_address(one, other)))


def test_who_cannot_be_found_has_no_page(slots, browser, one, conference):
    strangers = [
        factories.guest(conference, opted_in=False, opted_in_at=None),
        factories.guest(conference, no_meetings=True),
        factories.guest(ConferenceFactory()),
        one,
    ]

    assert [browser.get(ask_address(one, stranger)).status_code for stranger in strangers] == [404] * 4


def test_nobody_acts_for_somebody_else(slots, one, other, client):
    made = requests.ask(one, other, by=None)
    client.force_login(UserFactory())

    addresses = [ask_address(one, other), *(address(name, other, made) for name in ("request", "accept", "decline"))]
    assert [client.get(path).status_code for path in addresses] == [404] * 4
    assert client.post(address("accept", other, made)).status_code == 404


def test_a_third_person_does_not_see_a_request(slots, client, one, other, conference):
    made = requests.ask(one, other, by=None)
    third = factories.guest(conference)
    client.force_login(third.user)

    assert client.get(address("request", third, made)).status_code == 404


@pytest.mark.parametrize("name", ["accept", "counter", "decline", "refuse"])
def test_the_asker_does_not_answer_the_own_request(slots, browser, one, other, name):
    made = requests.ask(one, other, by=None)

    assert browser.post(address(name, one, made), {"slot": "later"}).status_code == 404
    assert MeetingRequest.objects.get().is_pending


def test_the_asked_one_does_not_withdraw(slots, others_browser, one, other):
    made = requests.ask(one, other, by=None)

    assert others_browser.post(address("withdraw", other, made)).status_code == 404
    assert MeetingRequest.objects.get().is_pending


@pytest.mark.parametrize("name", ["accept", "counter", "decline", "refuse"])
def test_a_get_changes_nothing(slots, others_browser, one, other, name):
    made = requests.ask(one, other, by=None)

    others_browser.get(address(name, other, made), follow=True)

    assert MeetingRequest.objects.get().is_pending


def test_accepting_leaves_the_time_open_or_chooses_one(slots, others_browser, one, other):
    made = requests.ask(one, other, by=None)
    page = others_browser.get(address("request", other, made))
    answer = others_browser.post(address("accept", other, made), {"slot": slots[1].pk}, follow=True)

    meeting = Meeting.objects.get()
    assert [label for _value, label in page.context["form"].fields["slot"].choices] == [
        "Leave the time to the organiser",
        "10.30–10.42, Coffee break",
        "10.45–10.57, Coffee break",
    ]
    assert (meeting.slot, meeting.table.number, meeting.status) == (slots[1], 1, "published")
    assert answer.redirect_chain == [(address("meeting", other, meeting), 302)]


def test_accepting_a_time_that_has_gone_offers_the_others_and_keeps_the_request(slots, others_browser, one, other):
    made = requests.ask(one, other, by=None)
    requests.ask(one, factories.guest(one.conference), slot=slots[0], by=None)

    page = others_browser.post(address("accept", other, made), {"slot": slots[0].pk})

    assert page.context["form"].errors == {"slot": ["This time is no longer free for both of you. Choose another one."]}
    assert [value for value, _label in page.context["form"].fields["slot"].choices] == ["later", str(slots[1].pk)]
    assert MeetingRequest.objects.get(pk=made.pk).is_pending


def test_a_proposed_time_without_a_table_left_leads_to_another_proposal(slots, others_browser, one, other):
    made = requests.ask(one, other, slot=slots[0], by=None)
    pair = factories.request(factories.guest(one.conference), factories.guest(one.conference))
    requests.accept(pair, slot=slots[0], by=None)

    answer = others_browser.post(address("accept", other, made), {"slot": "later"}, follow=True)

    assert answer.redirect_chain == [(address("counter", other, made), 302)]
    assert "All tables are taken at this time." in text(answer)
    assert [value for value, _label in answer.context["form"].fields["slot"].choices] == [str(slots[1].pk)]


def test_accepting_twice_is_one_meeting_and_a_kind_word(slots, others_browser, one, other):
    made = requests.ask(one, other, by=None)
    others_browser.post(address("accept", other, made), {"slot": "later"})

    again = others_browser.post(address("accept", other, made), {"slot": "later"}, follow=True)

    assert again.redirect_chain == [(address("meeting", other, Meeting.objects.get()), 302)]
    assert "This request is accepted." in text(again)


def test_accepting_what_was_withdrawn_meanwhile_says_so(slots, others_browser, one, other):
    made = requests.ask(one, other, by=None)
    requests.withdraw(made, by=None)

    answer = others_browser.post(address("accept", other, made), {"slot": "later"}, follow=True)

    assert "the status is “withdrawn”" in text(answer)
    assert Meeting.objects.count() == 0


def test_accepting_somebody_who_no_longer_comes_says_so(slots, others_browser, one, other):
    made = requests.ask(one, other, by=None)
    replies.withdraw(one, by=None)

    answer = others_browser.post(address("accept", other, made), {"slot": "later"}, follow=True)

    assert "the status is “no longer possible”" in text(answer)


def test_an_expired_request_cannot_be_accepted_and_the_page_says_so(slots, others_browser, one, other):
    made = requests.ask(one, other, by=None)
    MeetingRequest.objects.update(expires_at=made.created_at)

    answer = others_browser.post(address("accept", other, made), {"slot": "later"}, follow=True)

    assert "This request has expired." in text(answer)
    assert "Accept" not in text(answer)
    assert Meeting.objects.count() == 0


def test_another_time_is_proposed(slots, others_browser, one, other):
    made = requests.ask(one, other, slot=slots[0], by=None)
    page = others_browser.get(address("counter", other, made))
    others_browser.post(address("counter", other, made), {"slot": slots[1].pk, "message": "Later, please"})

    assert [value for value, _label in page.context["form"].fields["slot"].choices] == [str(slots[1].pk)]
    proposal = MeetingRequest.objects.get(counters=made)
    assert (proposal.asker, proposal.asked, proposal.slot, proposal.message) == (other, one, slots[1], "Later, please")
    assert Mail.objects.get(kind="meeting_countered").to == [one.email]


def test_another_proposal_needs_a_time(slots, others_browser, one, other):
    made = requests.ask(one, other, slot=slots[0], by=None)

    page = others_browser.post(address("counter", other, made), {"message": "Later, please"})

    assert page.context["form"].errors == {"slot": ["Choose a time."]}
    assert "Later, please" in text(page)


def test_declining_with_a_word(slots, others_browser, browser, one, other):
    made = requests.ask(one, other, by=None)
    others_browser.post(address("decline", other, made), {"answer": "We are away at noon."})

    assert "We are away at noon." in text(browser.get(address("request", one, made)))
    assert "We are away at noon." in Mail.objects.get(kind="meeting_declined").text


def test_no_thanks_shows_the_asker_no_more_than_declined(slots, others_browser, browser, one, other):
    made = requests.ask(one, other, by=None)
    others_browser.post(address("refuse", other, made))

    page = text(browser.get(address("request", one, made)))
    overview = text(browser.get(reverse("meetings:mine", args=[one.pk])))
    assert Refusal.objects.count() == 1
    for shown in (page, overview):
        assert "declined" in shown
        assert "no thanks" not in shown.lower()


def test_withdrawing(slots, browser, one, other):
    made = requests.ask(one, other, slot=slots[0], by=None)
    browser.post(address("withdraw", one, made))
    again = browser.post(address("withdraw", one, made), follow=True)

    assert MeetingRequest.objects.get().status == "withdrawn"
    assert "the status is “withdrawn”" in text(again)
    assert Mail.objects.filter(kind="meeting_withdrawn").count() == 1


def test_names_are_hidden_until_they_may_be_shown(slots, browser, one, other):
    hidden = text(browser.get(ask_address(one, other)))
    other.meeting_profile.names_shown = True
    other.meeting_profile.save()

    assert other.family_name not in hidden
    assert other.family_name in text(browser.get(ask_address(one, other)))
    assert other.email not in text(browser.get(ask_address(one, other)))


def test_an_assistant_asks_and_the_other_one_reads_on_whose_behalf(slots, client, one, other):
    assistant = UserFactory(name="Ana Assistant", email="ana@city.example")
    one.meeting_assistants.create(email=assistant.email)
    client.force_login(assistant)

    client.post(ask_address(one, other), {"message": "", "slot": "later"})

    mail = Mail.objects.get(kind="meeting_request")
    assert "Ana Assistant acted on behalf of Mayor" in mail.text
    assert one.family_name not in mail.text
