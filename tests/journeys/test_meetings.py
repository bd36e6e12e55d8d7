"""Two people in two windows: one asks, the other accepts; one is late, cancels, and in the end they have met."""

import datetime
import re
from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from agenda.models import Release
from conference.models import Conference
from meetings.models import Block, Meeting, MeetingRequest, Slot
from meetings.services import placements, publishing, requests
from registrations.models import Consent, Participant
from tests.agenda.full_day import full_day
from tests.factories import ConferenceFactory
from tests.journeys.conftest import PATIENCE_MS, Visitor
from tests.meetings import factories


@pytest.fixture
def conference(site: str) -> Conference:
    """Of today: its first slot begins in half an hour, by the clock of the server."""
    conference = ConferenceFactory(held_on=timezone.localdate(), title="EU Cities Against Radicalisation")
    factories.rules(conference)
    begins = timezone.now().replace(second=0, microsecond=0) + datetime.timedelta(minutes=30)
    factories.block(conference, slots=3, tables=7, title="Coffee break", place="Atrium", starts_at=begins)
    Release.objects.create(conference=conference, number=1, content=full_day().to_data(), working_copy={})
    return conference


def guest(conference: Conference, place: str, given: str, family: str, function: str, **profile: object) -> Participant:
    made = factories.guest(conference, **profile)
    Participant.objects.filter(pk=made.pk).update(given_name=given, family_name=family, function=function)
    made.delegation.name = place
    made.delegation.save()
    made.refresh_from_db()
    Consent.objects.create(
        participant=made, purpose=Consent.Purpose.CONTACT_SHARING, given=True, notice=conference.pages.get()
    )
    return made


@pytest.fixture
def asker(conference: Conference) -> Participant:
    function = "Deputy Mayor for Prevention, Social Cohesion and Equal Opportunities"
    place = "Sint-Jans-Molenbeek / Molenbeek-Saint-Jean"
    return guest(conference, place, "Владимир", "Παπαδόπουλος-Λευκωσίας", function, names_shown=True)


@pytest.fixture
def asked(conference: Conference) -> Participant:
    return guest(conference, "Brno", "Jana", "Štěpánková", "Head of the Coordination Centre")


@pytest.fixture
def neighbour(chromium: Browser, site: str, width: int) -> Iterator[Visitor]:
    """Somebody in a second window."""
    context = chromium.new_context(viewport={"width": width, "height": 844 if width < 600 else 900})
    yield Visitor(context, site, "meetings-other")
    context.close()


def starts_in(slot: Slot, minutes: int) -> None:
    """Moves the slot instead of the clock: the browser's clock stays as it is."""
    begins = timezone.now() + datetime.timedelta(minutes=minutes)
    Slot.objects.filter(pk=slot.pk).update(starts_at=begins, ends_at=begins + datetime.timedelta(minutes=12))


def at(slot: Slot) -> str:
    return f"{timezone.localtime(slot.starts_at, slot.block.conference.zone):%-H.%M}"


