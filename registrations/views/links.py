"""The pages behind a personal link: the invitation, the reply to it, and what became of both."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.counting import count_within
from conference.models import Conference, Page
from conference.queries import newest_page
from registrations import emails, permissions
from registrations.forms import BasePeople, DeclineForm, ReplyForm, decline_draft, people_formset, reply_draft
from registrations.models import Invitation, Participant
from registrations.services import invitations, places, replies
from registrations.services.replies import AlreadyReplied, ReplyRefused
from registrations.states import ANSWERABLE, InvitationStatus
from registrations.views.outcome import outcome

# Links hold 256 random bits: this limit does not stop guessing, which is hopeless, but the load of it.
FAILED_LOOKUPS = 100
FAILED_LOOKUPS_WITHIN = 600  # seconds


def _by_personal_link(view: Callable[[HttpRequest, Invitation, str], HttpResponse]) -> Callable[..., HttpResponse]:
    """Gives the view the invitation that the token leads to, and answers itself where there is none any more."""

    @wraps(view)
    def wrapped(request: HttpRequest, token: str) -> HttpResponse:
        link = invitations.find_link(token)
        if link is None:
            response = unknown_link(request)
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


def unknown_link(request: HttpRequest) -> HttpResponse:
    """404, or 429 after many wrong links from one address. A good link works all the same."""
    key = f"failed-link:{get_adapter(request).get_client_ip(request)}"
    if count_within(key, seconds=FAILED_LOOKUPS_WITHIN) > FAILED_LOOKUPS:
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
        "seats_in_words": emails.seats_in_words(invitation.seats),
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
    messages.success(request, outcome(registered))
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
