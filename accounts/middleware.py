"""What is between a request and a page: the table of accounts/reach.py, the second factor, and the age of sessions."""

from collections.abc import Callable
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import reach, sessions
from accounts.adapters import proved_recently


class ReachMiddleware:
    """Holds every request to the table of links and sessions.

    A secret in an address opens only the views that the table lists for it. Account pages do not exist for anybody but
    organisers, and organisers prove again who they are before a page opens that can change their account.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, kwargs: dict[str, object]
    ) -> HttpResponse | None:
        name = request.resolver_match.view_name
        if "token" in kwargs and not reach.opened_by_token(name):
            raise Http404
        if not reach.is_account_page(name):
            return self._not_for_participants(request, name)
        if not request.user.is_authenticated or not request.user.is_staff:
            raise Http404
        if reach.needs_fresh_proof(name) and not proved_recently(request):
            way = get_adapter().get_reauthentication_methods(request.user)[0]
            return redirect(f"{way['url']}?{urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})}")
        return None

    def _not_for_participants(self, request: HttpRequest, name: str) -> None:
        """Participants have no password to reset; visitors may be organisers, so they are asked for the address."""
        if reach.is_about_passwords(name) and request.user.is_authenticated and not request.user.is_staff:
            raise Http404


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
