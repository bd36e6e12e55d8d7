"""Organisers' pages of the waves: preparing, sending, watching."""

import datetime
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from conference import history
from conference.models import Conference
from mailings.models import Mail
from mailings.states import MailStatus
from registrations.models import Delegation, Invitation, InvitationLink, Wave
from registrations.services import replies, waves
from registrations.states import InvitationStatus, WaveStatus
from tests.factories import DelegationFactory, InvitationFactory, WaveFactory, person

pytestmark = pytest.mark.django_db

LIST = "/admin/registrations/wave/"


def url(name: str, wave: Wave) -> str:
    return reverse(f"admin:registrations_wave_{name}", args=[wave.pk])


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


@pytest.fixture
def wave(conference: Conference) -> Wave:
    """A draft with two delegations."""
    wave = WaveFactory(conference=conference)
    delegations = [DelegationFactory(conference=conference, name=name) for name in ("Aarhus", "Brno")]
    waves.add_to_wave(wave, delegations, by=None)
    return wave


def labels(response: Any) -> list[str]:
    return [button.label for button in response.context["wave_buttons"]]


def test_a_wave_is_made_by_hand(organiser_client: Client, conference: Conference) -> None:
    reply_by = conference.today + datetime.timedelta(days=14)

    organiser_client.post(
        f"{LIST}add/",
        {"conference": conference.pk, "name": "Mayors", "reply_by": reply_by, "remind_days_before": 5},
    )

    wave = Wave.objects.get()
    assert (wave.name, wave.reply_by, wave.remind_days_before, wave.status) == ("Mayors", reply_by, 5, "draft")
    assert history.of(wave).get().action == "created"


@pytest.mark.parametrize("days", [-1, 60])
def test_the_date_lies_from_today_on_and_before_the_conference(
    organiser_client: Client, conference: Conference, days: int
) -> None:
    day = conference.today + datetime.timedelta(days=days)

    response = organiser_client.post(f"{LIST}add/", {"conference": conference.pk, "name": "Mayors", "reply_by": day})

    assert list(response.context["adminform"].form.errors) == ["reply_by"]


def test_a_later_date_reaches_who_is_selected(organiser_client: Client, wave: Wave) -> None:
    later = wave.reply_by + datetime.timedelta(days=3)

    organiser_client.post(url("change", wave), {"name": wave.name, "reply_by": later, "remind_days_before": ""})

    assert set(wave.invitations.values_list("reply_by", flat=True)) == {later}
    assert history.of(wave).first().detail == "reply by, remind, days before"


def test_the_date_of_a_wave_on_its_way_stays_with_the_reason(organiser_client: Client, wave: Wave) -> None:
    Wave.objects.filter(pk=wave.pk).update(status=WaveStatus.SENDING)
    later = wave.reply_by + datetime.timedelta(days=3)

    response = organiser_client.post(
        url("change", wave), {"name": wave.name, "reply_by": later, "remind_days_before": 7}
    )

    assert said(response) == ["This wave is being sent. Pause it to change its date."]


def test_the_page_lists_who_is_chosen(organiser_client: Client, wave: Wave) -> None:
    response = organiser_client.get(url("change", wave))

    assert [invitation.delegation.name for invitation in response.context["rows"]] == ["Aarhus", "Brno"]
    assert labels(response) == ["Send …", "Preview the mail"]


