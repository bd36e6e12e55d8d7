"""What is for the owner of a registration alone never passes to whoever takes the registration over."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.db import models
from django.utils import timezone

from accounts.models import User
from accounts.services import save_account
from agenda.models import Reader
from conference.queries import newest_notice
from marketplace.models import ContactLeft, Remembered
from meetings.models import Absence, Assistant, Meeting, MeetingRequest, MeetingSeat, Profile
from meetings.services import profiles
from registrations import owners
from registrations.models import AddressChange, Consent, Participant
from registrations.services import address_changes, replies
from tests.checks.test_checks import OWN_APPS
from tests.factories import InvitationFactory, person
from tests.marketplace.factories import call, stand

pytestmark = pytest.mark.django_db

NEW = "new@city.example"
# Rows that hang from one person: from them, or from what is theirs.
OF_A_PERSON = (User, Participant, Profile, Reader)


def models_of_people() -> Iterator[type[models.Model]]:
    for model in apps.get_models(include_auto_created=True):
        relations = [field for field in model._meta.get_fields() if field.is_relation and field.concrete]
        if any(field.related_model in OF_A_PERSON for field in relations):
            yield model


def names_of(model: type[models.Model]) -> set[str]:
    return {
        field.name for field in model._meta.get_fields() if field.concrete and not getattr(field, "primary_key", False)
    }


def test_every_model_of_people_says_what_is_for_the_owner_alone():
    undeclared = [model._meta.label for model in models_of_people() if model not in owners.declared()]

    assert undeclared == [], "Declare them in the owning.py of their app: see registrations/owners.py."


def test_every_field_is_declared_once():
    for model, declaration in owners.declared().items():
        if declaration.staying == (owners.ALL,):
            assert declaration.why, model
            continue
        named = [*declaration.owners, *declaration.staying]
        assert sorted(named) == sorted(names_of(model)), model._meta.label


def test_a_private_token_or_note_is_never_declared_as_staying():
    """Whoever adds a calendar address or a note to a person's row has to make it the owner's."""
    for model, declaration in owners.declared().items():
        if model._meta.app_label in OWN_APPS and owners.ALL not in declaration.staying:
            assert not {name for name in declaration.staying if name.startswith("feed") or name == "note"}


# Going through every field -----------------------------------------------------------------------


@pytest.fixture
def participant() -> Participant:
    """Somebody with a row in every model that is for the owner alone."""
    invitation = InvitationFactory(email="mayor@city.example")
    [one, other] = replies.accept(invitation, [person(1), person(2)], by=None)
    owner = one.user
    EmailAddress.objects.filter(user=owner).update(verified=True)
    conference = one.conference
    notice = newest_notice(conference.pk)
    profiles.opt_in(one, names_shown=True, by=owner)
    Profile.objects.filter(participant=one).update(feed_sha256="a" * 64, feed_made_at=timezone.now())
    Assistant.objects.create(participant=one, email="assistant@city.example")
    Absence.objects.create(
        participant=one, starts_at=conference.starts_at, ends_at=conference.ends_at, reason="Court hearing"
    )
    asked = MeetingRequest.objects.create(
        conference=conference,
        asker=one,
        asked=other,
        expires_at=timezone.now(),
        status="accepted",
        closed_at=timezone.now(),
    )
    meeting = Meeting.objects.create(conference=conference, request=asked)
    MeetingSeat.objects.create(meeting=meeting, participant=one, note="Do not trust them")
    liked = stand(call(conference))
    Remembered.objects.create(stand=liked, participant=one)
    ContactLeft.objects.create(stand=liked, participant=one, notice_id=notice)
    Reader.objects.create(user=owner, conference=conference, feed_sha256="b" * 64, feed_made_at=timezone.now())
    return one


# What is left of each, as the new owner could read it. A new declaration needs its line here.
def readable(participant: Participant) -> dict[type[models.Model], Any]:
    profile = Profile.objects.get(participant=participant)
    newest = dict(participant.consents.order_by("at", "pk").values_list("purpose", "given"))
    return {
        Consent: [purpose for purpose, given in newest.items() if given],
        MeetingSeat: [seat.note for seat in participant.meeting_seats.exclude(note="")],
        Absence: [absence.reason for absence in participant.meeting_absences.exclude(reason="")],
        Assistant: [assistant.email for assistant in participant.meeting_assistants.all()],
        Profile: [value for value in (profile.names_shown, profile.feed_sha256, profile.feed_made_at) if value],
        Remembered: list(participant.remembered_stands.all()),
        ContactLeft: list(participant.contacts_left.filter(revoked_at=None)),
    }


def taken_over(participant: Participant, *, by: User | None) -> Participant:
    replies.change(participant, person(1, email=NEW), by=by)
    change = AddressChange.objects.get(participant=participant)
    address_changes.agree(change)
    address_changes.confirm(change)
    return Participant.objects.get(pk=participant.pk)


def test_the_list_of_this_test_is_that_of_the_declarations(participant):
    for_owners = {model for model, declaration in owners.declared().items() if declaration.owners}

    assert set(readable(participant)) == for_owners
    assert all(readable(participant).values())


def test_nothing_passes_to_whoever_takes_over(participant):
    after = taken_over(participant, by=participant.invitation.contact)

    assert after.user.email == NEW
    assert not any(readable(after).values())
    assert "Do not trust them" not in str(list(MeetingSeat.objects.values()))


def test_nothing_passes_where_an_organiser_asks(participant, organiser):
    assert not any(readable(taken_over(participant, by=organiser)).values())


def test_nothing_passes_by_replacing(participant):
    successor = replies.replace(participant, person(3), by=participant.invitation.contact)
    profiles.opt_in(successor, names_shown=False, by=None)

    assert not any(readable(successor).values())


def test_the_same_person_keeps_everything(participant):
    former = participant.user

    after = taken_over(participant, by=former)

    assert after.user.email == NEW
    assert all(readable(after).values())
    # Stars and calendar belong to the account and move with the person.
    assert Reader.objects.get().user == after.user


def test_stars_stay_with_the_former_owner(participant):
    former = participant.user

    taken_over(participant, by=participant.invitation.contact)

    assert Reader.objects.get().user == former


def test_without_confirmation_everything_stays(participant):
    replies.change(participant, person(1, email=NEW), by=participant.invitation.contact)

    assert all(readable(participant).values())


def test_nothing_passes_where_an_organiser_gives_the_account_another_address(participant):
    account = participant.user
    account.email = NEW

    save_account(account)

    assert not any(readable(participant).values())
    assert not Reader.objects.exists()


def test_saving_an_account_otherwise_loses_nothing(participant):
    participant.user.name = "Another"

    save_account(participant.user)

    assert all(readable(participant).values())
