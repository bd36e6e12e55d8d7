"""Pages for invitees, who come by a personal link, and for those who registered, who are signed in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conference import pdf
from conference.models import Conference, Page
from conference.queries import newest_page
from registrations import calendars, permissions
from registrations.forms import (
    BasePeople,
    ConsentsForm,
    DeclineForm,
    PersonForm,
    ReplyForm,
    consents_initial,
    decline_draft,
    initial_of,
    people_formset,
    reply_draft,
)
from registrations.models import Invitation, Participant
from registrations.services import places, replies, waves
from registrations.services.replies import AlreadyReplied, ReplyRefused
from registrations.states import ANSWERABLE, InvitationStatus, ParticipantStatus

# Links hold 256 random bits: this limit does not stop guessing, which is hopeless, but the load of it.
FAILED_LOOKUPS = 100
FAILED_LOOKUPS_WITHIN = 600  # seconds

_PRINCIPALS = (Participant.Role.PRINCIPAL, Participant.Role.DEPUTY)

# By personal link ------------------------------------------------------------------------------


def _by_personal_link(view: Callable[[HttpRequest, Invitation, str], HttpResponse]) -> Callable[..., HttpResponse]:
    """Gives the view the invitation that the token leads to, and answers itself where there is none any more."""

    @wraps(view)
    def wrapped(request: HttpRequest, token: str) -> HttpResponse:
        link = waves.find_link(token)
        if link is None:
            response = _unknown_link(request)
        elif link.revoked_at or link.invitation.status in {InvitationStatus.REVOKED, InvitationStatus.SELECTED}:
            response = _closed(request, link.invitation, _Closed.REVOKED)
        else:
            if request.method == "POST":
                replies.mark_opened(link.invitation)
            response = view(request, link.invitation, token)
        # The address of the page is a secret. Without any Referer, browsers would send no Origin either, which the
        # check against forged requests needs.
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return login_not_required(never_cache(wrapped))


def _unknown_link(request: HttpRequest) -> HttpResponse:
    """404, or 429 after many wrong links from one address. A good link works all the same."""
    key = f"failed-link:{get_adapter(request).get_client_ip(request)}"
    cache.add(key, 0, FAILED_LOOKUPS_WITHIN)
    try:
        failed = cache.incr(key)
    except ValueError:  # It expired between the two lines.
        failed = 1
    if failed > FAILED_LOOKUPS:
        return render(request, "429.html", status=429)
    upcoming = Conference.objects.published().filter(held_on__gte=timezone.localdate()).order_by("held_on")
    return render(request, "registrations/link_unknown.html", {"conferences": upcoming}, status=404)


class _Closed(StrEnum):
    REVOKED = "revoked"
    LAPSED = "lapsed"
    OVER = "over"


def _closed_because(invitation: Invitation) -> _Closed | None:
    """Why a reply is not possible any more."""
    if invitation.conference.is_over:
        return _Closed.OVER
    if invitation.status not in ANSWERABLE or invitation.is_overdue:
        return _Closed.LAPSED
    return None


def _closed(request: HttpRequest, invitation: Invitation, because: _Closed) -> HttpResponse:
    context = {"conference": invitation.conference, "invitation": invitation, "because": because}
    return render(request, "registrations/invitation_closed.html", context, status=410)


@require_http_methods(["GET", "HEAD", "POST"])
@_by_personal_link
def invitation(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    """The page behind a personal link. Looking at it changes nothing: mail scanners look, too."""
    if request.method == "POST":
        return _receive_reply(request, invitation, token)
    closed = _closed_because(invitation)
    if invitation.status == InvitationStatus.SENT or (closed and invitation.status == InvitationStatus.LAPSED):
        return _closed(request, invitation, closed) if closed else _reply_page(request, invitation, token)
    if "again" in request.GET and not closed:
        return _reply_page(request, invitation, token)
    context = {
        "conference": invitation.conference,
        "invitation": invitation,
        "token": token,
        "people": invitation.participants.active().order_by("pk"),
        "may_accept": not closed,
        "mine": request.user.is_authenticated and _managed_first(request, invitation),
    }
    return render(request, "registrations/invitation_replied.html", context)


def _reply_page(
    request: HttpRequest,
    invitation: Invitation,
    token: str,
    people: BasePeople | None = None,
    form: ReplyForm | None = None,
) -> HttpResponse:
    conference = invitation.conference
    notice = newest_page(conference, Page.Kind.PRIVACY)
    context = {
        "conference": conference,
        "invitation": invitation,
        "token": token,
        "people": people or people_formset(invitation, consents=notice is not None),
        "form": form or ReplyForm(initial=invitation.draft.get("reply")),
        "notice": notice,
        "free_seats": max(0, places.free_seats(invitation.delegation, besides=invitation)),
        "waiting_reason": "" if invitation.holds_seats else places.waiting_reason_now(invitation),
    }
    return render(request, "registrations/invitation.html", context)


def _receive_reply(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    here = reverse("registrations:invitation", args=[token])
    if invitation.status == InvitationStatus.ACCEPTED:
        messages.info(request, _("Your reply has already arrived."))
        return _after_reply(request, invitation, [], otherwise=here)
    if _closed_because(invitation):
        return _too_late(request, invitation, reply_draft(invitation, request.POST), otherwise=here)
    if "save" in request.POST:
        replies.save_draft(invitation, reply_draft(invitation, request.POST))
        messages.success(request, _("Your entries are saved. This link brings you back to them."))
        return redirect(here if invitation.status == InvitationStatus.SENT else f"{here}?again")
    has_notice = newest_page(invitation.conference, Page.Kind.PRIVACY) is not None
    people = people_formset(invitation, request.POST, consents=has_notice)
    form = ReplyForm(request.POST)
    # Both, so that all errors show at once.
    if not all([people.is_valid(), form.is_valid()]):
        return _reply_page(request, invitation, token, people, form)
    try:
        registered = replies.accept(invitation, people.people(), by=None, **form.cleaned_data)
    except AlreadyReplied as already:
        messages.info(request, str(already))
        invitation.refresh_from_db()
        return _after_reply(request, invitation, [], otherwise=here)
    except ReplyRefused as refusal:
        draft = reply_draft(invitation, request.POST)
        return _too_late(request, invitation, draft, otherwise=here, reason=str(refusal))
    messages.success(request, _outcome(registered))
    return _after_reply(request, registered[0].invitation, registered, otherwise=here)


def _too_late(
    request: HttpRequest, invitation: Invitation, draft: dict[str, Any], *, otherwise: str, reason: str = ""
) -> HttpResponse:
    """Whatever happened while the form was open: what was typed is kept."""
    replies.save_draft(invitation, draft)
    reason = reason or (
        _("The conference is over.")
        if invitation.conference.is_over
        else _("The reply-by date has passed while this page was open.")
    )
    messages.error(request, _("%(reason)s Your entries are saved.") % {"reason": reason})
    return redirect(otherwise)


def _outcome(registered: list[Participant]) -> str:
    confirmed = sum(participant.status == ParticipantStatus.CONFIRMED for participant in registered)
    waiting = len(registered) - confirmed
    parts = []
    if confirmed:
        parts.append(
            ngettext("%(number)d person is registered.", "%(number)d people are registered.", confirmed)
            % {"number": confirmed}
        )
    if waiting:
        parts.append(
            ngettext("%(number)d person is on the waiting list.", "%(number)d people are on the waiting list.", waiting)
            % {"number": waiting}
        )
    return " ".join(parts)


def _managed_first(request: HttpRequest, invitation: Invitation) -> Participant | None:
    return invitation.participants.managed_by(request.user).active().order_by("pk").first()


def _after_reply(
    request: HttpRequest, invitation: Invitation, registered: list[Participant], *, otherwise: str
) -> HttpResponse:
    """To the page of the registration where that is the visitor's to see, else back to the link's own page.

    Nobody's session is replaced: who is signed in as somebody else stays so.
    """
    if request.user.is_authenticated:
        mine = _managed_first(request, invitation)
        return redirect(mine.get_absolute_url() if mine else otherwise)
    contact = invitation.contact
    if registered and contact and permissions.may_sign_in_by_link(contact, registered_now=registered):
        return perform_login(request, contact, redirect_url=registered[0].get_absolute_url())
    return redirect(otherwise)


@require_POST
@_by_personal_link
def invitation_opened(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    """The page's script says that a person scrolled, typed or pointed. The decorator has noted it."""
    return HttpResponse(status=204)


