"""Waves: choosing whom to invite, sending in the background, pausing, and how far it is."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from conference import history
from conference.models import Conference
from conference.services import lock
from conference.transitions import TransitionRefused, move
from mailings import services as outbox
from mailings.models import Mail
from mailings.states import MailStatus
from registrations.models import Delegation, Invitation, Wave
from registrations.services import invitations, places
from registrations.services.invitations import InvitationRefused
from registrations.states import WAVE_TRANSITIONS, InvitationStatus, ParticipantStatus, WaveStatus

BATCH = 100


@transaction.atomic
def add_to_wave(wave: Wave, delegations: Iterable[Delegation], *, by: User | None) -> "Selection":
    """Selects delegations for a wave: one invitation each, for all seats nobody occupies or holds.

    Left out, each with its reason, are those without an address, with no free seat, or in this wave already.
    """
    lock(wave.conference_id)
    wave = Wave.objects.select_for_update(no_key=True).get(pk=wave.pk)
    chosen = list(
        Delegation.objects.filter(pk__in=[delegation.pk for delegation in delegations], conference=wave.conference_id)
        .annotate(
            occupied=Count("participants", filter=Q(participants__status=ParticipantStatus.CONFIRMED), distinct=True)
        )
        .order_by("name")
    )
    holding = invitations.held_by_delegation(wave.conference_id)
    present = set(wave.invitations.values_list("delegation", flat=True))
    fresh: list[Invitation] = []
    left_out: list[tuple[Delegation, str]] = []
    for delegation in chosen:
        seats = delegation.seats - delegation.occupied - holding[delegation.pk]
        if delegation.pk in present:
            left_out.append((delegation, _("in this wave already")))
        elif not delegation.email:
            left_out.append((delegation, _("no e-mail address")))
        elif seats < 1:
            left_out.append((delegation, _("no free seat")))
        else:
            fresh.append(_draft_invitation(wave, delegation, seats))
    Invitation.objects.bulk_create(fresh, batch_size=500)
    history.record_many(fresh, "selected", by=by, to_status=InvitationStatus.SELECTED, detail=wave.name)
    return Selection(fresh, left_out)


@dataclass(frozen=True)
class Selection:
    """What became of a choice of delegations."""

    added: Sequence[Invitation]
    left_out: Sequence[tuple[Delegation, str]]


def _draft_invitation(wave: Wave, delegation: Delegation, seats: int) -> Invitation:
    return Invitation(
        conference_id=wave.conference_id,
        delegation=delegation,
        wave=wave,
        seats=seats,
        reply_by=wave.reply_by,
        salutation=delegation.salutation,
        email=delegation.email,
        copy_to=delegation.copy_to,
        language=delegation.language,
    )


@transaction.atomic
def start_wave(wave: Wave, *, by: User | None) -> None:
    """Begins or resumes sending in the background. Raises InvitationRefused with the reason."""
    conference = lock(wave.conference_id)
    wave = Wave.objects.get(pk=wave.pk)
    invitations.check_sendable(conference, wave.reply_by)
    selected = list(wave.invitations.filter(status=InvitationStatus.SELECTED).values_list("seats", flat=True))
    if not selected and wave.status != WaveStatus.PAUSED:
        raise InvitationRefused(_("No delegation is selected that was not invited yet."))
    if conference.places_taken == Conference.PlacesTaken.ON_INVITATION:
        free = places.free_places(conference)
        if sum(selected) > free:
            raise InvitationRefused(
                _("This wave offers %(seats)d seats, but only %(free)d places are left.")
                % {"seats": sum(selected), "free": max(0, free)}
            )
    resumed = wave.status == WaveStatus.PAUSED
    _move_wave(wave, WaveStatus.SENDING, by=by, action="resumed" if resumed else "started", started_at=timezone.now())
    outbox.release(wave.campaign)
    _wake_after_commit(wave)


def _move_wave(wave: Wave, to: str, *, by: User | None, action: str, **changes: Any) -> None:
    try:
        move(wave, to, transitions=WAVE_TRANSITIONS, action=action, by=by, **changes)
    except TransitionRefused as error:
        raise InvitationRefused(str(error)) from error


def _wake_after_commit(wave: Wave) -> None:
    from registrations.tasks import send_wave

    transaction.on_commit(lambda: outbox.publish(send_wave, wave.pk), robust=True)


@transaction.atomic
def pause_wave(wave: Wave, *, by: User | None) -> int:
    """Stops issuing and holds the queued mails back; those in a worker's hands go out. Returns how many are held."""
    lock(wave.conference_id)
    _move_wave(wave, WaveStatus.PAUSED, by=by, action="paused")
    return outbox.hold(wave.campaign)


@transaction.atomic
def issue_next(wave_id: int, *, batch: int = BATCH) -> int:
    """Turns the next selected invitations of a wave being sent into sent ones, each with its link and queued mail.

    All or none of the batch: a worker that dies leaves no invitation half issued. Returns how many were issued; with
    the last one the wave is sent. 0 where it is paused, done or gone.
    """
    wave = Wave.objects.filter(pk=wave_id).first()
    if wave is None:
        return 0
    conference = lock(wave.conference_id)
    wave = Wave.objects.select_for_update(no_key=True).get(pk=wave_id)
    if wave.status != WaveStatus.SENDING:
        return 0
    selected = list(
        wave.invitations.filter(status=InvitationStatus.SELECTED).select_related("delegation").order_by("pk")[:batch]
    )
    if selected:
        invitations.issue(selected, conference, campaign=wave.campaign, by=None)
    if len(selected) < batch:
        _move_wave(wave, WaveStatus.SENT, by=None, action="all queued", finished_at=timezone.now())
    return len(selected)


@dataclass(frozen=True)
class Progress:
    """How far a wave is, in invitations. `total` is the sum of the others."""

    selected: int
    queued: int
    held: int
    sent: int
    failed: int
    uncertain: int

    @property
    def total(self) -> int:
        return self.selected + self.queued + self.held + self.sent + self.failed + self.uncertain


def progress(wave: Wave) -> Progress:
    mails: Counter[str] = Counter()
    for status, count in (
        Mail.objects.filter(campaign=wave.campaign).values_list("status").annotate(count=Count("pk")).order_by()
    ):
        mails[status] += count
    return Progress(
        selected=wave.invitations.filter(status=InvitationStatus.SELECTED).count(),
        queued=mails[MailStatus.QUEUED] + mails[MailStatus.CLAIMED] + mails[MailStatus.SENDING],
        held=mails[MailStatus.HELD],
        sent=mails[MailStatus.SENT],
        failed=mails[MailStatus.FAILED],
        uncertain=mails[MailStatus.UNCERTAIN],
    )
