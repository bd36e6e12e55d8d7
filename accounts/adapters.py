"""What differs from allauth's ways of signing in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse

from accounts import devices, limits
from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: an accepted invitation makes the account."""
        return False

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
    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        return {**super().get_public_key_credential_rp_entity(), "name": settings.MFA_TOTP_ISSUER}
