"""Organisers need a second factor, and their sessions go on only as long as they are used."""

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import sessions


class SessionUseMiddleware:
    """Notes that an organiser's session is used: see sessions.py."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> None:
        if request.user.is_authenticated:
            sessions.note_use(request, request.user)


class StaffSecondFactorMiddleware:
    """Sends staff without TOTP or a passkey to the page where they set one up.

    allauth asks for a second factor only of those who have one; this closes the gap for staff.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        user = request.user
        if not settings.STAFF_SECOND_FACTOR_REQUIRED or not user.is_authenticated or not user.is_staff:
            return None
        match = request.resolver_match
        # Signing in, signing out and setting up the factor itself stay open.
        if match and (match.view_name.startswith(("account_", "mfa_")) or match.view_name == "healthz"):
            return None
        if is_mfa_enabled(user):
            return None
        messages.warning(request, _("Organisers sign in with a second factor. Set one up to go on."))
        return redirect(reverse("mfa_index"))
