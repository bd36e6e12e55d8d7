"""A failing receiver rolls the withdrawal back: registration and programme never disagree."""

import pytest

from agenda.services import speakers
from registrations.models import Participant
from registrations.services import replies
from registrations.states import ParticipantStatus
from tests.factories import InvitationFactory, person


@pytest.mark.django_db
def test_without_the_speaker_nobody_withdraws(organiser, monkeypatch):
    participant = replies.accept(InvitationFactory(), [person(1)], by=None)[0]

    def fail(*_arguments: object, **_more: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(speakers, "withdraw_with", fail)
    with pytest.raises(RuntimeError):
        replies.withdraw(participant, by=organiser)

    assert Participant.objects.get().status == ParticipantStatus.CONFIRMED
