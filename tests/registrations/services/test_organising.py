"""What organisers set by hand, and its history."""

import datetime

import pytest

from accounts.models import User
from conference import history
from conference.models import City, Conference, MemberState
from mailings.models import Mail
from mailings.states import MailStatus
from registrations.models import Category, Delegation, Invitation, Organisation, Wave
from registrations.services import organising, replies, waves
from registrations.services.organising import DelegationRefused, WaveRefused, Who
from registrations.services.places import SeatsRefused
from registrations.states import InvitationStatus, WaveStatus
from tests.factories import (
    DelegationFactory,
    InvitationFactory,
    WaveFactory,
    person,
)

pytestmark = pytest.mark.django_db


def belgium() -> MemberState:
    return MemberState.objects.get(code="BE")


def test_a_city_becomes_a_delegation_with_two_seats(conference: Conference, organiser: User) -> None:
    delegation = organising.add_delegation(
        Delegation(conference=conference), Who(Category.CITY, "Gent", belgium()), by=organiser
    )

    assert (delegation.name, delegation.seats, delegation.category) == ("Gent", 2, Category.CITY)
    assert delegation.city == City.objects.get(name="Gent", member_state="BE")
    assert history.of(delegation).get().action == "created"


def test_a_known_city_is_used_again(conference: Conference) -> None:
    known = City.objects.create(name="Gent", member_state=belgium())

    delegation = organising.add_delegation(
        Delegation(conference=conference), Who(Category.CITY, "Gent", belgium()), by=None
    )

    assert delegation.city == known


@pytest.mark.parametrize(
    ("category", "kind", "expected"),
    [
        (Category.ORGANISATION, Organisation.Kind.PROJECT, Organisation.Kind.PROJECT),
        (Category.INSTITUTION, Organisation.Kind.PROJECT, Organisation.Kind.INSTITUTION),
    ],
)
def test_an_organisation_is_made_of_its_kind(conference: Conference, category: str, kind: str, expected: str) -> None:
    delegation = organising.add_delegation(
        Delegation(conference=conference, seats=3), Who(category, "Efus", kind=kind), by=None
    )

    assert (delegation.organisation.kind, delegation.seats) == (expected, 3)


def test_a_member_state_is_named_by_itself(conference: Conference) -> None:
    delegation = organising.add_delegation(
        Delegation(conference=conference), Who(Category.MEMBER_STATE, "typed", belgium()), by=None
    )

    assert (delegation.name, delegation.seats) == ("Belgium", 1)


def test_a_state_that_left_is_no_member_on_the_day(conference: Conference) -> None:
    kingdom = MemberState.objects.get(code="UK")

    with pytest.raises(DelegationRefused, match="not a Member State on the day"):
        organising.add_delegation(
            Delegation(conference=conference), Who(Category.MEMBER_STATE, member_state=kingdom), by=None
        )


def test_a_city_needs_its_state(conference: Conference) -> None:
    with pytest.raises(DelegationRefused, match="Choose the Member State"):
        organising.add_delegation(Delegation(conference=conference), Who(Category.CITY, "Gent"), by=None)


@pytest.mark.parametrize(
    "who",
    [
        lambda: Who(Category.CITY, "Gent", belgium()),
        lambda: Who(Category.ORGANISATION, "Efus"),
        lambda: Who(Category.MEMBER_STATE, member_state=belgium()),
    ],
)
def test_nobody_has_two_delegations(conference: Conference, who: object) -> None:
    organising.add_delegation(Delegation(conference=conference), who(), by=None)  # type: ignore[operator]

    with pytest.raises(DelegationRefused, match="already"):
        organising.add_delegation(Delegation(conference=conference), who(), by=None)  # type: ignore[operator]
    assert Delegation.objects.count() == 1


def test_changed_fields_stand_in_the_history(organiser: User) -> None:
    delegation = DelegationFactory()
    delegation.salutation, delegation.email = "Dear Mayor,", "new@city.example"

    organising.change_delegation(delegation, changed=["salutation", "email"], by=organiser)

    delegation.refresh_from_db()
    assert delegation.email == "new@city.example"
    entry = history.of(delegation).get()
    assert (entry.action, entry.detail, entry.by) == ("changed", "salutation, e-mail", organiser)


