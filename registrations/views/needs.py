"""Dietary and access needs: withdrawing the consent, and the needs of a reply that is not sent yet."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mailings.sealing import seal, unseal
from registrations.forms import needs_of_draft
from registrations.models import Invitation
from registrations.services import special_needs
from registrations.views.scope import Scope, within_scope

# A personal link also goes to everybody in copy. What was typed of these stays with the browser that typed it: in its
# session, encrypted, by the number of the invitation.
_SESSION_KEY = "needs"


def remember(request: HttpRequest, invitation: Invitation) -> None:
    """Keeps the needs that were posted for whoever typed them, until the reply is sent or the session ends."""
    needs = needs_of_draft(invitation, request.POST)
    kept = {**request.session.get(_SESSION_KEY, {})}
    kept.pop(str(invitation.pk), None)
    if any(needs):
        kept[str(invitation.pk)] = seal({"people": needs})
    request.session[_SESSION_KEY] = kept


def remembered(request: HttpRequest, invitation: Invitation) -> list[dict[str, Any]]:
    """The needs that this browser has saved with the reply, for each person in order."""
    sealed = request.session.get(_SESSION_KEY, {}).get(str(invitation.pk), "")
    return unseal(sealed).get("people", []) if sealed else []


def forget(request: HttpRequest, invitation: Invitation) -> None:
    """The reply is sent: the needs are with the registration now."""
    kept = {**request.session.get(_SESSION_KEY, {})}
    if kept.pop(str(invitation.pk), None):
        request.session[_SESSION_KEY] = kept


@within_scope
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, scope: Scope, pk: int) -> HttpResponse:
    """Asks first: what is deleted has to be typed again."""
    mine = scope.people.select_related("conference__venue", "delegation", "invitation")
    participant = get_object_or_404(mine, pk=pk)
    if request.method == "POST":
        if special_needs.withdraw(participant, **scope.author(participant.invitation)):
            messages.success(request, _("The dietary and access needs are deleted."))
        else:
            messages.info(request, _("There are no dietary or access needs any more."))
        return redirect(participant)
    context = {"conference": participant.conference, "participant": participant}
    return render(request, "registrations/needs_withdraw.html", context)
