"""What differs from allauth's forms."""

from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm


class ResetPasswordForm(AllauthResetPasswordForm):
    """Sends a code only to organisers. The page looks the same for every address: nobody learns who has an account."""

    def clean_email(self) -> str:
        email = super().clean_email()
        self.users = [user for user in self.users if user.is_staff]
        return email
