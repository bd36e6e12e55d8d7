"""Accounts come into being with an invitation, never by signing up."""

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import User, normalise_email


@transaction.atomic
def ensure_account(email: str, *, name: str = "", verified: bool = False) -> tuple[User, bool]:
    """The account of this address, made if there is none, and whether it was made now.

    `verified=True` says that the address is proven to reach its owner (a personal link sent there was used);
    it is recorded for new and present accounts. Names of present accounts stay as they are.
    """
    email = normalise_email(email)
    address = EmailAddress.objects.filter(email__iexact=email, verified=True).select_related("user").first()
    if address:
        return address.user, False
    user, created = User.objects.get_or_create(email=email, defaults={"name": name})
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    address, _ = EmailAddress.objects.get_or_create(user=user, email=email, defaults={"primary": True})
    if verified and not address.verified:
        EmailAddress.objects.filter(pk=address.pk).update(verified=True)
    return user, created


@transaction.atomic
def save_account(user: User) -> User:
    """Saves an account that an organiser made or changed, with its address as the one that sign-in codes go to.

    A changed address has to be proven again by its first code.
    """
    user.email = normalise_email(user.email)
    user.save()
    address, made = EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"primary": True})
    if made or not address.primary:
        EmailAddress.objects.filter(user=user).exclude(pk=address.pk).delete()
        EmailAddress.objects.filter(pk=address.pk).update(primary=True)
    return user
