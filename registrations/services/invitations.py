"""Single invitations: links, sending, reminding, lapsing, revoking, extending. Waves send many by the same ways."""

import datetime
import hashlib
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User, normalise_email
from conference import history
from conference.models import Conference, Page
from conference.queries import newest_page
from conference.services import lock
from conference.transitions import TransitionRefused, move
from mailings import services as outbox
from mailings.models import Mail
from registrations import emails
from registrations.models import AddressNotice, Invitation, InvitationLink, Wave
from registrations.services import places
from registrations.signals import invitation_refused
from registrations.states import INVITATION_TRANSITIONS, InvitationStatus, ParticipantStatus


class InvitationRefused(Exception):
    """The invitation or the wave cannot be changed so; the message says why."""


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def find_link(token: str) -> InvitationLink | None:
    """The personal link with this token, revoked or not, with its invitation; None for an unknown one."""
    return (
        InvitationLink.objects.filter(token_sha256=hash_token(token))
        .select_related("invitation__delegation", "invitation__conference__venue")
        .first()
    )


def find_by_token(token: str) -> Invitation | None:
    """The invitation that a personal link leads to; None for unknown and revoked links."""
    link = find_link(token)
    return link.invitation if link and link.revoked_at is None else None


def link_address(token: str) -> str:
    return settings.SITE_URL + reverse("registrations:invitation", args=[token])


# Sending -------------------------------------------------------------------------------------


def check_sendable(conference: Conference, reply_by: datetime.date) -> None:
    if reply_by < conference.today:
        raise InvitationRefused(_("The reply-by date has passed. Choose a later one."))
    if reply_by >= conference.held_on:
        raise InvitationRefused(_("The reply-by date must lie before the conference."))
    if newest_page(conference, Page.Kind.PRIVACY) is None:
        raise InvitationRefused(_("Publish a privacy statement first: invitees give their consent to it."))


def held_by_delegation(conference_id: int) -> Counter[int]:
    held: Counter[int] = Counter()
    for delegation, seats, occupied in (
        Invitation.objects.filter(conference=conference_id, holds_seats=True)
        .annotate(occupied=Count("participants", filter=Q(participants__status=ParticipantStatus.CONFIRMED)))
        .values_list("delegation", "seats", "occupied")
    ):
        held[delegation] += max(0, seats - occupied)
    return held


def issue(invitations: Sequence[Invitation], conference: Conference, *, campaign: str, by: User | None) -> None:
    """Needs the lock. Seats that were taken since the selection are no longer offered; none left means revoked."""
    held = held_by_delegation(conference.pk)
    occupied = Counter(conference.participants.confirmed().values_list("delegation", flat=True))
    offered: list[Invitation] = []
    for invitation in invitations:
        invitation.conference = conference
        delegation = invitation.delegation
        free = delegation.seats - occupied[delegation.pk] - held[delegation.pk]
        if free < 1:
            # Someone else of the delegation was faster; an invitation without a seat would be a broken promise.
            invitation.status = InvitationStatus.REVOKED
            history.record(
                invitation,
                "not sent",
                by=by,
                from_status=InvitationStatus.SELECTED,
                to_status=invitation.status,
                detail=_("no free seat"),
            )
            continue
        invitation.seats = min(invitation.seats, free)
        held[delegation.pk] += invitation.seats
        invitation.status = InvitationStatus.SENT
        invitation.holds_seats = True
        offered.append(invitation)
    Invitation.objects.bulk_update(invitations, ["status", "holds_seats", "seats"], batch_size=200)
    history.record_many(offered, "sent", by=by, from_status=InvitationStatus.SELECTED, to_status=InvitationStatus.SENT)
    _mail(offered, conference, purpose=InvitationLink.Purpose.INVITATION, campaign=campaign)


def _mail(invitations: Sequence[Invitation], conference: Conference, *, purpose: str, campaign: str = "") -> list[Mail]:
    """One mail with a new personal link to each; the earlier links stay good."""
    numbers = Counter(InvitationLink.objects.filter(invitation__in=invitations).values_list("invitation", flat=True))
    tokens = [secrets.token_urlsafe(32) for _invitation in invitations]
    drafts = [
        emails.invitation_draft(
            invitation,
            conference,
            purpose=purpose,
            number=numbers[invitation.pk] + 1,
            link=link_address(token),
            campaign=campaign,
        )
        for invitation, token in zip(invitations, tokens, strict=True)
    ]
    mails = outbox.enqueue_many(conference, drafts)
    InvitationLink.objects.bulk_create(
        InvitationLink(invitation=invitation, purpose=purpose, token_sha256=hash_token(token), mail=mail)
        for invitation, token, mail in zip(invitations, tokens, mails, strict=True)
    )
    return mails


