"""Whoever is listed by somebody else reads so once: by whom, why, and how to object."""

import datetime

import pytest

from accounts.models import User
from mailings.models import Mail
from marketplace.models import Stand, StandApplication
from marketplace.services import applications, duties
from meetings.models import Profile
from meetings.questions import NAMED, WANTED
from meetings.services import profiles
from meetings.services.profiles import ProfileRefused, Said
from registrations.models import Consent, Participant
from registrations.services import replies
from tests.factories import ConferenceFactory, InvitationFactory, person
from tests.marketplace.factories import application, call
from tests.meetings.factories import rules

pytestmark = pytest.mark.django_db

DUTY = datetime.timedelta(minutes=30)


def told(address: str) -> list[str]:
    """The sentences that this address read."""
    return [mail.text for mail in Mail.objects.filter(kind="address_notice") if mail.to == [address]]


@pytest.fixture
def pair() -> list[Participant]:
    """The invited person and a colleague whom they registered."""
    invitation = InvitationFactory(email="mayor@city.example", delegation__conference=ConferenceFactory())
    rules(invitation.conference)
    answers = {WANTED: True, NAMED: True}
    return replies.accept(
        invitation, [person(1, email="mayor@city.example", answers=answers), person(2, answers=answers)], by=None
    )


def draft_with_contact(participant: Participant) -> StandApplication:
    return application(
        call(participant.conference),
        status="draft",
        delegation=participant.delegation,
        contact=participant,
        challenge="Recruiting",
        approach="Mentors",
    )


class TestMeetings:
    def test_an_assistant_is_told_once(self, pair):
        for _time in range(2):
            named = profiles.name_assistant(pair[0], "ann@city.example", by=pair[0].user)
            profiles.dismiss_assistant(pair[0], named.pk, by=pair[0].user)

        [text] = told("ann@city.example")
        assert "has named you as the assistant who may arrange their meetings" in text

    def test_new_assistants_are_limited(self, pair, settings):
        # The colleague is one new address already; the invitation is for two people.
        settings.NEW_ADDRESSES_PER_DAY = 0
        profiles.name_assistant(pair[0], "ann@city.example", by=pair[0].user)

        with pytest.raises(ProfileRefused, match="At most 2 new e-mail addresses"):
            profiles.name_assistant(pair[0], "bob@city.example", by=pair[0].user)

    def test_names_are_shown_by_the_person_alone(self, pair):
        assert Profile.objects.get(participant=pair[0]).names_shown
        other = Profile.objects.get(participant=pair[1])
        assert other.opted_in
        assert not other.names_shown
        assert not Consent.objects.filter(participant=pair[1], given=True).exists()

    def test_nobody_who_acts_for_them_shows_the_name(self, pair):
        contact = pair[0].user
        profile = Profile.objects.get(participant=pair[1])

        profiles.describe(pair[1], Said(["en"], "Prevention", names_shown=True), version=profile.version, by=contact)

        profile.refresh_from_db()
        assert (profile.text, profile.names_shown) == ("Prevention", False)


class TestStands:
    @pytest.fixture
    def colleague(self) -> tuple[Participant, User]:
        invitation = InvitationFactory(email="mayor@city.example")
        [found] = replies.accept(invitation, [person(1)], by=None)
        Mail.objects.all().delete()
        return found, found.invitation.contact

    def test_a_duty_is_told_once(self, colleague):
        participant, contact = colleague
        of = call(participant.conference)
        accepted = application(of, status="accepted", delegation=participant.delegation)
        made = Stand.objects.create(call=of, application=accepted, kind=accepted.kind, stand_no=1, kind_no=1)
        opens = participant.conference.starts_at

        for hour in (0, 1):
            duties.add(
                made,
                participant,
                starts_at=opens + hour * DUTY,
                ends_at=opens + (hour + 1) * DUTY,
                by=contact,
            )

        [text] = told("guest1@city.example")
        assert "has put you on the list of people at its stand" in text

    def test_the_contact_person_is_told_with_the_submission(self, colleague):
        participant, contact = colleague
        written = draft_with_contact(participant)

        applications.submit(written, by=contact)

        [text] = told("guest1@city.example")
        assert "has named you as the contact person of its stand" in text

    def test_nobody_is_told_what_they_did_themselves(self, colleague):
        participant, _contact = colleague
        written = draft_with_contact(participant)

        applications.submit(written, by=participant.user)

        assert told("guest1@city.example") == []