def test_the_page_takes_as_many_queries_for_two_as_for_four(
    organiser_client: Client, wave: Wave, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(40) as before:
        organiser_client.get(url("change", wave))
    waves.add_to_wave(wave, [DelegationFactory(conference=wave.conference) for _number in range(2)], by=None)
    with django_assert_num_queries(len(before)):
        organiser_client.get(url("change", wave))


def test_the_list_counts_replies(organiser_client: Client, conference: Conference, wave: Wave) -> None:
    replies.accept(InvitationFactory(delegation__conference=conference, wave=wave), [person(1)], by=None)
    replies.decline(InvitationFactory(delegation__conference=conference, wave=wave), by=None)

    (row,) = organiser_client.get(LIST).context["cl"].result_list

    assert row.counts == {"selected": 2, "accepted": 1, "declined": 1}


def test_removing_takes_one_out(organiser_client: Client, wave: Wave) -> None:
    invitation = wave.invitations.get(delegation__name="Brno")

    response = organiser_client.post(url("remove", wave), {"invitation": invitation.pk})

    assert said(response) == ["Brno is no longer in this wave."]
    assert [left.delegation.name for left in wave.invitations.all()] == ["Aarhus"]


@pytest.mark.parametrize("number", ["", "x", "0"])
def test_removing_nobody_is_not_found(organiser_client: Client, wave: Wave, number: str) -> None:
    assert organiser_client.post(url("remove", wave), {"invitation": number}).status_code == 404


def test_the_preview_writes_nothing(organiser_client: Client, wave: Wave) -> None:
    second = wave.invitations.get(delegation__name="Brno")

    page = organiser_client.get(url("preview", wave), {"invitation": second.pk})

    assert page.context["mail"].subject.startswith("Invitation: EU Cities")
    assert "to the conference" in page.context["text"]
    assert "Brno" in page.context["text"]
    assert (page.context["position"], page.context["total"], page.context["following"]) == (2, 2, None)
    assert not Mail.objects.exists()
    assert not InvitationLink.objects.exists()


def test_the_preview_begins_with_the_first(organiser_client: Client, wave: Wave) -> None:
    assert organiser_client.get(url("preview", wave)).context["invitation"].delegation.name == "Aarhus"


def test_an_empty_wave_has_no_preview(organiser_client: Client, conference: Conference) -> None:
    assert organiser_client.get(url("preview", WaveFactory(conference=conference))).status_code == 404


def test_the_html_part_stands_in_a_document_of_its_own(organiser_client: Client, wave: Wave) -> None:
    Delegation.objects.filter(name="Aarhus").update(name="<script>alert(1)</script>")

    frame = organiser_client.get(url("preview_html", wave))

    assert "sandbox" in frame["Content-Security-Policy"]
    assert "default-src 'none'" in frame["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in frame["Content-Security-Policy"]
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert "<script>" not in frame.content.decode()


def test_only_the_frame_may_be_framed(organiser_client: Client, wave: Wave) -> None:
    page = organiser_client.get(url("preview", wave))

    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]


def test_the_question_says_how_many(organiser_client: Client, wave: Wave) -> None:
    page = organiser_client.get(url("send", wave))

    assert page.context["sums"] == {"mails": 2, "delegations": 2, "seats": 4}
    assert page.context["submit"] == "Send 2 mails"
    wave.refresh_from_db()
    assert wave.status == WaveStatus.DRAFT


@pytest.mark.django_db(transaction=True)
def test_sending_issues_and_delivers(organiser_client: Client, wave: Wave) -> None:
    response = organiser_client.post(url("send", wave))

    assert said(response) == ["Sending has begun."]
    wave.refresh_from_db()
    assert wave.status == WaveStatus.SENT
    assert [mail.status for mail in Mail.objects.all()] == [MailStatus.SENT, MailStatus.SENT]
    page = organiser_client.get(url("change", wave))
    assert page.context["words"] == "2 of 2 sent"
    assert not page.context["under_way"]


def test_a_wave_that_cannot_be_sent_says_why(organiser_client: Client, wave: Wave) -> None:
    wave.conference.pages.all().delete()

    response = organiser_client.post(url("send", wave))

    assert said(response) == ["Publish a privacy statement first: invitees give their consent to it."]
    wave.refresh_from_db()
    assert wave.status == WaveStatus.DRAFT


def sending(wave: Wave, **mails: int) -> None:
    """Makes the wave one on its way, with mails in these states."""
    Wave.objects.filter(pk=wave.pk).update(status=WaveStatus.SENDING)
    for status, number in mails.items():
        for index in range(number):
            Mail.objects.create(
                conference=wave.conference, key=f"{status}:{index}", campaign=wave.campaign, status=status
            )


def test_progress_in_numbers_and_words(organiser_client: Client, wave: Wave) -> None:
    sending(wave, queued=3, failed=1, uncertain=1)

    response = organiser_client.get(url("progress", wave))
    part = response.content.decode()

    assert "0 of 7 sent, 2 selected, 3 queued, 1 failed, 1 uncertain" in part
    assert 'hx-trigger="every 2s"' in part
    assert "<html" not in part
    assert "HX-Refresh" not in response


def test_progress_ends_with_a_fresh_page(organiser_client: Client, wave: Wave) -> None:
    response = organiser_client.get(url("progress", wave))

    assert response["HX-Refresh"] == "true"
    assert "hx-trigger" not in response.content.decode()


def test_the_page_works_without_the_script(organiser_client: Client, wave: Wave) -> None:
    sending(wave, queued=1)

    page = organiser_client.get(url("change", wave)).content.decode()

    assert 'includeIndicatorStyles": false' in page
    assert "Reload the page" in page


def test_pausing_and_resuming(organiser_client: Client, wave: Wave) -> None:
    sending(wave, queued=2)

    organiser_client.post(url("pause", wave))

    wave.refresh_from_db()
    assert wave.status == WaveStatus.PAUSED
    page = organiser_client.get(url("change", wave))
    assert labels(page) == ["Resume …", "Preview the mail"]
    assert organiser_client.get(url("send", wave)).context["held"] == 2
    organiser_client.post(url("send", wave))
    assert set(Mail.objects.values_list("status", flat=True)) == {MailStatus.QUEUED}


def test_pausing_twice_says_why_not(organiser_client: Client, wave: Wave) -> None:
    response = organiser_client.post(url("pause", wave))

    assert "not possible any more" in said(response)[0]


def test_failed_mails_can_be_tried_again(organiser_client: Client, wave: Wave) -> None:
    sending(wave, failed=1)
    assert "Retry the failed" in labels(organiser_client.get(url("change", wave)))

    organiser_client.post(url("retry", wave))

    assert Mail.objects.get().status == MailStatus.QUEUED


def test_the_chosen_are_reminded(organiser_client: Client, conference: Conference) -> None:
    wave = WaveFactory(conference=conference, status=WaveStatus.SENT)
    chosen, other, answered = (InvitationFactory(delegation__conference=conference, wave=wave) for _number in range(3))
    replies.decline(answered, by=None)

    response = organiser_client.post(url("remind", wave), {"invitation": [chosen.pk, answered.pk, "x"]})

    assert said(response) == ["1 reminder is queued."]
    assert [mail.to for mail in Mail.objects.filter(kind="reminder")] == [[chosen.email]]
    assert other.links.count() == 0


def test_reminding_nobody_says_so(organiser_client: Client, wave: Wave) -> None:
    response = organiser_client.post(url("remind", wave))

    assert said(response) == ["Nobody of these can be reminded: no answer is due from them."]


@pytest.mark.parametrize("name", ["pause", "retry", "remind", "remove"])
def test_buttons_only_post(organiser_client: Client, wave: Wave, name: str) -> None:
    assert organiser_client.get(url(name, wave)).status_code == 405


def test_only_an_empty_draft_can_be_deleted(organiser_client: Client, wave: Wave, conference: Conference) -> None:
    empty = WaveFactory(conference=conference)

    assert organiser_client.post(url("delete", wave), {"post": "yes"}).status_code == 403
    organiser_client.post(url("delete", empty), {"post": "yes"})

    assert list(Wave.objects.all()) == [wave]


def test_revoked_invitations_do_not_count_as_selected(organiser_client: Client, wave: Wave) -> None:
    Invitation.objects.update(status=InvitationStatus.REVOKED)

    assert labels(organiser_client.get(url("change", wave))) == []
