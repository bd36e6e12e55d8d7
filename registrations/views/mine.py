"""The pages of registrations: the people in the visitor's scope (see scope.py), and all that can be changed."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conference import pdf
from conference.models import Conference, Page
from conference.queries import newest_page
from registrations import calendars, grants, offers, panels
from registrations.forms import ConsentsForm, PersonForm, consents_initial, initial_of
from registrations.models import Consent, Delegation, Invitation, Participant
from registrations.offers import Offer
from registrations.permissions import can_decide_consents
from registrations.services import address_changes, notices, places, replies
from registrations.services.address_changes import ChangeRefused
from registrations.services.notices import NoticeRefused
from registrations.services.replies import AlreadyReplied, ReplyRefused, TooMuchToday
from registrations.states import InvitationStatus, ParticipantStatus
from registrations.views.outcome import outcome
from registrations.views.scope import Scope, within_scope

_PRINCIPALS = (Participant.Role.PRINCIPAL, Participant.Role.DEPUTY)


@dataclass
class _Group:
    """The people of one invitation, or of one delegation where an organiser registered them."""

    conference: Conference
    delegation: Delegation
    may_add: Invitation | None = None
    active: list[Participant] = field(default_factory=list)
    gone: list[Participant] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)


@within_scope
@require_safe
def registrations(request: HttpRequest, scope: Scope) -> HttpResponse:
    """All people whom the visitor may see and change, by conference and invitation."""
    groups: dict[tuple[int, int | None], _Group] = {}
    addable = {invitation.pk: invitation for invitation in scope.invitations.filter(status=InvitationStatus.ACCEPTED)}
    people = (
        scope.people.exclude(status=ParticipantStatus.REPLACED)
        .select_related("conference__venue", "delegation")
        .order_by("-conference__held_on", "invitation", "pk")
    )
    for participant in people:
        key = (participant.delegation_id, participant.invitation_id)
        group = groups.setdefault(key, _Group(participant.conference, participant.delegation))
        (group.active if participant.is_active else group.gone).append(participant)
        if not participant.conference.is_over:
            group.may_add = addable.get(participant.invitation_id)
    active = [group for group in groups.values() if group.active]
    if scope.user:
        offered = offers.to(scope.user, list({group.delegation.pk: group.delegation for group in active}.values()))
        for group in active:
            group.offers = offered.get(group.delegation.pk, [])
    return render(request, "registrations/my_registrations.html", {"groups": list(groups.values())})


def _posted(request: HttpRequest) -> Any:
    """What a form is bound to: nothing while it is only looked at."""
    return request.POST if request.method == "POST" else None


def _participant(scope: Scope, pk: int) -> Participant:
    """The person, if the visitor may see them; else 404."""
    mine = scope.people.select_related("conference__venue", "delegation", "invitation")
    return get_object_or_404(mine, pk=pk)


@dataclass(frozen=True)
class _Standing:
    """A person with what they wait for, if they wait."""

    person: Participant
    position: int = 0
    reason: str = ""


def _standing(participant: Participant) -> _Standing:
    if participant.status != ParticipantStatus.WAITING:
        return _Standing(participant)
    return _Standing(participant, places.position(participant), places.reason_for_waiting(participant))


@within_scope
@require_http_methods(["GET", "HEAD", "POST"])
def participant(request: HttpRequest, scope: Scope, pk: int) -> HttpResponse:
    """One registration: where it stands, what comes next, its consents, and the ways to change it."""
    participant = _participant(scope, pk)
    may_decide = can_decide_consents(request.user, participant)
    if request.method == "POST":
        if not may_decide:
            messages.error(request, _("Only the person can decide this."))
            return redirect(participant)
        decided = ConsentsForm(request.POST)
        if decided.is_valid():
            replies.decide_consents(participant, decided.decisions(), **scope.author(participant.invitation))
            messages.success(request, _("The consents are saved."))
        return redirect(participant)
    conference = participant.conference
    others = Participant.objects.none()
    if participant.invitation_id:
        others = (
            scope.people.active()
            .filter(invitation=participant.invitation_id)
            .exclude(pk=participant.pk)
            .select_related("conference", "delegation")
            .order_by("pk")
        )
    context = {
        "conference": conference,
        "participant": participant,
        "standing": _standing(participant),
        "others": [_standing(other) for other in others],
        "offers": offers.to(scope.user, [participant.delegation]).get(participant.delegation_id, [])
        if scope.user and participant.is_active
        else [],
        "successor": scope.people.filter(replaces=participant).first(),
        "consents": ConsentsForm(initial=consents_initial(participant)),
        "decided": participant.consents.exclude(purpose=Consent.Purpose.SPECIAL_NEEDS)
        .order_by("-at", "-pk")
        .select_related("notice")
        .first(),
        "notice": newest_page(conference, Page.Kind.PRIVACY),
        "may_decide": may_decide,
        "address_change": address_changes.of(participant),
        "address_notice": notices.waiting_for(participant),
        "may_change": participant.is_active and not conference.is_over,
        "may_add": participant.is_active and not conference.is_over and _addable(scope, participant),
        # What other apps show is for people who have signed in.
        "panels": panels.of(participant) if scope.user else [],
        "grant": scope.grant_for(participant.invitation_id),
        "pdf_available": pdf.is_available(),
        "pdf_packages": pdf.DEBIAN_PACKAGES,
    }
    return render(request, "registrations/participant.html", context)


def _addable(scope: Scope, participant: Participant) -> bool:
    return scope.invitations.filter(pk=participant.invitation_id, status=InvitationStatus.ACCEPTED).exists()


def _keep_in_reach(request: HttpRequest, scope: Scope, registered: Participant) -> None:
    if scope.user is None:
        grants.widen(request.session, registered)


@within_scope
@require_http_methods(["GET", "HEAD", "POST"])
def add_person(request: HttpRequest, scope: Scope, pk: int) -> HttpResponse:
    """One more person of an accepted invitation; the page says before whether there is a seat."""
    managed = scope.invitations.select_related("conference__venue", "delegation")
    invitation = get_object_or_404(managed, pk=pk, status=InvitationStatus.ACCEPTED)
    led = invitation.participants.active().filter(role__in=_PRINCIPALS).exists()
    notice = newest_page(invitation.conference, Page.Kind.PRIVACY)
    form = PersonForm(
        _posted(request),
        conference=invitation.conference,
        roles=(Participant.Role.COMPANION,) if led else _PRINCIPALS,
        consents=False,
        asked=None if notice else (),
    )
    if form.is_valid():
        try:
            added = replies.add_person(invitation, form.person(), **scope.author(invitation))
        except AlreadyReplied as already:
            messages.info(request, str(already))
            return redirect("registrations:mine")
        except TooMuchToday as refusal:
            form.add_error(None, str(refusal))
        except ReplyRefused as refusal:
            messages.error(request, str(refusal))
            return redirect("registrations:mine")
        else:
            _keep_in_reach(request, scope, added)
            messages.success(request, outcome([added]))
            return redirect(added)
    context = {
        "conference": invitation.conference,
        "invitation": invitation,
        "form": form,
        "notice": notice,
        "waiting_reason": places.waiting_reason_now(invitation),
    }
    return render(request, "registrations/add_person.html", context)


def _changeable(request: HttpRequest, scope: Scope, participant: Participant) -> HttpResponse | None:
    """Where the registration has ended meanwhile: the way to its page, or to that of the successor."""
    if participant.is_active and not participant.conference.is_over:
        return None
    if participant.conference.is_over:
        messages.info(request, _("The conference is over."))
        return redirect(participant)
    messages.info(request, _("%(name)s is no longer registered.") % {"name": participant.full_name})
    successor = scope.people.filter(replaces=participant).first()
    return redirect(successor or participant)


@within_scope
@require_http_methods(["GET", "HEAD", "POST"])
def participant_change(request: HttpRequest, scope: Scope, pk: int) -> HttpResponse:
    """Corrects the details of the same person."""
    participant = _participant(scope, pk)
    if ended := _changeable(request, scope, participant):
        return ended
    form = PersonForm(
        _posted(request),
        initial=initial_of(participant),
        conference=participant.conference,
        roles=_PRINCIPALS if participant.role in _PRINCIPALS else (participant.role,),
        consents=False,
        asked=(),
    )
    if form.is_valid():
        try:
            replies.change(participant, form.person(), **scope.author(participant.invitation))
        except TooMuchToday as refusal:
            form.add_error(None, str(refusal))
        except ReplyRefused as refusal:
            messages.error(request, str(refusal))
            return redirect(participant)
        else:
            is_waiting = address_changes.of(participant) is not None
            messages.success(
                request,
                _("Saved. The new address counts once it is confirmed.") if is_waiting else _("The changes are saved."),
            )
            return redirect(participant)
    context = {
        "conference": participant.conference,
        "participant": participant,
        "form": form,
        "needs_agreement": address_changes.needs_agreement(participant, scope.user),
    }
    return render(request, "registrations/participant_change.html", context)


@within_scope
@require_POST
def participant_address(request: HttpRequest, scope: Scope, pk: int) -> HttpResponse:
    """Sends the mail that asks for a confirmation again (`again`), or takes a change of the address back (`cancel`)."""
    participant = _participant(scope, pk)
    author = scope.author(participant.invitation)
    changing, waiting = address_changes.of(participant), notices.waiting_for(participant)
    try:
        if "cancel" in request.POST and changing:
            address_changes.cancel(changing, **author)
            messages.success(request, _("The address stays as it is."))
        elif "again" in request.POST and changing:
            address_changes.send_again(changing, **author)
            messages.success(request, _("The mail is on its way to %(email)s.") % {"email": changing.email})
        elif "again" in request.POST and waiting:
            notices.send_again(waiting, **author)
            messages.success(request, _("The mail is on its way to %(email)s.") % {"email": waiting.email})
    except (ChangeRefused, NoticeRefused) as refusal:
        messages.error(request, str(refusal))
    return redirect(participant)


@within_scope
@require_http_methods(["GET", "HEAD", "POST"])
def participant_replace(request: HttpRequest, scope: Scope, pk: int) -> HttpResponse:
    """Another person takes the seat; it stays with the delegation."""
    participant = _participant(scope, pk)
    if ended := _changeable(request, scope, participant):
        return ended
    notice = newest_page(participant.conference, Page.Kind.PRIVACY)
    form = PersonForm(
        _posted(request),
        conference=participant.conference,
        # Who takes the principal's seat is a deputy, unless the principal was confused with somebody else.
        roles=_PRINCIPALS[::-1] if participant.role in _PRINCIPALS else (participant.role,),
        consents=False,
        asked=None if notice else (),
    )
    if form.is_valid():
        try:
            successor = replies.replace(participant, form.person(), **scope.author(participant.invitation))
        except TooMuchToday as refusal:
            form.add_error(None, str(refusal))
        except ReplyRefused as refusal:
            messages.error(request, str(refusal))
            return redirect(participant)
        else:
            messages.success(
                request,
                _("%(new)s takes the seat of %(old)s.") % {"new": successor.full_name, "old": participant.full_name},
            )
            _keep_in_reach(request, scope, successor)
            # Somebody who gave their own seat away may no longer see it.
            is_mine = scope.user is None or scope.people.filter(pk=successor.pk).exists()
            return redirect(successor if is_mine else reverse("registrations:mine"))
    context = {"conference": participant.conference, "participant": participant, "form": form, "notice": notice}
    return render(request, "registrations/participant_replace.html", context)


@within_scope
@require_http_methods(["GET", "HEAD", "POST"])
def participant_withdraw(request: HttpRequest, scope: Scope, pk: int) -> HttpResponse:
    """Asks first: the seat goes to the next person at once."""
    participant = _participant(scope, pk)
    if ended := _changeable(request, scope, participant):
        return ended
    if request.method == "POST":
        try:
            replies.withdraw(participant, **scope.author(participant.invitation))
        except ReplyRefused as refusal:
            messages.info(request, str(refusal))
        else:
            messages.success(request, _("%(name)s is withdrawn.") % {"name": participant.full_name})
        return redirect(participant)
    context = {"conference": participant.conference, "participant": participant}
    return render(request, "registrations/participant_withdraw.html", context)


def _confirmed(scope: Scope, pk: int) -> Participant:
    participant = _participant(scope, pk)
    if participant.status != ParticipantStatus.CONFIRMED:
        raise Http404
    return participant


@within_scope
@require_safe
def participant_pdf(request: HttpRequest, scope: Scope, pk: int) -> HttpResponse:
    """The confirmation on one page to print; without Pango the page that says so."""
    participant = _confirmed(scope, pk)
    context = {"participant": participant, "conference": participant.conference}
    try:
        document = pdf.render("pdf/confirmation.html", context)
    except pdf.PdfUnavailable:
        return pdf.unavailable(request, participant.conference, back=participant.get_absolute_url())
    headers = {"Content-Disposition": f'inline; filename="confirmation-{participant.conference.slug}.pdf"'}
    return HttpResponse(document, content_type="application/pdf", headers=headers)


@within_scope
@require_safe
def participant_calendar(request: HttpRequest, scope: Scope, pk: int) -> HttpResponse:
    """The conference as a file for the participant's calendar."""
    participant = _confirmed(scope, pk)
    return HttpResponse(
        calendars.entry(participant, calendars.PUBLISH),
        content_type=f"text/calendar; charset=utf-8; method={calendars.PUBLISH}",
        headers={"Content-Disposition": f'attachment; filename="{participant.conference.slug}.ics"'},
    )