def test_seats_change_by_the_rules_of_seats() -> None:
    invitation = InvitationFactory()
    replies.accept(invitation, [person(1), person(2)], by=None)
    delegation = invitation.delegation
    delegation.seats, delegation.remarks = 1, "kept out by the refusal"

    with pytest.raises(SeatsRefused):
        organising.change_delegation(delegation, changed=["seats", "remarks"], by=None)
    delegation.refresh_from_db()
    assert (delegation.seats, delegation.remarks) == (2, "")


def test_nothing_changed_says_nothing() -> None:
    delegation = DelegationFactory()

    organising.change_delegation(delegation, changed=[], by=None)

    assert not history.of(delegation).exists()


def test_a_delegation_never_invited_can_be_deleted(conference: Conference) -> None:
    delegation = DelegationFactory(conference=conference)

    organising.delete_delegation(delegation, by=None)

    assert not Delegation.objects.exists()
    assert history.of(conference).get().action == "delegation deleted"


def test_an_invited_delegation_stays() -> None:
    invitation = InvitationFactory()

    with pytest.raises(DelegationRefused):
        organising.delete_delegation(invitation.delegation, by=None)


def test_a_new_date_of_a_wave_counts_for_who_was_not_invited_yet(conference: Conference) -> None:
    wave = WaveFactory(conference=conference)
    waves.add_to_wave(wave, [DelegationFactory(conference=conference)], by=None)
    sent = InvitationFactory(delegation__conference=conference, wave=wave, reply_by=wave.reply_by)
    before, wave.reply_by = wave.reply_by, wave.reply_by + datetime.timedelta(days=3)

    organising.save_wave(wave, changed=["reply_by"], by=None)

    assert Invitation.objects.get(status=InvitationStatus.SELECTED).reply_by == wave.reply_by
    sent.refresh_from_db()
    assert sent.reply_by == before


def test_the_date_of_a_wave_on_its_way_stays(conference: Conference) -> None:
    wave = WaveFactory(conference=conference, status=WaveStatus.SENDING)

    with pytest.raises(WaveRefused, match="Pause it"):
        organising.save_wave(wave, changed=["reply_by"], by=None)


def test_choosing_for_a_new_wave_saves_it(conference: Conference, organiser: User) -> None:
    delegation = DelegationFactory(conference=conference)
    wave = Wave(conference=conference, name="First", reply_by=conference.today + datetime.timedelta(days=9))

    selection = organising.choose_for_wave(wave, [delegation], by=organiser)

    assert [invitation.delegation for invitation in selection.added] == [delegation]
    assert history.of(wave).get().action == "created"


def test_who_was_removed_can_be_selected_again(conference: Conference) -> None:
    wave, delegation = WaveFactory(conference=conference), DelegationFactory(conference=conference)
    invitation = waves.add_to_wave(wave, [delegation], by=None).added[0]

    organising.remove_from_wave(invitation, by=None)

    assert list(Delegation.objects.never_invited()) == [delegation]
    assert history.of(wave).get().detail == delegation.name
    assert len(waves.add_to_wave(wave, [delegation], by=None).added) == 1


def test_what_was_sent_is_revoked_not_removed() -> None:
    invitation = InvitationFactory(wave=None)

    with pytest.raises(WaveRefused):
        organising.remove_from_wave(invitation, by=None)


def test_an_empty_draft_can_be_deleted(conference: Conference) -> None:
    organising.delete_wave(WaveFactory(conference=conference), by=None)

    assert not Wave.objects.exists()


def test_a_wave_with_invitations_stays(conference: Conference) -> None:
    wave = WaveFactory(conference=conference)
    waves.add_to_wave(wave, [DelegationFactory(conference=conference)], by=None)

    with pytest.raises(WaveRefused):
        organising.delete_wave(wave, by=None)


def test_failed_mails_of_the_wave_are_queued_again(conference: Conference) -> None:
    wave = WaveFactory(conference=conference)
    Mail.objects.create(conference=conference, key="a", campaign=wave.campaign, status=MailStatus.FAILED, attempts=5)
    other = Mail.objects.create(conference=conference, key="b", campaign="wave:0", status=MailStatus.FAILED)

    assert organising.retry_failed(wave, by=None) == 1

    other.refresh_from_db()
    assert other.status == MailStatus.FAILED
    assert history.of(wave).get().detail == "1"


def test_a_note_is_kept_once(organiser: User) -> None:
    invitation = InvitationFactory()

    for _number in range(2):
        organising.set_note(invitation, "Called on Monday", by=organiser)

    invitation.refresh_from_db()
    assert invitation.note == "Called on Monday"
    assert history.of(invitation).get().action == "note changed"