@require_http_methods(["GET", "HEAD", "POST"])
@_by_personal_link
def invitation_decline(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    """Nobody comes; perhaps somebody else could be invited."""
    here = reverse("registrations:invitation", args=[token])
    if request.method != "POST":
        if invitation.status != InvitationStatus.SENT or _closed_because(invitation):
            return redirect(here)
        form = DeclineForm(initial=invitation.draft.get("decline"))
    else:
        form = DeclineForm(request.POST)
        if invitation.status in ANSWERABLE | {InvitationStatus.LAPSED} and _closed_because(invitation):
            return _too_late(request, invitation, decline_draft(invitation, request.POST), otherwise=here)
        if form.is_valid():
            try:
                replies.decline(invitation, by=None, message=form.cleaned_data["message"], substitute=form.substitute())
            except AlreadyReplied as already:
                messages.info(request, str(already))
            except ReplyRefused as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, _("Your reply has arrived."))
            return redirect(here)
    context = {"conference": invitation.conference, "invitation": invitation, "token": token, "form": form}
    return render(request, "registrations/invitation_decline.html", context)


# Signed in ----------------------------------------------------------------------------------------


@dataclass
class _Group:
    """The people of one invitation, or of one delegation where an organiser registered them."""

    conference: Conference
    delegation: Any
    may_add: Invitation | None = None
    active: list[Participant] = field(default_factory=list)
    gone: list[Participant] = field(default_factory=list)


