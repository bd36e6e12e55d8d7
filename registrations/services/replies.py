"""Answers to invitations, and what invitees change afterwards.

Every function takes the conference's lock before it looks at a status, so that two identical replies cannot both win.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User, normalise_email
from accounts.services import ensure_accounts
from conference import history
from conference.models import Conference
from conference.queries import newest_notice
from conference.services import lock
from conference.transitions import TransitionRefused, move
from registrations import emails, questions
from registrations.models import AddressNotice, Consent, Invitation, Participant
from registrations.services import address_changes, limits, notices, places, special_needs
from registrations.signals import invitation_refused, participant_changed, person_registered, registration_withdrawn
from registrations.states import (
    ANSWERABLE,
    INVITATION_TRANSITIONS,
    PARTICIPANT_TRANSITIONS,
    InvitationStatus,
    ParticipantStatus,
)


class ReplyRefused(Exception):
    """The reply is not possible (any more); the message says why and what to do."""


class AlreadyReplied(ReplyRefused):
    """The same reply had arrived before: nothing was changed, nothing is wrong."""


class TooMuchToday(ReplyRefused):
    """More than one invitation or person can do in a day; what was typed can be sent again tomorrow."""


# What a form says besides the participant's own fields.
_NOT_OF_THE_PARTICIPANT = {"consents", "answers", "needs_agreed"}


@dataclass(frozen=True)
class Person:
    """What a form says of one person. `consents` maps `Consent.Purpose` to the decision, `answers` are those to the
    questions of the apps above."""

    given_name: str
    family_name: str
    function: str
    email: str
    role: str = Participant.Role.PRINCIPAL
    title: str = ""
    language: str = "en"
    dietary_needs: str = ""
    access_needs: str = ""
    departure_city: str = ""
    consents: Mapping[str, bool] = field(default_factory=dict)
    answers: Mapping[str, bool] = field(default_factory=dict)
    # Whether the person agrees that the needs are kept.
    needs_agreed: bool = False

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    def fields(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in _NOT_OF_THE_PARTICIPANT}


@dataclass(frozen=True)
class Substitute:
    """Whom a declining invitee proposes instead; all parts may be empty."""

    name: str = ""
    function: str = ""
    email: str = ""


def _locked(invitation: Invitation) -> tuple[Invitation, Conference]:
    conference = lock(invitation.conference_id)
    fresh = Invitation.objects.select_related("delegation").get(pk=invitation.pk)
    fresh.conference = conference
    fresh.delegation.conference = conference
    return fresh, conference


def _move_invitation(invitation: Invitation, to: str, **how: Any) -> None:
    try:
        move(invitation, to, transitions=INVITATION_TRANSITIONS, **how)
    except TransitionRefused as error:
        raise ReplyRefused(str(error)) from error


def _check_answerable(invitation: Invitation, conference: Conference, *, by: User | None) -> None:
    """An invitee answers in time and before the day; an organiser may record what came late."""
    if conference.is_over:
        raise ReplyRefused(_("The conference is over."))
    if by is None:
        if invitation.status in {InvitationStatus.LAPSED, InvitationStatus.REVOKED}:
            raise ReplyRefused(
                _("The reply-by date has passed and the seats are no longer kept.")
                if invitation.status == InvitationStatus.LAPSED
                else _("This invitation has been withdrawn by the organiser.")
            )
        if invitation.status in ANSWERABLE and invitation.is_overdue:
            raise ReplyRefused(_("The reply-by date has passed and the seats are no longer kept."))


def by_link(invitation: Invitation) -> str:
    """Who changes something in the history, where that is a browser that came by the invitation's link."""
    return _("personal link of %(email)s") % {"email": invitation.email}


def _who(invitation: Invitation, by: User | None) -> str:
    return "" if by else by_link(invitation)


def save_draft(invitation: Invitation, data: dict[str, Any]) -> None:
    """Keeps what the invitee has typed so far, whatever the state: nothing is lost when a deadline passes meanwhile."""
    Invitation.objects.filter(pk=invitation.pk).update(draft=data, draft_saved_at=timezone.now())


def mark_opened(invitation: Invitation) -> None:
    """A person (not a mail scanner) has the page before them. Only the first time counts."""
    Invitation.objects.filter(pk=invitation.pk, opened_at=None).update(opened_at=timezone.now())


