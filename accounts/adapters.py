"""What differs from allauth's ways of signing in, and of reporting changes to an account."""

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import devices, limits, reach
from accounts.models import User
from accounts.services import addresses_on_file


def proved_recently(request: HttpRequest) -> bool:
    """Whether the user of this session has just given a second factor, or a code sent to the address on file.

    A password alone is no such proof: whoever found it could then change everything else.
    """
    given = [record["at"] for record in _proofs(request, request.user) if record["method"] in {"code", "mfa"}]
    latest = max(given, default=0.0)
    return time.time() - latest < reach.FRESH_FOR.total_seconds()


def _proofs(request: HttpRequest, user: Any) -> list[dict[str, Any]]:
    """By what and when the user proved in this session who they are."""
    return get_authentication_records(request, user)


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: an accepted invitation makes the account."""
        return False

    def pre_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse | None:
        """Participants sign in with a code and nothing else, whatever an earlier time as organisers left them."""
        if not user.is_staff and not any(record["method"] == "code" for record in _proofs(request, user)):
            messages.error(request, _("Sign in with a code: participants have no password and no security key."))
            return redirect("account_login")
        return super().pre_login(request, user, **how)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """The middleware has asked for a fresh proof before the page; allauth asks no second time."""
        return not proved_recently(self.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, str]]:
        """The second factor; organisers who have none sign in again with a code."""
        methods = [method for method in super().get_reauthentication_methods(user) if method["id"] != "reauthenticate"]
        if methods or not user.is_authenticated:
            return methods
        return [
            {
                "id": "sign_in_again",
                "description": _("Sign in again with a code"),
                "url": reverse("account_sign_in_again"),
            }
        ]

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Reports a change to every address that the account had before it.

        The address that was just added is left out: whoever added it knows. One that was just removed still gets it.
        """
        context = context or {}
        before = addresses_on_file(user) | {email or "", context.get("deleted_email", "")}
        for address in sorted(before - {"", context.get("added_email")}):
            super().send_notification_mail(template_prefix, user, context, email=address)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        email = credentials.get("email", "")
        return limits.counted_as(request, email, limits.account_of(email))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Raises ValidationError where a password may not be tried now."""
        email = credentials.get("email", "")
        try:
            super().pre_authenticate(request, **credentials)
            if not limits.may_try_password(request, email):
                raise self.validation_error("too_many_login_attempts")
        except ValidationError:
            limits.note_blocked(email)
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        limits.password_failed(request, credentials.get("email", ""))

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response = super().post_login(request, user, **kwargs)
        devices.remember(request, response, user)
        return response


class SecondFactorAdapter(DefaultMFAAdapter):
    def is_mfa_enabled(self, user: Any, types: Any = None) -> bool:
        """Only organisers have a second factor: nobody can be locked out by one that somebody else set up for them."""
        return user.is_staff and super().is_mfa_enabled(user, types)

    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        return {**super().get_public_key_credential_rp_entity(), "name": settings.MFA_TOTP_ISSUER}