@never_cache
@require_safe
def my_registrations(request: HttpRequest) -> HttpResponse:
    """All people whom the user may see and change, by conference and invitation."""
    groups: dict[tuple[int, int | None], _Group] = {}
    addable = {
        invitation.pk: invitation
        for invitation in Invitation.objects.managed_by(request.user).filter(status=InvitationStatus.ACCEPTED)
    }
    people = (
        Participant.objects.managed_by(request.user)
        .exclude(status=ParticipantStatus.REPLACED)
        .select_related("conference__venue", "delegation")
        .order_by("-conference__held_on", "invitation", "pk")
    )
    for participant in people:
        key = (participant.delegation_id, participant.invitation_id)
        group = groups.setdefault(key, _Group(participant.conference, participant.delegation))
        (group.active if participant.is_active else group.gone).append(participant)
        if not participant.conference.is_over:
            group.may_add = addable.get(participant.invitation_id)
    return render(request, "registrations/my_registrations.html", {"groups": list(groups.values())})


def _posted(request: HttpRequest) -> Any:
    """What a form is bound to: nothing while it is only looked at."""
    return request.POST if request.method == "POST" else None


def _participant(request: HttpRequest, pk: int) -> Participant:
    """The person, if the user manages them; else 404."""
    mine = Participant.objects.managed_by(request.user).select_related("conference__venue", "delegation", "invitation")
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


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def participant(request: HttpRequest, pk: int) -> HttpResponse:
    """One registration: where it stands, what comes next, its consents, and the ways to change it."""
    participant = _participant(request, pk)
    if request.method == "POST":
        decided = ConsentsForm(request.POST)
        if decided.is_valid():
            replies.decide_consents(participant, decided.decisions(), by=request.user)
            messages.success(request, _("The consents are saved."))
        return redirect(participant)
    conference = participant.conference
    others = Participant.objects.none()
    if participant.invitation_id:
        others = (
            Participant.objects.managed_by(request.user)
            .active()
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
        "successor": Participant.objects.managed_by(request.user).filter(replaces=participant).first(),
        "consents": ConsentsForm(initial=consents_initial(participant)),
        "decided": participant.consents.order_by("-at", "-pk").select_related("notice").first(),
        "notice": newest_page(conference, Page.Kind.PRIVACY),
        "may_change": participant.is_active and not conference.is_over,
        "may_add": participant.is_active and not conference.is_over and _addable(request, participant),
        "pdf_available": pdf.is_available(),
        "pdf_packages": pdf.DEBIAN_PACKAGES,
    }
    return render(request, "registrations/participant.html", context)


def _addable(request: HttpRequest, participant: Participant) -> bool:
    managed = Invitation.objects.managed_by(request.user).filter(status=InvitationStatus.ACCEPTED)
    return managed.filter(pk=participant.invitation_id).exists()


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add_person(request: HttpRequest, pk: int) -> HttpResponse:
    """One more person of an accepted invitation; the page says before whether there is a seat."""
    managed = Invitation.objects.managed_by(request.user).select_related("conference__venue", "delegation")
    invitation = get_object_or_404(managed, pk=pk, status=InvitationStatus.ACCEPTED)
    led = invitation.participants.active().filter(role__in=_PRINCIPALS).exists()
    notice = newest_page(invitation.conference, Page.Kind.PRIVACY)
    form = PersonForm(
        _posted(request),
        conference=invitation.conference,
        roles=(Participant.Role.COMPANION,) if led else _PRINCIPALS,
        consents=notice is not None,
    )
    if form.is_valid():
        try:
            added = replies.add_person(invitation, form.person(), by=request.user)
        except AlreadyReplied as already:
            messages.info(request, str(already))
            return redirect("registrations:mine")
        except ReplyRefused as refusal:
            messages.error(request, str(refusal))
            return redirect("registrations:mine")
        messages.success(request, _outcome([added]))
        return redirect(added)
    context = {
        "conference": invitation.conference,
        "invitation": invitation,
        "form": form,
        "notice": notice,
        "waiting_reason": places.waiting_reason_now(invitation),
    }
    return render(request, "registrations/add_person.html", context)