@transaction.atomic
def send_one(invitation: Invitation, *, by: User | None) -> None:
    """Sends a single selected invitation at once."""
    conference = lock(invitation.conference_id)
    invitation = Invitation.objects.select_related("delegation").get(pk=invitation.pk)
    check_sendable(conference, invitation.reply_by)
    if invitation.status != InvitationStatus.SELECTED:
        raise InvitationRefused(_("This invitation was sent already."))
    issue([invitation], conference, campaign="", by=by)


@transaction.atomic
def invite_substitute(invitation: Invitation, *, reply_by: datetime.date, by: User | None) -> Invitation:
    """Invites the person whom a declining invitee proposed, for the same seats as far as they are free."""
    conference = lock(invitation.conference_id)
    invitation = Invitation.objects.select_related("delegation").get(pk=invitation.pk)
    if not invitation.substitute_email:
        raise InvitationRefused(_("No substitute with an e-mail address was proposed."))
    if AddressNotice.objects.objected().filter(
        conference=conference, email=normalise_email(invitation.substitute_email)
    ):
        raise InvitationRefused(_("The proposed person has asked us to send no mails."))
    delegation = invitation.delegation
    if conference.invitations.filter(
        delegation=delegation,
        email__iexact=invitation.substitute_email,
        status__in=[InvitationStatus.SELECTED, InvitationStatus.SENT, InvitationStatus.ACCEPTED],
    ).exists():
        raise InvitationRefused(_("The proposed person is invited already."))
    seats = min(invitation.seats, places.free_seats(delegation))
    if seats < 1:
        raise InvitationRefused(_("%(delegation)s has no free seat.") % {"delegation": delegation.name})
    substitute = Invitation.objects.create(
        conference=conference,
        delegation=delegation,
        seats=seats,
        reply_by=reply_by,
        email=invitation.substitute_email,
        language=invitation.language,
        salutation="",
    )
    history.record(substitute, "selected", by=by, to_status=InvitationStatus.SELECTED, detail=_("proposed substitute"))
    send_one(substitute, by=by)
    substitute.refresh_from_db()
    return substitute


# Afterwards ----------------------------------------------------------------------------------


@transaction.atomic
def resend(invitation: Invitation, *, by: User | None, email: str = "") -> None:
    """Sends the invitation once more, to a corrected address if one is given. Earlier links to a wrong address end."""
    conference = lock(invitation.conference_id)
    invitation = Invitation.objects.select_related("delegation").get(pk=invitation.pk)
    if invitation.status != InvitationStatus.SENT:
        raise InvitationRefused(_("Only an invitation without an answer can be sent again."))
    if email and email.lower() != invitation.email.lower():
        _revoke_links(invitation)
        invitation.email = email
    invitation.bounced_at = None
    invitation.save(update_fields=["email", "bounced_at"])
    history.record(invitation, "sent again", by=by)
    _mail([invitation], conference, purpose=InvitationLink.Purpose.INVITATION)


def _revoke_links(invitation: Invitation) -> None:
    invitation.links.filter(revoked_at=None).update(revoked_at=timezone.now())
    outbox.cancel(invitation.links.exclude(mail=None).values_list("mail", flat=True))


@transaction.atomic
def revoke(invitation: Invitation, *, by: User | None) -> None:
    """Takes an unanswered invitation back: its links end, its seats become free, queued mails are cancelled."""
    conference = lock(invitation.conference_id)
    invitation = Invitation.objects.get(pk=invitation.pk)
    try:
        move(
            invitation,
            InvitationStatus.REVOKED,
            transitions=INVITATION_TRANSITIONS,
            action="revoked",
            by=by,
            holds_seats=False,
        )
    except TransitionRefused as error:
        raise InvitationRefused(str(error)) from error
    _revoke_links(invitation)
    places.fill_free_places(conference, by=by)