@transaction.atomic
def accept(
    invitation: Invitation,
    people: Sequence[Person],
    *,
    by: User | None,
    channel: str = Invitation.Channel.WEB,
    assistant_name: str = "",
    assistant_email: str = "",
    message: str = "",
) -> list[Participant]:
    """Registers the people; each becomes confirmed or lands on the waiting list, and gets the mail that says so.

    `by` is the organiser who records a reply by telephone or letter, None for the invitee. Whoever is registered by
    somebody else is notified first, and their other mails wait for their word: see `notices`. Raises AlreadyReplied for
    the same reply twice, TooMuchToday beyond the limits of a day, ReplyRefused where the invitation cannot be answered.
    Accounts of the people, of the assistant and of the invited address are made; each is proven only by its owner's
    first sign-in.
    """
    if not people:
        raise ReplyRefused(_("Name at least one person."))
    accounts = ensure_accounts(
        {
            assistant_email: assistant_name,
            **{person.email: person.full_name for person in people},
            invitation.email: "",
        }
    )
    notice = newest_notice(invitation.conference_id)
    invitation, conference = _locked(invitation)
    if invitation.status == InvitationStatus.ACCEPTED:
        raise AlreadyReplied(_("Your reply has already arrived."))
    _check_answerable(invitation, conference, by=by)
    if len(people) > max(invitation.seats, 1):
        raise ReplyRefused(_("This invitation is for %(seats)d people at most.") % {"seats": invitation.seats})
    _check_limits(
        conference, invitation, [*(person.email for person in people), assistant_email], by=by, changes=len(people)
    )
    notices.notify(
        assistant_email,
        reason=AddressNotice.Reason.ASSISTANT,
        delegation=invitation.delegation,
        conference=conference,
        by=by,
        invitation=invitation,
    )
    still_in_time = not invitation.is_overdue
    _move_invitation(
        invitation,
        InvitationStatus.ACCEPTED,
        action="accepted",
        by=by,
        by_label=_who(invitation, by),
        replied_at=timezone.now(),
        reply_channel=channel,
        lapsed_at=None,
        # Seats not used yet stay kept until the reply-by date: a companion may be named later. An invitation that
        # held none any more (declined, withdrawn, lapsed) takes what is free now and holds no more than that.
        holds_seats=invitation.holds_seats and still_in_time,
        draft={},
        draft_saved_at=None,
        message=message,
        assistant_name=assistant_name,
        assistant_email=assistant_email,
        contact=accounts[normalise_email(invitation.email)],
        assistant=accounts.get(normalise_email(assistant_email)),
        substitute_name="",
        substitute_function="",
        substitute_email="",
        opened_at=invitation.opened_at or (timezone.now() if by is None else None),
    )
    return [
        _register(
            invitation,
            person,
            accounts[normalise_email(person.email)],
            conference=conference,
            notice=notice,
            by=by,
        )
        for person in people
    ]


def _account_of(person: Person) -> User:
    return ensure_accounts({person.email: person.full_name})[normalise_email(person.email)]


def _check_limits(
    conference: Conference,
    invitation: Invitation | None,
    addresses: Sequence[str],
    *,
    by: User | None,
    changes: int = 1,
) -> None:
    """Needs the conference's lock. Raises TooMuchToday."""
    full = ""
    if changes:
        full = limits.too_many_changes(conference=conference, invitation=invitation, by=by, more=changes)
    unknown = notices.unknown_among(addresses, conference=conference)
    full = full or limits.too_many_addresses(unknown, conference=conference, invitation=invitation, by=by)
    if full:
        raise TooMuchToday(full)


def _register(
    invitation: Invitation,
    person: Person,
    account: User,
    *,
    conference: Conference,
    notice: int | None,
    by: User | None,
    by_label: str = "",
) -> Participant:
    participant = Participant(delegation=invitation.delegation, invitation=invitation, user=account, **person.fields())
    told = _notify_registered(participant, conference, by=by)
    places.place(participant, conference=conference, by=by, by_label=by_label or _who(invitation, by))
    _say_what_is_theirs(participant, person, notice, told=told, by=by)
    return participant


def _notify_registered(participant: Participant, conference: Conference, *, by: User | None) -> AddressNotice | None:
    """Before the confirmation is written, which waits where nobody knows the address yet."""
    return notices.notify(
        participant.email,
        reason=AddressNotice.Reason.REGISTERED,
        delegation=participant.delegation,
        conference=conference,
        by=by,
        invitation=participant.invitation,
        language=participant.language,
    )


def _say_what_is_theirs(
    participant: Participant, person: Person, notice: int | None, *, told: AddressNotice | None, by: User | None
) -> None:
    """Consents and wishes of somebody who is registered now. Nobody consents for another person: until they decide
    themselves, after their own first sign-in, everything is a “no”."""
    if told is not None:
        told.participant = participant
        told.save(update_fields=["participant"])
    special_needs.record_agreement(participant, person, notice)
    answers: Mapping[str, bool] = person.answers
    if notices.is_own(person.email, invitation=participant.invitation, by=by):
        _record_consents(participant, person.consents, notice, is_new=True)
    else:
        answers = questions.for_others(answers, participant.conference)
    person_registered.send(Participant, participant=participant, answers=answers, by=by)


