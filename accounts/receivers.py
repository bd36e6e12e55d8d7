"""What accounts do when somebody signs in, or changes their own account on allauth's pages."""

from typing import Any

from allauth.account import signals as account_signals
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.mfa import signals as factor_signals
from django.contrib.auth.signals import user_logged_in
from django.dispatch import Signal
from django.http import HttpRequest

from accounts import sessions
from accounts.models import User
from accounts.signals import account_changed

# Words of the history, by the signal that allauth sends after the change.
_ACTIONS: dict[Signal, tuple[str, list[str]]] = {
    account_signals.password_set: ("password set", ["password"]),
    account_signals.password_changed: ("password changed", ["password"]),
    account_signals.password_reset: ("password reset", ["password"]),
    account_signals.email_added: ("address added", []),
    account_signals.email_removed: ("address removed", []),
    account_signals.email_changed: ("changed", ["email"]),
    factor_signals.authenticator_added: ("second factor added", []),
    factor_signals.authenticator_removed: ("second factor removed", []),
    factor_signals.authenticator_reset: ("recovery codes made again", []),
    factor_signals.authentication_failed: ("wrong second factor", []),
}


def _begin_session(request: HttpRequest | None, user: User, **_sent: Any) -> None:
    """An organiser's session has its twelve hours from the first moment on."""
    if request is not None:
        sessions.note_use(request, user)


def _record(signal: Signal, user: User, **_sent: Any) -> None:
    action, fields = _ACTIONS[signal]
    # After a wrong second factor it is not known who sat there.
    by = None if signal is factor_signals.authentication_failed else user
    account_changed.send(User, subject=user, action=action, by=by, fields=fields)


def _report_address(request: HttpRequest, user: User, email_address: EmailAddress, **_sent: Any) -> None:
    """Tells the owner of an added address, the one change of which allauth sends no mail."""
    get_adapter().send_notification_mail("account/email/email_added", user, {"added_email": email_address.email})


def connect() -> None:
    account_signals.email_added.connect(_report_address, dispatch_uid="accounts.report_address")
    user_logged_in.connect(_begin_session, dispatch_uid="accounts.begin_session")
    for signal in _ACTIONS:
        signal.connect(_record, dispatch_uid="accounts.record")
