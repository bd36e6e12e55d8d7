"""Who stands at a stand when, and that others see it."""

import datetime

import pytest

from agenda import entries
from marketplace.models import Duty
from marketplace.services import duties
from marketplace.services.duties import DutyRefused
from registrations import commitments
from registrations.services import replies
from tests.factories import InvitationFactory, UserFactory, person
from tests.marketplace.factories import call, stand, visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def own():
    """A stand with two people, open from 12.30 to 13.45."""
    invitation = InvitationFactory()
    conference = invitation.conference
    people = replies.accept(invitation, [person(1), person(2, role="companion")], by=None)
    of = call(conference, stands_from=at(conference, 12, 30), stands_until=at(conference, 13, 45))
    own = stand(of)
    own.application.delegation = invitation.delegation
    own.application.save()
    own.people = people
    return own


def at(conference, hour, minute=0):
    return datetime.datetime.combine(conference.held_on, datetime.time(hour, minute), conference.zone)


def add(own, who, begins, ends):
    conference = own.call.conference
    return duties.add(own, who, starts_at=at(conference, *begins), ends_at=at(conference, *ends), by=UserFactory())


def test_it_makes_the_person_busy(own):
    duty = add(own, own.people[0], (12, 30), (13, 0))

    bound = [one for one in commitments.of(own.call.conference) if one.participant == own.people[0].pk]
    assert [(one.starts_at, one.ends_at) for one in bound] == [(duty.starts_at, duty.ends_at)]
    assert bound[0].what == f"duty at stand {own.place.number}, Street work"


def test_it_stands_in_ones_own_programme_and_in_nobody_elses(own):
    duty = add(own, own.people[0], (12, 30), (13, 0))
    conference = own.call.conference

    mine = entries.entries_of(own.people[0].user, conference)

    assert [(entry.starts_at, entry.ends_at, entry.title) for entry in mine] == [
        (duty.starts_at, duty.ends_at, f"Duty at stand {own.place.number}, Street work")
    ]
    assert entries.entries_of(own.people[1].user, conference) == []


def test_a_released_stand_binds_nobody(own):
    duty = add(own, own.people[0], (12, 30), (13, 0))
    own.released_at = duty.starts_at
    own.save()

    assert [one for one in commitments.of(own.call.conference) if one.participant == own.people[0].pk] == []


@pytest.mark.parametrize(
    ("begins", "ends", "message"),
    [
        ((12, 0), (13, 0), "The stands are open from 12.30 to 13.45"),
        ((13, 0), (14, 0), "The stands are open"),
        ((13, 0), (13, 0), "ends before it begins"),
        ((13, 0), (12, 45), "ends before it begins"),
        ((12, 45), (13, 30), "has a duty from 12.30 to 13.00 already"),
    ],
)
def test_what_is_not_possible_is_told(own, begins, ends, message):
    add(own, own.people[0], (12, 30), (13, 0))

    with pytest.raises(DutyRefused, match=message):
        add(own, own.people[0], begins, ends)

    assert Duty.objects.count() == 1


def test_the_next_begins_when_the_first_ends(own):
    add(own, own.people[0], (12, 30), (13, 0))
    add(own, own.people[0], (13, 0), (13, 45))
    add(own, own.people[1], (12, 30), (13, 45))

    assert Duty.objects.count() == 3


def test_others_do_not_stand_there(own):
    with pytest.raises(DutyRefused, match="Only people of the delegation"):
        add(own, visitor(own.call.conference), (12, 30), (13, 0))


def test_who_has_a_meeting_then_is_told_of_it(own, monkeypatch):
    conference = own.call.conference
    meeting = commitments.Commitment(
        own.people[0].pk, at(conference, 12, 45), at(conference, 13), "a meeting with Brno, table 7"
    )
    monkeypatch.setitem(commitments._sources, "meetings", lambda _conference, _people: [meeting])

    with pytest.raises(DutyRefused, match="something else from 12.45 to 13.00: a meeting with Brno, table 7"):
        add(own, own.people[0], (12, 30), (13, 0))


def test_one_is_removed(own):
    duty = add(own, own.people[0], (12, 30), (13, 0))

    duties.remove(duty, by=UserFactory())
    duties.remove(duty, by=UserFactory())

    assert not Duty.objects.exists()