@transaction.atomic
def extend(invitation: Invitation, reply_by: datetime.date, *, by: User | None) -> None:
    """A later reply-by date. A lapsed invitation is open again if its seats are still free."""
    conference = lock(invitation.conference_id)
    invitation = Invitation.objects.select_related("delegation").get(pk=invitation.pk)
    check_sendable(conference, reply_by)
    if invitation.status not in {InvitationStatus.SENT, InvitationStatus.LAPSED}:
        raise InvitationRefused(_("Only an invitation without an answer can be extended."))
    if invitation.status == InvitationStatus.LAPSED:
        free = places.free_seats(invitation.delegation)
        if free < 1:
            raise InvitationRefused(_("Its seats have been taken meanwhile."))
        if conference.places_taken == Conference.PlacesTaken.ON_INVITATION and places.free_places(conference) < 1:
            raise InvitationRefused(_("All places of the conference are taken."))
        move(
            invitation,
            InvitationStatus.SENT,
            transitions=INVITATION_TRANSITIONS,
            action="extended",
            by=by,
            detail=str(reply_by),
            reply_by=reply_by,
            lapsed_at=None,
            holds_seats=True,
            seats=min(invitation.seats, free),
        )
        return
    invitation.reply_by = reply_by
    invitation.save(update_fields=["reply_by"])
    history.record(invitation, "extended", by=by, detail=str(reply_by))


@transaction.atomic
def remind(invitations: Iterable[Invitation], *, by: User | None) -> int:
    """A reminder to those of the invitations that have no answer. Returns how many were written."""
    by_conference: dict[int, list[Invitation]] = {}
    for invitation in invitations:
        by_conference.setdefault(invitation.conference_id, []).append(invitation)
    written = 0
    for conference_id, group in sorted(by_conference.items()):
        conference = lock(conference_id)
        open_ones = list(
            Invitation.objects.unanswered()
            .filter(pk__in=[invitation.pk for invitation in group], reply_by__gte=conference.today)
            .select_related("delegation")
        )
        _mail(open_ones, conference, purpose=InvitationLink.Purpose.REMINDER)
        history.record_many(open_ones, "reminded", by=by)
        written += len(open_ones)
    return written


def send_due_reminders() -> int:
    """The automatic reminder: once an invitation, so many days before its reply-by date as its wave says."""
    written = 0
    for wave in Wave.objects.exclude(remind_days_before=None).select_related("conference"):
        due_from = wave.conference.today + datetime.timedelta(days=wave.remind_days_before or 0)
        due = (
            wave.invitations.unanswered()
            .filter(reply_by__lte=due_from, reply_by__gte=wave.conference.today, bounced_at=None)
            .exclude(links__purpose=InvitationLink.Purpose.REMINDER)
        )
        written += remind(due, by=None)
    return written


@transaction.atomic
def lapse(conference_id: int) -> int:
    """Ends the holding of seats by invitations whose reply-by date has passed, and fills what became free.

    Unanswered ones lapse and their addressees are told; accepted ones give back the seats they did not use.
    Returns how many ended.
    """
    conference = lock(conference_id)
    due = list(conference.invitations.due_to_lapse(conference.today).select_related("delegation"))
    for invitation in due:
        invitation.conference = conference
        if invitation.status == InvitationStatus.SENT:
            move(
                invitation,
                InvitationStatus.LAPSED,
                transitions=INVITATION_TRANSITIONS,
                action="lapsed",
                by=None,
                lapsed_at=timezone.now(),
                holds_seats=False,
            )
            emails.queue_lapsed(invitation)
            invitation_refused.send(Invitation, invitation=invitation, by=None)
        else:
            invitation.holds_seats = False
            invitation.save(update_fields=["holds_seats"])
            history.record(invitation, "unused seats given back", by=None)
    if due:
        places.fill_free_places(conference)
    return len(due)


def lapse_due() -> int:
    """`lapse` for every conference with something due."""
    candidates = Invitation.objects.holding_seats().filter(reply_by__lte=timezone.localdate())
    return sum(lapse(pk) for pk in sorted(set(candidates.values_list("conference", flat=True))))


@transaction.atomic
def mark_bounced(invitation: Invitation, *, by: User | None, detail: str = "") -> None:
    """The mail came back: the organiser needs another address. The seats stay held until the reply-by date."""
    if Invitation.objects.filter(pk=invitation.pk, bounced_at=None).update(bounced_at=timezone.now()):
        history.record(invitation, "bounced", by=by, detail=detail[:500])


@transaction.atomic
def show_link(invitation: Invitation, *, by: User) -> str:
    """A new personal link for an organiser to pass on by hand. Shown once; in the history it stands who took it."""
    lock(invitation.conference_id)
    invitation = Invitation.objects.get(pk=invitation.pk)
    if invitation.status in {InvitationStatus.SELECTED, InvitationStatus.REVOKED}:
        raise InvitationRefused(_("There is no link before an invitation is sent or after it was revoked."))
    token = secrets.token_urlsafe(32)
    InvitationLink.objects.create(
        invitation=invitation, purpose=InvitationLink.Purpose.BY_HAND, token_sha256=hash_token(token)
    )
    history.record(invitation, "link shown to the organiser", by=by)
    return link_address(token)
