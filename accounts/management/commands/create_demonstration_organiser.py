"""An organiser to try a site with."""

import secrets

from allauth.account.models import EmailAddress
from django.core.management.base import BaseCommand
from django.db import transaction

from accounts.models import User

EMAIL = "organiser@convoke.example"


class Command(BaseCommand):
    help = f"Makes the demonstration organiser {EMAIL}, or gives them a new password, and prints how to sign in."

    @transaction.atomic
    def handle(self, *args: object, **options: object) -> None:
        password = secrets.token_urlsafe(12)
        user = User.objects.filter(email=EMAIL).first() or User(email=EMAIL, name="Demonstration organiser")
        user.is_staff = user.is_superuser = True
        user.set_password(password)
        user.save()
        EmailAddress.objects.update_or_create(user=user, email=EMAIL, defaults={"verified": True, "primary": True})
        self.stdout.write(f"e-mail: {EMAIL}")
        self.stdout.write(f"password: {password}")
