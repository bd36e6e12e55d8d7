"""How often sign-in may be tried. The numbers are in the settings (ACCOUNT_RATE_LIMITS), the reasons in decision 16.

Attempts count by network address and account together, so that a stranger uses up what is theirs and not what is the
owner's. A device that is known to the account is counted separately. On top of that, all devices that are not known
share a cap on each account: it bounds guessing and the mails in the owner's mailbox, however many addresses are used.
"""

import hashlib

from allauth.account.internal.userkit import filter_users_by_email
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest

from accounts.counting import count_within
from accounts.devices import known_device
from accounts.models import User, normalise_email
from accounts.signals import account_changed

# Requests for a code from one network address in a minute: a whole venue signs in from one.
CODES_FROM_ONE_ADDRESS = 900
# Seconds in which a blocked sign-in is noted in the history once, however many attempts are refused.
NOTED_ONCE_WITHIN = 3600


def account_of(email: str) -> User | None:
    """The active account that this address signs in to."""
    found = filter_users_by_email(email, is_active=True, prefer_verified=True, for_login=True)
    return found[0] if found else None


def counted_as(request: HttpRequest, email: str, account: User | None) -> str:
    """Whom an attempt counts for: the known device, else the network address, each together with the account."""
    device = known_device(request, account) if account else ""
    return f"{_target(email, account)} from {f'device {device}' if device else ratelimit.get_ip(request)}"


def may_ask_for_code(request: HttpRequest, email: str, account: User | None) -> bool:
    """Counts a request for a code. Where it is refused, the person may see why: it says nothing about the account."""
    if count_within(f"codes-from:{ratelimit.get_ip(request)}", seconds=60) > CODES_FROM_ONE_ADDRESS:
        return False
    return _consume(request, "request_login_code", counted_as(request, email, account))


def may_mail_code(request: HttpRequest, email: str, account: User) -> bool:
    """Counts a code that would be mailed. Where it is refused, the answer must look as if it had been."""
    return bool(known_device(request, account)) or _consume(request, "login_code_mailed", _target(email, account))


def may_guess_code(request: HttpRequest, expected: str) -> bool:
    """Counts an attempt at the code of this session.

    allauth counts in the session, which requests at the same instant read before any of them writes it.
    """
    session = f"{request.session.session_key} {expected}"
    return _consume(request, "login_code_guess", hashlib.sha256(session.encode()).hexdigest())


def may_try_password(request: HttpRequest, email: str) -> bool:
    """Whether all unknown devices together have tried less often than they may; counts nothing."""
    account = account_of(email)
    if account and known_device(request, account):
        return True
    return _consume(request, "login_failed_unknown_device", _target(email, account), dry_run=True)


def password_failed(request: HttpRequest, email: str) -> None:
    """Counts a wrong password of an unknown device."""
    account = account_of(email)
    if not (account and known_device(request, account)):
        _consume(request, "login_failed_unknown_device", _target(email, account))


def note_blocked(email: str) -> None:
    """Puts a blocked sign-in to an organiser's account into the history, once an hour."""
    account = account_of(email)
    if account and account.is_staff and cache.add(f"sign-in-blocked:{account.pk}", True, NOTED_ONCE_WITHIN):
        account_changed.send(User, subject=account, action="sign-in blocked", by=None, fields=[])


def _target(email: str, account: User | None) -> str:
    """One name for all spellings and addresses of an account."""
    return f"account {account.pk}" if account else f"nobody {normalise_email(email)}"


def _consume(request: HttpRequest, action: str, key: str, *, dry_run: bool = False) -> bool:
    usage = ratelimit.consume(request, app="allauth.account", action=action, key=key, dry_run=dry_run)
    return usage is not None
