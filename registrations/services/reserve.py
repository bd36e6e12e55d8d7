"""When a city will not come: who of the reserve list best comes in its place, why, and its invitation."""

import datetime
from dataclasses import dataclass, replace

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from conference import history
from conference.models import HistoryEntry
from conference.services import lock
from registrations.balance.chances import overflow
from registrations.balance.proposing import Reason, replacements
from registrations.balance.values import Candidate, Choice
from registrations.balance.wording import alike_in_words, reason_in_words
from registrations.models import Category, Delegation, Invitation
from registrations.services import invitations
from registrations.services.balance_facts import Facts, can_be_asked, facts_of
from registrations.services.invitations import InvitationRefused
from registrations.states import InvitationStatus

NOBODY = "nobody promoted"
GONE = {InvitationStatus.DECLINED, InvitationStatus.LAPSED, InvitationStatus.WITHDRAWN}


class PromotionRefused(Exception):
    """Nobody can be invited in the place of this city now; the message says why."""


@dataclass(frozen=True)
class StandIns:
    """Who may come in the place of a city, best first. `from_reserve`: of the reserve list; else of all never invited,
    since nobody is on that list."""

    reasons: list[Reason]
    from_reserve: bool
    choice: Choice
    leaving: Candidate


def stand_ins(gone: Delegation, *, facts: Facts | None = None, only_reserve: bool = False) -> StandIns:
    """Whom the balance gains most by; of equals, who shares more groups with the city that goes."""
    facts = facts or facts_of(gone.conference)
    reserve = {one.city.key for one in facts.cities if one.can_be_asked and one.known.on_reserve}
    choice = facts.choice()
    from_reserve = bool(reserve) or only_reserve
    if from_reserve:
        choice = replace(choice, candidates=tuple(city for city in choice.candidates if city.key in reserve))
    leaving = next(replace(one.city, chance=0.0) for one in facts.cities if one.known.delegation == gone.pk)
    return StandIns(replacements(choice, leaving), from_reserve, choice, leaving)


@transaction.atomic
def invite_stand_in(
    gone: Invitation, delegation: Delegation, *, reply_by: datetime.date, by: User | None, reason: str = ""
) -> Invitation:
    """Invites a city in the place of one that will not come, at once and once only. Raises PromotionRefused.

    The reason stands in the history of the new invitation and of the city that goes.
    """
    lock(gone.conference_id)
    gone = Invitation.objects.select_related("delegation", "conference").get(pk=gone.pk)
    if gone.status not in GONE:
        raise PromotionRefused(_("%(name)s may still come.") % {"name": gone.delegation.name})
    if Invitation.objects.filter(in_place_of=gone).exists():
        raise PromotionRefused(
            _("A city was invited in the place of %(name)s already.") % {"name": gone.delegation.name}
        )
    if not can_be_asked(gone.conference).filter(pk=delegation.pk).exists():
        raise PromotionRefused(_("%(name)s cannot be invited now.") % {"name": delegation.name})
    invitation = Invitation.objects.create(
        conference=gone.conference,
        delegation=delegation,
        seats=delegation.seats,
        reply_by=reply_by,
        salutation=delegation.salutation,
        email=delegation.email,
        copy_to=delegation.copy_to,
        language=delegation.language,
        in_place_of=gone,
    )
    words = _("in the place of %(name)s") % {"name": gone.delegation.name}
    detail = f"{words}: {reason}" if reason else words
    history.record(invitation, "promoted from the reserve list", by=by, detail=detail)
    history.record(
        gone, "stand-in invited", by=by, detail=f"{delegation.name}: {reason}" if reason else delegation.name
    )
    try:
        invitations.send_one(invitation, by=by)
    except InvitationRefused as refusal:
        raise PromotionRefused(str(refusal)) from refusal
    invitation.refresh_from_db()
    return invitation