def _record_consents(
    participant: Participant, consents: Mapping[str, bool], notice: int | None, *, is_new: bool = False
) -> int:
    """Adds the decisions that differ from the last ones. Without a published notice there is nothing to consent to.

    Returns how many were added.
    """
    if notice is None:
        return 0
    last = {} if is_new else dict(participant.consents.order_by("at", "pk").values_list("purpose", "given"))
    fresh = [
        Consent(participant=participant, purpose=purpose, given=given, notice_id=notice)
        for purpose, given in consents.items()
        if last.get(purpose) is not given
    ]
    Consent.objects.bulk_create(fresh)
    return len(fresh)


@transaction.atomic
def add_person(invitation: Invitation, person: Person, *, by: User | None, by_label: str = "") -> Participant:
    """Registers one more person of an accepted invitation: on a free seat, else on the waiting list."""
    account = _account_of(person)
    invitation, conference = _locked(invitation)
    if invitation.status != InvitationStatus.ACCEPTED or conference.is_over:
        raise ReplyRefused(_("People can be added once the invitation is accepted and until the day itself."))
    _check_limits(conference, invitation, [person.email], by=by)
    present = invitation.participants.active().filter(
        email__iexact=person.email, given_name=person.given_name, family_name=person.family_name
    )
    if present.exists():
        raise AlreadyReplied(_("%(name)s is registered already.") % {"name": person.full_name})
    notice = newest_notice(conference.pk)
    return _register(invitation, person, account, conference=conference, notice=notice, by=by, by_label=by_label)


@transaction.atomic
def decline(
    invitation: Invitation,
    *,
    by: User | None,
    channel: str = Invitation.Channel.WEB,
    message: str = "",
    substitute: Substitute | None = None,
) -> None:
    """Records that nobody comes; the seats become free at once. Raises AlreadyReplied or ReplyRefused."""
    invitation, conference = _locked(invitation)
    if invitation.status == InvitationStatus.DECLINED:
        raise AlreadyReplied(_("Your reply has already arrived."))
    if invitation.status == InvitationStatus.ACCEPTED:
        raise ReplyRefused(_("You have accepted. Withdraw the registrations instead."))
    _check_answerable(invitation, conference, by=by)
    substitute = substitute or Substitute()
    _check_limits(conference, invitation, [substitute.email], by=by, changes=0)
    _move_invitation(
        invitation,
        InvitationStatus.DECLINED,
        action="declined",
        by=by,
        by_label=_who(invitation, by),
        replied_at=timezone.now(),
        reply_channel=channel,
        lapsed_at=None,
        holds_seats=False,
        draft={},
        draft_saved_at=None,
        message=message,
        substitute_name=substitute.name,
        substitute_function=substitute.function,
        substitute_email=substitute.email,
        opened_at=invitation.opened_at or (timezone.now() if by is None else None),
    )
    notices.notify(
        substitute.email,
        reason=AddressNotice.Reason.SUBSTITUTE,
        delegation=invitation.delegation,
        conference=conference,
        by=by,
        invitation=invitation,
        language=invitation.language,
    )
    emails.queue_declined(invitation)
    places.fill_free_places(conference, by=by)
    invitation_refused.send(Invitation, invitation=invitation, by=by)


def _locked_participant(participant: Participant) -> tuple[Participant, Conference]:
    conference = lock(participant.conference_id)
    fresh = Participant.objects.select_related("delegation", "invitation").get(pk=participant.pk)
    fresh.conference = conference
    if not fresh.is_active:
        raise ReplyRefused(_("%(name)s is no longer registered.") % {"name": fresh.full_name})
    if conference.is_over:
        raise ReplyRefused(_("The conference is over."))
    return fresh, conference


def _check_has_not_arrived(participant: Participant) -> None:
    """Who was there keeps the seat they sat on: figures of attendance would otherwise lose them."""
    if participant.checked_in_at:
        raise ReplyRefused(
            _("%(name)s is checked in at the conference. An organiser can undo that first.")
            % {"name": participant.full_name}
        )


