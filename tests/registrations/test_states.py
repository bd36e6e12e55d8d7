"""The whole matrix of each state machine: what the table allows happens, anything else is refused."""

import pytest

from conference.models import HistoryEntry
from conference.transitions import TransitionRefused, move
from registrations.models import Invitation
from registrations.states import INVITATION_TRANSITIONS, InvitationStatus
from tests.factories import InvitationFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("to", InvitationStatus)
@pytest.mark.parametrize("present", InvitationStatus)
def test_invitation(present, to):
    invitation = InvitationFactory(
        status=present, holds_seats=False, lapsed_at="2030-01-01T00:00Z" if present == "lapsed" else None
    )
    allowed = to in INVITATION_TRANSITIONS[present]
    changes = {"lapsed_at": "2030-01-01T00:00Z" if to == "lapsed" else None}

    if allowed:
        move(invitation, to, transitions=INVITATION_TRANSITIONS, action="moved", by=None, **changes)
    else:
        with pytest.raises(TransitionRefused):
            move(invitation, to, transitions=INVITATION_TRANSITIONS, action="moved", by=None, **changes)

    assert Invitation.objects.get().status == (to if allowed else present)
    assert HistoryEntry.objects.filter(from_status=present, to_status=to).count() == allowed