def invite_with_reason(
    gone: Invitation,
    delegation: Delegation,
    reason: Reason,
    found: StandIns,
    *,
    reply_by: datetime.date,
    by: User | None,
) -> Invitation:
    """`invite_stand_in` with what the stand-in mends and where it is alike as the reason. Raises PromotionRefused."""
    words = reason_in_words(found.choice.dimensions, reason)
    if alike := alike_in_words(found.choice.dimensions, reason.candidate, found.leaving):
        words += "; " + _("alike in %(what)s") % {"what": alike}
    return invite_stand_in(gone, delegation, reply_by=reply_by, by=by, reason=words)


def promote(invitation_id: int) -> Invitation | None:
    """The automatic way, where the organiser has chosen it: invites the best of the reserve list, or writes into the
    history why nobody was. None where nobody was invited. Can run twice."""
    gone = (
        Invitation.objects.select_related("delegation__city", "delegation__conference", "conference__venue")
        .filter(pk=invitation_id, status__in=GONE, delegation__category=Category.CITY, stand_in=None)
        .first()
    )
    if gone is None:
        return None
    facts = facts_of(gone.conference)
    if not facts.settings.promotes or _still_there(facts, gone.delegation_id):
        return None
    try:
        found = stand_ins(gone.delegation, facts=facts, only_reserve=True)
        best = _best(facts, found)
        city = Delegation.objects.get(pk=int(best.candidate.key))
        return invite_with_reason(gone, city, best, found, reply_by=_reply_by(facts), by=None)
    except PromotionRefused as refusal:
        history.record(gone, NOBODY, by=None, detail=str(refusal))
        return None


def _still_there(facts: Facts, delegation_id: int) -> bool:
    """Another invitation of the same city is open or accepted."""
    return any(
        one.known.delegation == delegation_id and one.status in {"confirmed", "accepted", "invited"}
        for one in facts.cities
    )


def _best(facts: Facts, found: StandIns) -> Reason:
    """The best stand-in that the room allows."""
    if not found.reasons:
        raise PromotionRefused(_("Nobody who can be invited is on the reserve list."))
    for reason in found.reasons:
        if overflow([*found.choice.held, reason.candidate], facts.room) <= facts.settings.overflow_risk:
            return reason
    raise PromotionRefused(_("More cities would be likely to accept than there are places."))


def _reply_by(facts: Facts) -> datetime.date:
    conference = facts.conference
    last = conference.held_on - datetime.timedelta(days=1)
    reply_by = min(conference.today + datetime.timedelta(days=facts.settings.promotion_days), last)
    if reply_by <= conference.today:
        raise PromotionRefused(_("The conference is too near to invite anybody else."))
    return reply_by


def promote_due() -> int:
    """What a worker did not hear of: refusals of the last day without a stand-in and without a reason why. Returns how
    many were invited."""
    since = timezone.now() - datetime.timedelta(days=1)
    found = Invitation.objects.filter(
        Q(replied_at__gte=since) | Q(lapsed_at__gte=since),
        conference__balance_settings__promotes=True,
        status__in=GONE,
        delegation__category=Category.CITY,
        stand_in=None,
    )
    looked_at = HistoryEntry.objects.filter(
        subject_type=ContentType.objects.get_for_model(Invitation), subject_id=OuterRef("pk"), action=NOBODY
    )
    return sum(promote(pk) is not None for pk in found.filter(~Exists(looked_at)).values_list("pk", flat=True))


@transaction.atomic
def set_reserve(delegations: list[Delegation], on_reserve: bool, *, by: User | None) -> int:
    """Puts cities on the reserve list, or takes them off it. Returns how many changed."""
    changed = [
        delegation
        for delegation in delegations
        if delegation.category == Category.CITY and delegation.on_reserve != on_reserve
    ]
    Delegation.objects.filter(pk__in=[delegation.pk for delegation in changed]).update(on_reserve=on_reserve)
    action = "put on the reserve list" if on_reserve else "taken off the reserve list"
    history.record_many(changed, action, by=by)
    return len(changed)