def test_meetings(visitor: Visitor, neighbour: Visitor, asker: Participant, asked: Participant, width: int):
    page, theirs = visitor.page, neighbour.page
    first, second, _third = Slot.objects.order_by("starts_at")
    visitor.signs_in_as(asker.user)
    neighbour.signs_in_as(asked.user)

    # Nothing yet
    visitor.opens(f"/my/{asker.pk}/meetings/")
    expect(page.get_by_role("link", name=f"Find somebody for {at(first)}")).to_be_visible()
    visitor.looks_at("nothing yet")

    # Somebody for that time
    visitor.follows(page.get_by_role("link", name=f"Find somebody for {at(first)}"))
    visitor.follows(page.get_by_role("link", name="Head of the Coordination Centre"))
    visitor.looks_at("somebody for that time")
    visitor.follows(page.get_by_role("link", name="Ask for a meeting"))
    expect(page.get_by_label(at(first))).to_be_checked()
    page.get_by_label("Message").fill("How do you work with schools? Работаем с молодёжью уже десять лет.")
    visitor.looks_at("asking")
    visitor.follows(page.get_by_role("button", name="Send the request"))
    expect(page.get_by_text("Your request is on its way.")).to_be_visible()
    expect(page.get_by_role("heading", name="You have asked Head of the Coordination Centre")).to_be_visible()
    visitor.looks_at("asked")

    # The other one reads it, and accepts
    neighbour.opens(f"/my/{asked.pk}/meetings/")
    neighbour.looks_at("waiting for an answer")
    neighbour.follows(theirs.get_by_role("link", name=re.compile("^Answer")))
    neighbour.looks_at("request")
    neighbour.opens(f"/my/{asked.pk}/meetings/requests/{MeetingRequest.objects.get().pk}/counter/")
    neighbour.looks_at("another time")
    neighbour.opens(f"/my/{asked.pk}/meetings/requests/{MeetingRequest.objects.get().pk}/decline/")
    neighbour.looks_at("declining")
    neighbour.follows(theirs.get_by_role("link", name="Back without a reply"))
    neighbour.follows(theirs.get_by_role("button", name=f"Accept for {at(first)}"))
    expect(theirs.get_by_text("You have agreed.")).to_be_visible()
    expect(theirs.get_by_text(asker.email)).to_be_visible()
    neighbour.looks_at("meeting")

    # It stands in the own programme
    visitor.opens(f"/my/programme/{asker.conference.slug}/")
    expect(page.get_by_role("link", name="Meeting with Jana Štěpánková, Brno")).to_be_visible()

    # The break comes near: late, and the other window sees it by itself
    starts_in(first, 4)
    visitor.opens(f"/my/{asker.pk}/meetings/")
    neighbour.opens(f"/my/{asked.pk}/meetings/")
    expect(page.get_by_text("Begins in 4 minutes.")).to_be_visible()
    visitor.looks_at("next meeting")
    visitor.follows(page.get_by_role("button", name="I'm late"))
    expect(page.get_by_text("They see on their page that you will be late.")).to_be_visible()
    expect(theirs.get_by_text("They will be late")).to_have_count(2, timeout=PATIENCE_MS)
    neighbour.looks_at("the other is late")

    # Cancelling: the other window follows, and the time is free again
    visitor.follows(page.get_by_role("link", name="Cancel the meeting"))
    page.get_by_label("Reason").fill("Our train stands in Leuven.")
    visitor.looks_at("cancelling")
    visitor.follows(page.get_by_role("button", name="Cancel the meeting"))
    expect(page.get_by_text("The meeting is cancelled, and they are told.")).to_be_visible()
    expect(theirs.get_by_text("Your next meeting")).to_have_count(0, timeout=PATIENCE_MS)
    neighbour.opens(f"/my/{asked.pk}/meetings/{Meeting.objects.get().pk}/")
    expect(theirs.get_by_text("Our train stands in Leuven.")).to_be_visible()
    neighbour.looks_at("cancelled")

    # They try again, without a time; a page that has grown old offers what is left
    neighbour.opens(f"/my/{asked.pk}/meetings/ask/{asker.pk}/")
    neighbour.follows(theirs.get_by_role("button", name="Send the request"))
    again = MeetingRequest.objects.pending().get()
    visitor.opens(f"/my/{asker.pk}/meetings/requests/{again.pk}/")
    visitor.looks_at("request without a time")
    page.get_by_label(at(second)).check()
    requests.ask(factories.guest(asker.conference), asker, slot=second, by=None)
    visitor.follows(page.get_by_role("button", name="Accept"))
    expect(page.locator("[data-error-summary]")).to_be_focused()
    visitor.looks_at("that time has gone")
    page.get_by_label("Leave the time to the organiser").check()
    visitor.follows(page.get_by_role("button", name="Accept"))
    visitor.looks_at("agreed without a time")

    # The organiser has it placed, and publishes
    meeting = Meeting.objects.unplaced().get()
    starts_in(first, 20)
    placement = placements.start(asker.conference, mode="anew", limit_seconds=1, by=None)
    placement.refresh_from_db()
    placements.review(placement, by=None)
    publishing.publish(placement, by=None)
    meeting.refresh_from_db()
    visitor.opens(f"/my/{asker.pk}/meetings/")
    expect(page.get_by_text("Your next meeting")).to_be_visible()
    visitor.looks_at("placed and published")

    # It takes place, and both say so
    first = meeting.slot
    starts_in(first, -2)
    visitor.opens(f"/my/{asker.pk}/meetings/")
    expect(page.get_by_text("Your meeting now")).to_be_visible()
    visitor.looks_at("meeting now")
    starts_in(first, -13)
    visitor.opens(f"/my/{asker.pk}/meetings/")
    visitor.looks_at("did you meet")
    visitor.follows(page.get_by_role("button", name="It took place"))
    expect(page.get_by_text("Thank you, that is noted.")).to_be_visible()
    neighbour.opens(f"/my/{asked.pk}/meetings/{meeting.pk}/")
    neighbour.follows(theirs.get_by_role("button", name="It took place"))
    theirs.get_by_label("Your note").fill("Send them our report on schools.")
    neighbour.follows(theirs.get_by_role("button", name="Save the note"))
    expect(theirs.get_by_label("Your note")).to_have_value("Send them our report on schools.")
    neighbour.looks_at("held")
    assert Meeting.objects.get(pk=meeting.pk).status == "held"

    # A calendar of one's own
    neighbour.opens(f"/my/{asked.pk}/meetings/")
    neighbour.follows(theirs.get_by_role("button", name="Make a calendar address"))
    neighbour.looks_at("calendar address")


