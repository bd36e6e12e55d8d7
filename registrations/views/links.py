"""The pages behind a personal link: the invitation, the reply to it, and what became of both."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
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
from conference.links import links_end_at
from conference.models import Conference, Page
from conference.queries import newest_page
from registrations import emails, grants
from registrations.forms import BasePeople, DeclineForm, ReplyForm, decline_draft, people_formset, reply_draft
from registrations.models import Invitation, Participant
from registrations.services import invitations, places, replies
from registrations.services.replies import AlreadyReplied, ReplyRefused
from registrations.states import ANSWERABLE, InvitationStatus
from registrations.views import needs
from registrations.views.outcome import outcome
from registrations.views.scope import scope_of

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
            response = _ended(request, link.invitation, _Closed.REVOKED)
        elif timezone.now() >= links_end_at(link.invitation.conference):
            response = _ended(request, link.invitation, _Closed.ENDED)
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
    ENDED = "ended"
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


def _ended(request: HttpRequest, invitation: Invitation, because: _Closed) -> HttpResponse:
    """410 with the words of the conference alone: whoever found an old link learns no name, city or address."""
    context = {"conference": invitation.conference, "because": because}
    return render(request, "registrations/invitation_ended.html", context, status=410)


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
        "mine": _first_in_scope(request, invitation),
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
        "people": people
        or people_formset(invitation, consents=notice is not None, needs=needs.remembered(request, invitation)),
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
        return _after_reply(request, invitation, [], token=token)
    if _closed_because(invitation):
        needs.remember(request, invitation)
        return _too_late(request, invitation, reply_draft(invitation, request.POST), otherwise=here)
    if "save" in request.POST:
        replies.save_draft(invitation, reply_draft(invitation, request.POST))
        needs.remember(request, invitation)
        messages.success(request, _("Your entries are saved. Open this link again to continue."))
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
        return _after_reply(request, invitation, [], token=token)
    except ReplyRefused as refusal:
        needs.remember(request, invitation)
        draft = reply_draft(invitation, request.POST)
        return _too_late(request, invitation, draft, otherwise=here, reason=str(refusal))
    needs.forget(request, invitation)
    messages.success(request, outcome(registered))
    return _after_reply(request, invitation, registered, token=token)


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


def _first_in_scope(request: HttpRequest, invitation: Invitation) -> Participant | None:
    scope = scope_of(request)
    return scope.people.active().filter(invitation=invitation).order_by("pk").first() if scope else None


def _after_reply(
    request: HttpRequest, invitation: Invitation, registered: list[Participant], *, token: str
) -> HttpResponse:
    """To the page of the registration where that is the visitor's to see, else back to the link's own page.

    The reply signs nobody in: links are forwarded. The browser that sent the first accepting reply gets a grant for the
    people it registered; visitors who are signed in stay who they are.
    """
    link = invitations.find_link(token)
    if registered and link and not request.user.is_authenticated:
        grants.give(request.session, link, registered)
    mine = _first_in_scope(request, invitation)
    return redirect(mine or reverse("registrations:invitation", args=[token]))


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
