"""The pages behind the links in mails about addresses: confirm, object, keep. Looking at them changes nothing."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from registrations import address_emails
from registrations.models import AddressChange, AddressNotice
from registrations.services import address_changes, notices
from registrations.services.address_changes import ChangeRefused
from registrations.services.notices import NoticeRefused
from registrations.views.links import unknown_link

View = Callable[..., HttpResponse]


def _found_by(find: Callable[[str], Any]) -> Callable[[View], View]:
    """Gives the view what the token leads to, and answers itself where there is nothing."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, token: str) -> HttpResponse:
            found = find(token)
            response = unknown_link(request) if found is None else view(request, found)
            # The address of the page is a secret.
            response.headers["Referrer-Policy"] = "same-origin"
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
            return response

        return login_not_required(never_cache(require_http_methods(["GET", "HEAD", "POST"])(wrapped)))

    return decorate


@_found_by(notices.find)
def address_notice(request: HttpRequest, notice: AddressNotice) -> HttpResponse:
    """Is this your address, and is it right that we have it? Two buttons."""
    if request.method == "POST":
        if "object" in request.POST:
            notices.object_to(notice)
            messages.success(request, _("Thank you for telling us. The organiser has been notified."))
        elif "confirm" in request.POST:
            try:
                notices.confirm(notice)
            except NoticeRefused as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, _("Thank you. Your address is confirmed."))
        return redirect(request.path)
    context = {
        "conference": notice.conference,
        "notice": notice,
        "why": address_emails.why(
            notice.reason, notice.delegation.name, notice.conference, by_organiser=notice.by_organiser
        ),
    }
    return render(request, "registrations/address_notice.html", context)


def _change_page(request: HttpRequest, change: AddressChange, template: str) -> HttpResponse:
    participant = change.participant
    return render(
        request, template, {"conference": participant.conference, "participant": participant, "change": change}
    )


@_found_by(address_changes.find_for_new)
def address_change(request: HttpRequest, change: AddressChange) -> HttpResponse:
    """For the new address: confirm, or say that it is not theirs."""
    if request.method == "POST":
        if "object" in request.POST:
            address_changes.refuse(change)
        elif "confirm" in request.POST:
            _said(request, lambda: address_changes.confirm(change))
        return redirect(request.path)
    return _change_page(request, change, "registrations/address_change.html")


@_found_by(address_changes.find_for_old)
def address_keep(request: HttpRequest, change: AddressChange) -> HttpResponse:
    """For the old address: keep it, or agree to the new one where that is needed."""
    if request.method == "POST":
        if "keep" in request.POST:
            address_changes.keep(change)
        elif "agree" in request.POST and change.needs_agreement:
            _said(request, lambda: address_changes.agree(change))
        return redirect(request.path)
    return _change_page(request, change, "registrations/address_keep.html")


def _said(request: HttpRequest, answer: Callable[[], object]) -> None:
    try:
        answer()
    except ChangeRefused as refusal:
        messages.error(request, str(refusal))
