"""Devices that are known to an account: browsers in which its owner has signed in before.

Knowing a device is no way to sign in. It only keeps the limits that strangers can use up away from the owner, who then
counts for themselves (see limits.py). A cookie holds one signed token for each account; nothing is stored. A token ends
after 180 days, and with the account's address, password, second factors or the account itself as they were.
"""

import datetime
import secrets

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User

COOKIE = "known_device"
MAX_AGE = datetime.timedelta(days=180)
# A computer shared by more people, such as one at the registration desk, forgets those who signed in longest ago.
MOST_ACCOUNTS = 5
_BETWEEN = "|"
_SALT = "accounts.devices"
_SIGNER = signing.TimestampSigner(salt=_SALT)


def known_device(request: HttpRequest, account: User) -> str:
    """The random name of this browser, if it has signed in as `account` before; else an empty text."""
    for token in _tokens(request):
        number, device, fingerprint = _read(token)
        if number == str(account.pk):
            return device if account.is_active and constant_time_compare(fingerprint, _fingerprint(account)) else ""
    return ""


def remember(request: HttpRequest, response: HttpResponse, account: User) -> None:
    """Makes this browser a known device of `account`, who has just signed in by code, password or passkey.

    A sign-in by a personal link does not count: the link also goes to everybody in copy.
    """
    if not get_authentication_records(request, account):
        return
    token = _SIGNER.sign(f"{account.pk}.{secrets.token_urlsafe(12)}.{_fingerprint(account)}")
    others = [other for other in _tokens(request) if _read(other)[0] not in {"", str(account.pk)}]
    response.set_cookie(
        COOKIE,
        _BETWEEN.join([token, *others][:MOST_ACCOUNTS]),
        max_age=MAX_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _tokens(request: HttpRequest) -> list[str]:
    return request.COOKIES.get(COOKIE, "").split(_BETWEEN)[:MOST_ACCOUNTS]


def _read(token: str) -> tuple[str, str, str]:
    """Number of the account, name of the device, fingerprint of the account; all empty for what was not signed here."""
    try:
        number, device, fingerprint = _SIGNER.unsign(token, max_age=MAX_AGE).split(".")
    except (signing.BadSignature, ValueError):
        return "", "", ""
    return number, device, fingerprint


def _fingerprint(account: User) -> str:
    """Changes with whatever makes it doubtful that the earlier devices are still the owner's."""
    factors = sorted(Authenticator.objects.filter(user=account).values_list("pk", flat=True))
    return salted_hmac(_SALT, repr((account.email, account.password, factors)), algorithm="sha256").hexdigest()[:32]