@transaction.atomic
def change(participant: Participant, person: Person, *, by: User | None, by_label: str = "") -> Participant:
    """Corrects what is known of the same person. A new confirmation goes out where it would read differently.

    Another e-mail address takes effect once it is confirmed from there: see `address_changes`.
    """
    participant, conference = _locked_participant(participant)
    values = person.fields()
    is_moving = normalise_email(values.pop("email")) != normalise_email(participant.email)
    changed = [name for name, value in values.items() if getattr(participant, name) != value]
    if changed or is_moving:
        _check_limits(
            conference,
            participant.invitation,
            [person.email] if is_moving else [],
            by=by,
            changes=bool(changed) + is_moving,
        )
    for name in changed:
        setattr(participant, name, values[name])
    visible = {"title", "given_name", "family_name"}
    reads_differently = participant.status == ParticipantStatus.CONFIRMED and bool(visible & set(changed))
    participant.calendar_sequence += reads_differently
    participant.save(update_fields=[*changed, "calendar_sequence"])
    special_needs.record_agreement(participant, person, newest_notice(conference.pk))
    if changed:
        detail = history.field_labels(Participant, changed)
        history.record(participant, limits.CHANGED, by=by, by_label=by_label, detail=detail)
        participant_changed.send(Participant, participant=participant, by=by)
    if reads_differently:
        emails.queue_confirmation(participant)
    if is_moving:
        address_changes.ask(participant, person.email, conference=conference, by=by, by_label=by_label)
    return participant


@transaction.atomic
def decide_consents(
    participant: Participant, decisions: Mapping[str, bool], *, by: User | None, by_label: str = ""
) -> None:
    """Records the decisions that differ from the last ones, whatever the registration's state.

    Consent can be taken back at any time (Regulation (EU) 2018/1725, article 7(3)), so also after the conference.
    Whoever calls it has checked that the person themselves decides.
    """
    conference = lock(participant.conference_id)
    if _record_consents(participant, decisions, newest_notice(conference.pk)):
        history.record(participant, "consents changed", by=by, by_label=by_label)


@transaction.atomic
def replace(participant: Participant, person: Person, *, by: User | None, by_label: str = "") -> Participant:
    """Another person takes the seat and place, or the position in the waiting list; it stays with the delegation.

    Raises ReplyRefused for who is no longer registered or is checked in already.
    """
    account = _account_of(person)
    leaving, conference = _locked_participant(participant)
    _check_has_not_arrived(leaving)
    _check_limits(conference, leaving.invitation, [person.email], by=by)
    inherited = {
        name: getattr(leaving, name) for name in ("status", "seat_no", "place_no", "waiting_since", "waiting_for")
    }
    move(
        leaving,
        ParticipantStatus.REPLACED,
        transitions=PARTICIPANT_TRANSITIONS,
        action=limits.REPLACED,
        by=by,
        by_label=by_label,
        seat_no=None,
        place_no=None,
        waiting_since=None,
        waiting_for="",
        calendar_sequence=leaving.calendar_sequence + 1,
    )
    successor = Participant.objects.create(
        conference=conference,
        delegation=leaving.delegation,
        category=leaving.category,
        invitation=leaving.invitation,
        user=account,
        replaces=leaving,
        calendar_sequence=1 if inherited["status"] == ParticipantStatus.CONFIRMED else 0,
        **inherited,
        **person.fields(),
    )
    told = _notify_registered(successor, conference, by=by)
    history.record(successor, "took the seat of another person", by=by, by_label=by_label, to_status=successor.status)
    registration_withdrawn.send(Participant, participant=leaving, by=by)
    _say_what_is_theirs(successor, person, newest_notice(conference.pk), told=told, by=by)
    if successor.status == ParticipantStatus.CONFIRMED:
        emails.queue_cancellation(leaving)
        emails.queue_confirmation(successor)
    else:
        emails.queue_waiting(
            successor, position=places.position(successor), reason=places.reason_for_waiting(successor)
        )
    return successor


@transaction.atomic
def withdraw(participant: Participant, *, by: User | None, by_label: str = "") -> None:
    """The person does not come. Seat and place go to the waiting list in the same transaction.

    Raises ReplyRefused where they are withdrawn already or checked in. With the last person the invitation is
    withdrawn, too, and its seats are no longer kept.
    """
    participant, conference = _locked_participant(participant)
    _check_has_not_arrived(participant)
    was_confirmed = participant.status == ParticipantStatus.CONFIRMED
    move(
        participant,
        ParticipantStatus.WITHDRAWN,
        transitions=PARTICIPANT_TRANSITIONS,
        action="withdrawn",
        by=by,
        by_label=by_label,
        withdrawn_at=timezone.now(),
        seat_no=None,
        place_no=None,
        waiting_since=None,
        waiting_for="",
        calendar_sequence=participant.calendar_sequence + 1,
    )
    invitation = participant.invitation
    if invitation and not invitation.participants.active().exists():
        _move_invitation(
            invitation,
            InvitationStatus.WITHDRAWN,
            action="withdrawn",
            by=by,
            by_label=by_label,
            holds_seats=False,
        )
        invitation_refused.send(Invitation, invitation=invitation, by=by)
    registration_withdrawn.send(Participant, participant=participant, by=by)
    if was_confirmed:
        emails.queue_cancellation(participant)
    else:
        emails.queue_withdrawn(participant)
    places.fill_free_places(conference, by=by)
