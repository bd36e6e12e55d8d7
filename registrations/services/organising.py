"""What organisers set by hand: delegations, waves before they go out, notes."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from conference import history
from conference.models import City, Conference, MemberState
from conference.services import lock
from mailings import services as outbox
from registrations.models import DEFAULT_SEATS, Category, Delegation, Invitation, Organisation, Wave
from registrations.services import places, waves
from registrations.states import InvitationStatus, WaveStatus


class DelegationRefused(Exception):
    """The delegation cannot be made so; the message says why."""


class WaveRefused(Exception):
    """The wave cannot be changed so any more; the message says why."""


@dataclass(frozen=True)
class Who:
    """Whom a delegation stands for. `kind` is the kind of an organisation that is not known yet."""

    category: str
    name: str = ""
    member_state: MemberState | None = None
    kind: str = Organisation.Kind.NETWORK


def present_delegation(conference: Conference, who: Who) -> Delegation | None:
    """The delegation of the same city, organisation or Member State, if the conference has it."""
    delegations = conference.delegations.filter(category=who.category)
    if who.category == Category.MEMBER_STATE:
        return delegations.filter(member_state=who.member_state).first()
    if who.category == Category.CITY:
        return delegations.filter(city__name=who.name, city__member_state=who.member_state).first()
    return conference.delegations.filter(organisation__name=who.name).first()


@transaction.atomic
def add_delegation(delegation: Delegation, who: Who, *, by: User | None) -> Delegation:
    """Saves a new delegation with the city, organisation or Member State it stands for, made if it is not known yet.

    `delegation` is unsaved; without seats it gets those of its category. Raises DelegationRefused where the
    conference has this delegation already, or for a state that is not a member on the day.
    """
    conference = lock(delegation.conference_id)
    if present_delegation(conference, who):
        raise DelegationRefused(_("This conference has a delegation of %(name)s already.") % {"name": _name_of(who)})
    delegation.category, delegation.name = who.category, _name_of(who)
    delegation.city = delegation.organisation = delegation.member_state = None
    if who.category in {Category.CITY, Category.MEMBER_STATE}:
        if who.member_state is None:
            raise DelegationRefused(_("Choose the Member State."))
        delegation.member_state = who.member_state
    if who.category == Category.MEMBER_STATE and not who.member_state.is_member_on(conference.held_on):  # type: ignore[union-attr]
        raise DelegationRefused(
            _("%(state)s is not a Member State on the day of the conference.") % {"state": who.member_state}
        )
    if who.category == Category.CITY:
        delegation.city, _made = City.objects.get_or_create(name=who.name, member_state=who.member_state)
    elif who.category != Category.MEMBER_STATE:
        kind = Organisation.Kind.INSTITUTION if who.category == Category.INSTITUTION else who.kind
        delegation.organisation, _made = Organisation.objects.get_or_create(name=who.name, defaults={"kind": kind})
    if delegation.seats is None:
        delegation.seats = DEFAULT_SEATS[Category(who.category)]
    delegation.save(force_insert=True)
    history.record(delegation, "created", by=by)
    return delegation


def _name_of(who: Who) -> str:
    return who.member_state.name if who.category == Category.MEMBER_STATE and who.member_state else who.name


@transaction.atomic
def change_delegation(delegation: Delegation, *, changed: list[str], by: User | None) -> None:
    """Saves the `changed` fields of a delegation. Raises SeatsRefused for seats that cannot be so few or many."""
    lock(delegation.conference_id)
    if "seats" in changed:
        places.set_seats(delegation, delegation.seats, by=by)
    others = [name for name in changed if name != "seats"]
    if others:
        delegation.save(update_fields=others)
        history.record(delegation, "changed", by=by, detail=history.field_labels(Delegation, others))


@transaction.atomic
def delete_delegation(delegation: Delegation, *, by: User | None) -> None:
    """Removes a delegation that was never invited. Raises DelegationRefused for others."""
    conference = lock(delegation.conference_id)
    if delegation.invitations.exists() or delegation.participants.exists():
        raise DelegationRefused(_("This delegation has invitations or participants and stays."))
    history.record(conference, "delegation deleted", by=by, detail=delegation.name)
    delegation.delete()


@transaction.atomic
def save_wave(wave: Wave, *, changed: list[str], by: User | None) -> Wave:
    """Saves a new or changed wave. A new reply-by date counts for the delegations selected and not invited yet.

    Raises WaveRefused where the date of a wave changes that is being sent.
    """
    lock(wave.conference_id)
    if wave.pk is None:
        wave.save(force_insert=True)
        history.record(wave, "created", by=by, to_status=wave.status)
        return wave
    status = Wave.objects.values_list("status", flat=True).get(pk=wave.pk)
    if "reply_by" in changed and status == WaveStatus.SENDING:
        raise WaveRefused(_("This wave is being sent. Pause it to change its date."))
    wave.save(update_fields=["name", "reply_by", "remind_days_before"])
    if "reply_by" in changed:
        wave.invitations.filter(status=InvitationStatus.SELECTED).update(reply_by=wave.reply_by)
    if changed:
        history.record(wave, "changed", by=by, detail=history.field_labels(Wave, changed))
    return wave


@transaction.atomic
def delete_wave(wave: Wave, *, by: User | None) -> None:
    """Removes a draft that nobody is selected for. Raises WaveRefused for others."""
    conference = lock(wave.conference_id)
    wave = Wave.objects.get(pk=wave.pk)
    if wave.status != WaveStatus.DRAFT or wave.invitations.exists():
        raise WaveRefused(_("Only an empty wave that was never sent can be deleted."))
    history.record(conference, "wave deleted", by=by, detail=wave.name)
    wave.delete()


@transaction.atomic
def choose_for_wave(wave: Wave, delegations: Iterable[Delegation], *, by: User | None) -> waves.Selection:
    """Selects delegations for a wave, which is saved first if it is new."""
    if wave.pk is None:
        save_wave(wave, changed=[], by=by)
    return waves.add_to_wave(wave, delegations, by=by)


@transaction.atomic
def remove_from_wave(invitation: Invitation, *, by: User | None) -> None:
    """Takes a delegation out of a wave before its invitation was sent; it can be selected again."""
    lock(invitation.conference_id)
    selected = Invitation.objects.filter(pk=invitation.pk, status=InvitationStatus.SELECTED).exclude(wave=None)
    chosen = selected.select_related("wave", "delegation").first()
    if chosen is None or chosen.wave is None:
        raise WaveRefused(_("This invitation was sent already. It can be revoked."))
    wave, delegation = chosen.wave, chosen.delegation
    chosen.delete()
    history.record(wave, "delegation removed", by=by, detail=delegation.name)
    history.record(delegation, "removed from a wave", by=by, detail=wave.name)


@transaction.atomic
def retry_failed(wave: Wave, *, by: User | None) -> int:
    """Queues the failed mails of a wave again. Returns how many."""
    retried = outbox.retry_failed(wave.campaign)
    if retried:
        history.record(wave, "failed mails queued again", by=by, detail=str(retried))
    return retried


@transaction.atomic
def set_note(invitation: Invitation, note: str, *, by: User | None) -> None:
    """Keeps an organiser's note."""
    if Invitation.objects.filter(pk=invitation.pk).exclude(note=note).update(note=note):
        history.record(invitation, "note changed", by=by)