def test_refusals_are_kind(visitor: Visitor, asker: Participant, asked: Participant):
    page = visitor.page
    visitor.signs_in_as(asker.user)
    asker.conference.meeting_rules.pending_factor = 1
    asker.conference.meeting_rules.save()
    for _number in range(3):
        requests.ask(asker, factories.guest(asker.conference), by=None)

    visitor.opens(f"/my/{asker.pk}/meetings/ask/{asked.pk}/")
    expect(page.get_by_text("You have as many open requests as your free times allow.")).to_be_visible()
    visitor.looks_at("no requests left")

    # The session ends while the page is open: the next news lead to signing in, and not into the page
    starts_in(Slot.objects.order_by("starts_at").first(), 10)
    visitor.opens(f"/my/{asker.pk}/meetings/")
    visitor.context.clear_cookies()
    requests.ask(factories.guest(asker.conference), asker, by=None)
    page.wait_for_url("**/accounts/login/**")
    visitor.signs_in_as(asker.user)

    Block.objects.update(status="closed")
    visitor.opens(f"/my/{asker.pk}/meetings/")
    visitor.looks_at("no times open")


def test_meetings_work_without_javascript(chromium: Browser, site: str, asker: Participant, asked: Participant) -> None:
    first = Slot.objects.order_by("starts_at").first()
    starts_in(first, 10)
    people = []
    for participant in (asker, asked):
        context = chromium.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
        people.append(Visitor(context, site, "plain"))
        people[-1].signs_in_as(participant.user)
    one, other = people

    one.opens(f"/my/{asker.pk}/meetings/ask/{asked.pk}/?slot={first.pk}")
    one.follows(one.page.get_by_role("button", name="Send the request"))
    other.opens(f"/my/{asked.pk}/meetings/")
    other.follows(other.page.get_by_role("link", name=re.compile("^Answer")))
    other.follows(other.page.get_by_role("button", name="Accept"))
    one.opens(f"/my/{asker.pk}/meetings/")
    one.follows(one.page.get_by_role("button", name="I'm late"))
    other.opens(f"/my/{asked.pk}/meetings/")
    expect(other.page.get_by_text("They will be late")).to_be_visible()
    other.follows(other.page.get_by_role("link", name="Cancel the meeting"))
    other.follows(other.page.get_by_role("button", name="Cancel the meeting"))
    expect(other.page.get_by_text("The meeting is cancelled, and they are told.")).to_be_visible()
    for visitor in people:
        visitor.context.close()