def _changeable(request: HttpRequest, participant: Participant) -> HttpResponse | None:
    """Where the registration has ended meanwhile: the way to its page, or to that of the successor."""
    if participant.is_active and not participant.conference.is_over:
        return None
    if participant.conference.is_over:
        messages.info(request, _("The conference is over."))
        return redirect(participant)
    messages.info(request, _("%(name)s is no longer registered.") % {"name": participant.full_name})
    successor = Participant.objects.managed_by(request.user).filter(replaces=participant).first()
    return redirect(successor or participant)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def participant_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Corrects the details of the same person."""
    participant = _participant(request, pk)
    if ended := _changeable(request, participant):
        return ended
    form = PersonForm(
        _posted(request),
        initial=initial_of(participant),
        conference=participant.conference,
        roles=_PRINCIPALS if participant.role in _PRINCIPALS else (participant.role,),
        consents=False,
    )
    if form.is_valid():
        try:
            replies.change(participant, form.person(), by=request.user)
        except ReplyRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The changes are saved."))
        return redirect(participant)
    context = {"conference": participant.conference, "participant": participant, "form": form}
    return render(request, "registrations/participant_change.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def participant_replace(request: HttpRequest, pk: int) -> HttpResponse:
    """Another person takes the seat; it stays with the delegation."""
    participant = _participant(request, pk)
    if ended := _changeable(request, participant):
        return ended
    notice = newest_page(participant.conference, Page.Kind.PRIVACY)
    form = PersonForm(
        _posted(request),
        conference=participant.conference,
        # Who takes the principal's seat is a deputy, unless the principal was confused with somebody else.
        roles=_PRINCIPALS[::-1] if participant.role in _PRINCIPALS else (participant.role,),
        consents=notice is not None,
    )
    if form.is_valid():
        try:
            successor = replies.replace(participant, form.person(), by=request.user)
        except ReplyRefused as refusal:
            messages.error(request, str(refusal))
            return redirect(participant)
        messages.success(
            request,
            _("%(new)s takes the seat of %(old)s.") % {"new": successor.full_name, "old": participant.full_name},
        )
        # Who gave their own seat away may no longer see it.
        mine = Participant.objects.managed_by(request.user).filter(pk=successor.pk)
        return redirect(successor if mine.exists() else reverse("registrations:mine"))
    context = {"conference": participant.conference, "participant": participant, "form": form, "notice": notice}
    return render(request, "registrations/participant_replace.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def participant_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first: the seat goes to the next person at once."""
    participant = _participant(request, pk)
    if ended := _changeable(request, participant):
        return ended
    if request.method == "POST":
        try:
            replies.withdraw(participant, by=request.user)
        except ReplyRefused as refusal:
            messages.info(request, str(refusal))
        else:
            messages.success(request, _("%(name)s is withdrawn.") % {"name": participant.full_name})
        return redirect(participant)
    context = {"conference": participant.conference, "participant": participant}
    return render(request, "registrations/participant_withdraw.html", context)


def _confirmed(request: HttpRequest, pk: int) -> Participant:
    participant = _participant(request, pk)
    if participant.status != ParticipantStatus.CONFIRMED:
        raise Http404
    return participant


@never_cache
@require_safe
def participant_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The confirmation on one page to print; without Pango the page that says so."""
    participant = _confirmed(request, pk)
    context = {"participant": participant, "conference": participant.conference}
    try:
        document = pdf.render("pdf/confirmation.html", context)
    except pdf.PdfUnavailable:
        context["pdf_packages"] = pdf.DEBIAN_PACKAGES
        return render(request, "registrations/pdf_unavailable.html", context, status=503)
    headers = {"Content-Disposition": f'inline; filename="confirmation-{participant.conference.slug}.pdf"'}
    return HttpResponse(document, content_type="application/pdf", headers=headers)


@never_cache
@require_safe
def participant_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """The conference as a file for the participant's calendar."""
    participant = _confirmed(request, pk)
    return HttpResponse(
        calendars.entry(participant, calendars.PUBLISH),
        content_type=f"text/calendar; charset=utf-8; method={calendars.PUBLISH}",
        headers={"Content-Disposition": f'attachment; filename="{participant.conference.slug}.ics"'},
    )
