"""What allauth does without a mail of its own, the owner of the account is told of here."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.account.signals import email_added
from django.http import HttpRequest

from accounts.models import User


def connect() -> None:
    email_added.connect(report_address, dispatch_uid="accounts.report_address")


def report_address(request: HttpRequest, user: User, email_address: EmailAddress, **_kwargs: Any) -> None:
    get_adapter().send_notification_mail("account/email/email_added", user, {"added_email": email_address.email})
