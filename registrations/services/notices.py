"""Addresses that somebody else gave us: one mail that says so, and nothing more before the person has confirmed it.

The mail's words are fixed: it says by whom, why, what is stored and how to object (Article 16 of Regulation (EU)
2018/1725), and holds nothing that the giver typed. See docs/decisions/0015-addresses.md.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User, normalise_email
from conference import history
from conference.links import links_end_at
from conference.models import Conference
from conference.services import lock
from registrations import address_emails, emails
from registrations.models import AddressNotice, Delegation, Invitation, Participant
from registrations.services import places
from registrations.services.invitations import hash_token
from registrations.states import ParticipantStatus

# One and two more: who does not find the mail by then writes to the organisers.
MOST_SENT = 3


class NoticeRefused(Exception):
    """Not possible (any more); the message says why."""


def is_own(email: str, *, invitation: Invitation | None, by: User | None) -> bool:
    """Whether whoever acts gives their own address: the one they are signed in with, or that the link went to."""
    address = normalise_email(email)
    if by is not None:
        return address == by.email
    return invitation is not None and address == normalise_email(invitation.email)


def unknown_among(addresses: Iterable[str], *, conference: Conference) -> set[str]:
    """Those of the addresses that nobody has confirmed or signed in with, and that no organiser has invited to this
    conference."""
    asked = {normalise_email(address) for address in addresses if address}
    if not asked:
        return set()
    known = set(EmailAddress.objects.filter(email__in=asked, verified=True).values_list("email", flat=True))
    confirmed = AddressNotice.objects.filter(email__in=asked, confirmed_at__isnull=False)
    known |= set(confirmed.order_by().values_list("email", flat=True))
    # The few of one conference that look alike: invited addresses keep the spelling they were typed in.
    like = Q()
    for address in asked - known:
        like |= Q(email__iexact=address)
    if like:
        invited = conference.invitations.filter(like).order_by().values_list("email", flat=True)
        known |= {normalise_email(email) for email in invited}
    return asked - known


def notify(
    email: str,
    *,
    reason: AddressNotice.Reason,
    delegation: Delegation,
    conference: Conference,
    by: User | None,
    participant: Participant | None = None,
    invitation: Invitation | None = None,
    language: str = "en",
) -> AddressNotice | None:
    """Tells the person at this address that somebody else gave it to us and why; once for each reason.

    Returns the notice if this call made it. The giver's own address gets none. Runs in the transaction of the change,
    which has checked the limits, and before any other mail to the address is written.
    """
    address = normalise_email(email)
    if not address or is_own(address, invitation=invitation, by=by):
        return None
    if participant is not None and by is not None and participant.user_id == by.pk:
        return None
    by_organiser = by is not None and by.is_staff
    token = secrets.token_urlsafe(32)
    notice, is_new = AddressNotice.objects.get_or_create(
        conference=conference,
        email=address,
        reason=reason,
        defaults={
            "participant": participant,
            "invitation": invitation,
            "delegation": delegation,
            "given_by": by,
            "by_organiser": by_organiser,
            "mails_wait": not by_organiser and bool(unknown_among([address], conference=conference)),
            "token_sha256": hash_token(token),
        },
    )
    if not is_new:
        return None
    address_emails.queue_notice(notice, conference, token=token, language=language)
    return notice


@transaction.atomic
def send_again(notice: AddressNotice, *, by: User | None, by_label: str = "") -> None:
    """A new link to the same address; the earlier one ends. Raises NoticeRefused after the third mail."""
    conference = lock(notice.conference_id)
    notice = AddressNotice.objects.select_related("delegation", "participant").get(pk=notice.pk)
    if not notice.is_waiting:
        raise NoticeRefused(_("This address is confirmed already."))
    if notice.objected_at:
        raise NoticeRefused(_("The person asked us to send no more mails to this address."))
    if notice.times_sent >= MOST_SENT:
        raise NoticeRefused(
            _("This mail was sent %(times)d times already. Check the address, or write to %(mailbox)s.")
            % {"times": notice.times_sent, "mailbox": conference.mailbox}
        )
    token = secrets.token_urlsafe(32)
    notice.token_sha256, notice.sent_at = hash_token(token), timezone.now()
    notice.times_sent += 1
    notice.save(update_fields=["token_sha256", "sent_at", "times_sent"])
    history.record(notice, "sent again", by=by, by_label=by_label)
    language = notice.participant.language if notice.participant else "en"
    address_emails.queue_notice(notice, conference, token=token, language=language)


def find(token: str) -> AddressNotice | None:
    """The notice with this link; None for unknown and ended ones, and long after the conference."""
    notice = (
        AddressNotice.objects.filter(token_sha256=hash_token(token))
        .select_related("conference__venue", "delegation", "participant")
        .first()
    )
    if notice and timezone.now() >= links_end_at(notice.conference):
        return None
    return notice


@transaction.atomic
def confirm(notice: AddressNotice) -> None:
    """The person says that the address is theirs: what waited for it goes out. Said twice changes nothing."""
    notice = AddressNotice.objects.get(pk=notice.pk)
    if notice.objected_at:
        raise NoticeRefused(_("You asked us to send no more mails to this address."))
    prove(notice.email)


@transaction.atomic
def prove(email: str) -> None:
    """The address reaches its owner: by the button in the notice, or by a sign-in with a code sent there."""
    address = normalise_email(email)
    waiting = AddressNotice.objects.filter(email=address, confirmed_at=None)
    for conference_id in sorted(set(waiting.values_list("conference", flat=True))):
        conference = lock(conference_id)
        of_conference = list(waiting.filter(conference=conference).select_for_update(no_key=True))
        AddressNotice.objects.filter(pk__in=[notice.pk for notice in of_conference]).update(confirmed_at=timezone.now())
        if any(notice.mails_wait and notice.objected_at is None for notice in of_conference):
            _send_what_waited(address, conference)


def note_proof(email: str) -> None:
    """As `prove`, where the mail that waited is written by whoever calls this."""
    AddressNotice.objects.filter(email=normalise_email(email), confirmed_at=None).update(confirmed_at=timezone.now())


def _send_what_waited(address: str, conference: Conference) -> None:
    """The mail that says how each registration under this address stands, now to the person."""
    people = conference.participants.active().filter(email__iexact=address).select_related("delegation", "invitation")
    for participant in people.order_by("pk"):
        participant.conference = conference
        history.record(participant, "address confirmed", by=None, by_label=address)
        if participant.status == ParticipantStatus.CONFIRMED:
            participant.calendar_sequence += 1
            participant.save(update_fields=["calendar_sequence"])
            emails.queue_confirmation(participant, with_copies=False)
        elif not conference.is_over:
            emails.queue_waiting(
                participant,
                position=places.position(participant),
                reason=places.reason_for_waiting(participant),
                number=2,
                with_copies=False,
            )


@transaction.atomic
def object_to(notice: AddressNotice) -> None:
    """No mail goes to the address any more, and the organisers decide what becomes of the rest. Twice is once."""
    if AddressNotice.objects.filter(pk=notice.pk, objected_at=None).update(objected_at=timezone.now(), settled_at=None):
        history.record(notice, "person objected", by=None, by_label=notice.email, detail=notice.get_reason_display())


@transaction.atomic
def settle(notice: AddressNotice, *, by: User) -> None:
    """An organiser has dealt with an objection. Mails to the address stay stopped."""
    if AddressNotice.objects.to_settle().filter(pk=notice.pk).update(settled_at=timezone.now()):
        history.record(notice, "objection dealt with", by=by)


@transaction.atomic
def lift(notice: AddressNotice, *, by: User) -> None:
    """The person has changed their mind and told an organiser: mails may go there again."""
    if AddressNotice.objects.filter(pk=notice.pk, objected_at__isnull=False).update(objected_at=None, settled_at=None):
        history.record(notice, "objection withdrawn", by=by)


def has_objected(email: str, *, conference_id: int) -> bool:
    """Whether the person at this address asked for no more mails about this conference."""
    return AddressNotice.objects.objected().filter(conference=conference_id, email=normalise_email(email)).exists()


def waiting_for(participant: Participant) -> AddressNotice | None:
    """The notice that this person has not answered yet, if mails to them wait for it."""
    return (
        AddressNotice.objects.waiting()
        .filter(conference=participant.conference_id, email=normalise_email(participant.email))
        .order_by("pk")
        .first()
    )


def gate(conference: Conference, addresses: Collection[str]) -> Mapping[str, str]:
    """The outbox asks: which of these addresses get no mail at present, and who gets it instead."""
    spelled: dict[str, list[str]] = {}
    for address in addresses:
        spelled.setdefault(normalise_email(address), []).append(address)
    proven = EmailAddress.objects.filter(email=OuterRef("email"), verified=True)
    invited = Invitation.objects.filter(conference=OuterRef("conference"), email__iexact=OuterRef("email"))
    closed = AddressNotice.objects.filter(
        Q(objected_at__isnull=False) | (Q(mails_wait=True, confirmed_at=None) & ~Exists(proven) & ~Exists(invited)),
        conference=conference,
        email__in=spelled,
    )
    instead = closed.order_by("pk").values_list("email", "invitation__email")
    return {address: other or "" for email, other in instead for address in spelled[email]}
