"""allauth's forms, with our limits, and with passwords for organisers alone."""

from typing import Any

from allauth.account import forms
from allauth.account.adapter import get_adapter
from allauth.core import context
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import limits
from accounts.models import User


class ResetPasswordForm(forms.ResetPasswordForm):
    """Sends a code only to organisers. The page looks the same for every address: nobody learns who has an account."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail address")
        self.fields["email"].widget.attrs.pop("placeholder", None)

    def clean_email(self) -> str:
        email = super().clean_email()
        self.users = [user for user in self.users if user.is_staff]
        return email


class RequestLoginCodeForm(forms.RequestLoginCodeForm):
    _user: User | None

    def clean_email(self) -> str:
        """Refuses the address that asks too often. Whether the account exists, or has had too many mails, must not
        show: then no code is sent, and the page is the same."""
        email: str = self.cleaned_data["email"]
        account = limits.account_of(email)
        if not limits.may_ask_for_code(context.request, email, account):
            raise ValidationError(
                _("You have asked for several codes already. Use the newest e-mail, or try again later.")
            )
        self._user = account if account and limits.may_mail_code(context.request, email, account) else None
        return email


class ConfirmLoginCodeForm(forms.ConfirmLoginCodeForm):
    def clean_code(self) -> str:
        if not limits.may_guess_code(context.request, self.expected_code):
            raise get_adapter().validation_error("incorrect_code")
        return super().clean_code()
