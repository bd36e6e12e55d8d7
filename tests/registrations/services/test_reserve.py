"""Stand-ins: the best of the reserve list comes in the place of a city that does not, by hand or by itself."""

import datetime

import pytest
from django.utils import timezone

from conference import history
from conference.models import MemberState, Page
from registrations.models import BalanceSettings, Invitation
from registrations.services import invitations, replies, reserve
from registrations.states import InvitationStatus
from registrations.tasks import promote_due, promote_from_reserve
from tests.factories import (
    CityFactory,
    ConferenceFactory,
    DelegationFactory,
    InvitationFactory,
    OrganisationDelegationFactory,
    person,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def conference():
    conference = ConferenceFactory(target=20, hard_limit=20)
    BalanceSettings.objects.create(conference=conference, promotes=True, promotion_days=7)
    return conference


def city(conference, name, code, **more):
    place = CityFactory(name=name, member_state=MemberState.objects.get(code=code), population=80_000)
    return DelegationFactory(conference=conference, city=place, **more)


@pytest.fixture
def reserve_list(conference):
    """Mdina, which is like Valletta, and Gent, which is not; Berlin is on no list."""
    return [
        city(conference, "Gent", "BE", on_reserve=True),
        city(conference, "Mdina", "MT", on_reserve=True),
        city(conference, "Berlin", "DE"),
    ]


@pytest.fixture
def asked(conference):
    for name in ("Antwerpen", "Liège", "Namur"):
        InvitationFactory(delegation=city(conference, name, "BE"))
    return InvitationFactory(delegation=city(conference, "Valletta", "MT"))


def test_the_best_of_the_reserve_list_is_invited_when_a_city_declines(
    conference, asked, reserve_list, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        replies.decline(asked, by=None)

    stand_in = Invitation.objects.get(in_place_of=asked)
    assert stand_in.delegation == reserve_list[1]
    assert (stand_in.status, stand_in.holds_seats) == (InvitationStatus.SENT, True)
    assert stand_in.reply_by == conference.today + datetime.timedelta(days=7)
    reason = history.of(stand_in).get(action="promoted from the reserve list").detail
    assert reason.startswith("in the place of Valletta: mends 50,000 to 100,000 +0.")
    assert reason.endswith("; alike in Malta, 50,000 to 100,000")
    assert history.of(asked).get(action="stand-in invited").detail == reason.replace(
        "in the place of Valletta", "Mdina"
    )
    assert promote_from_reserve(asked.pk) is None
    assert Invitation.objects.filter(in_place_of=asked).count() == 1


def test_lapsing_at_the_reply_by_date_promotes_too(
    conference, asked, reserve_list, django_capture_on_commit_callbacks
) -> None:
    Invitation.objects.filter(pk=asked.pk).update(reply_by=conference.today - datetime.timedelta(days=1))

    with django_capture_on_commit_callbacks(execute=True):
        invitations.lapse_due()

    assert Invitation.objects.get(in_place_of=asked).delegation == reserve_list[1]


def test_withdrawing_the_last_person_promotes_too(asked, reserve_list, django_capture_on_commit_callbacks) -> None:
    (only,) = replies.accept(asked, [person()], by=None)

    with django_capture_on_commit_callbacks(execute=True):
        replies.withdraw(only, by=None)

    assert Invitation.objects.filter(in_place_of=asked).exists()


@pytest.mark.parametrize("change", ["off", "other category", "asked again"])
def test_nobody_is_promoted_where_that_is_not_wanted(
    conference, asked, reserve_list, change, django_capture_on_commit_callbacks
) -> None:
    gone = asked
    if change == "off":
        BalanceSettings.objects.update(promotes=False)
    elif change == "other category":
        gone = InvitationFactory(delegation=OrganisationDelegationFactory(conference=conference))
    else:
        InvitationFactory(delegation=asked.delegation, email="other@city.example", seats=1)

    with django_capture_on_commit_callbacks(execute=True):
        replies.decline(gone, by=None)

    assert not Invitation.objects.exclude(in_place_of=None).exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("empty list", "Nobody who can be invited is on the reserve list."),
        ("full", "More cities would be likely to accept than there are places."),
        ("too late", "The conference is too near to invite anybody else."),
        ("no statement", "Publish a privacy statement first: invitees give their consent to it."),
    ],
)
def test_why_nobody_was_promoted_stands_in_the_history(
    conference, asked, reserve_list, change, reason, django_capture_on_commit_callbacks
) -> None:
    if change == "empty list":
        reserve.set_reserve(reserve_list, False, by=None)
    elif change == "full":
        conference.target = conference.hard_limit = 2
        conference.save()
    elif change == "too late":
        conference.held_on = conference.today + datetime.timedelta(days=1)
        conference.save()
    else:
        Page.objects.all().delete()

    with django_capture_on_commit_callbacks(execute=True):
        replies.decline(asked, by=None)

    assert not Invitation.objects.exclude(in_place_of=None).exists()
    assert history.of(asked).get(action=reserve.NOBODY).detail == reason
    assert not promote_due()


def test_a_refusal_that_no_worker_heard_of_is_found(conference, asked, reserve_list) -> None:
    replies.decline(asked, by=None)
    assert not Invitation.objects.exclude(in_place_of=None).exists()

    assert reserve.promote_due() == 1
    assert reserve.promote_due() == 0


def test_old_refusals_are_left_to_the_organiser(conference, asked, reserve_list) -> None:
    replies.decline(asked, by=None)
    Invitation.objects.filter(pk=asked.pk).update(replied_at=timezone.now() - datetime.timedelta(days=2))

    assert reserve.promote_due() == 0


def test_without_a_reserve_list_all_never_invited_are_offered(conference, asked, reserve_list) -> None:
    replies.decline(asked, by=None)
    reserve.set_reserve(reserve_list, False, by=None)

    found = reserve.stand_ins(asked.delegation)

    assert not found.from_reserve
    assert {reason.candidate.name for reason in found.reasons} == {"Gent", "Mdina", "Berlin"}
    assert found.reasons[0].candidate.name in {"Mdina", "Berlin"}


def test_a_stand_in_is_invited_once_and_only_for_who_will_not_come(conference, asked, reserve_list) -> None:
    gent, mdina, _berlin = reserve_list
    reply_by = conference.today + datetime.timedelta(days=7)
    with pytest.raises(reserve.PromotionRefused, match="Valletta may still come"):
        reserve.invite_stand_in(asked, mdina, reply_by=reply_by, by=None)
    replies.decline(asked, by=None)

    reserve.invite_stand_in(asked, mdina, reply_by=reply_by, by=None)

    with pytest.raises(reserve.PromotionRefused, match="already"):
        reserve.invite_stand_in(asked, gent, reply_by=reply_by, by=None)
    other = Invitation.objects.exclude(pk=asked.pk).filter(status=InvitationStatus.SENT).first()
    replies.decline(other, by=None)
    with pytest.raises(reserve.PromotionRefused, match="Mdina cannot be invited"):
        reserve.invite_stand_in(other, mdina, reply_by=reply_by, by=None)


def test_the_reserve_list_is_of_cities_and_written_into_the_history(conference, reserve_list) -> None:
    organisation = OrganisationDelegationFactory(conference=conference)

    assert reserve.set_reserve([*reserve_list, organisation], True, by=None) == 1

    assert [entry.action for entry in history.of(reserve_list[2])] == ["put on the reserve list"]
