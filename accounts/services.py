"""Accounts come into being with an invitation, never by signing up."""

from collections.abc import Mapping

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from accounts.models import User, normalise_email
from accounts.signals import address_replaced


@transaction.atomic(savepoint=False)
def ensure_accounts(names: Mapping[str, str], *, verified: str = "") -> dict[str, User]:
    """The accounts of these addresses by normalised address, made where missing; `names` says who each belongs to.

    `verified` is the one address that is proven to reach its owner (a personal link sent there was used); that is
    recorded for new and present accounts. Names of present accounts stay as they are. In sorted order: two replies
    that name the same people in another order would otherwise wait for each other.
    """
    wanted = {normalise_email(email): name for email, name in names.items() if email}
    verified = normalise_email(verified)
    known = list(EmailAddress.objects.filter(email__in=wanted).select_related("user"))
    accounts = {address.email: address.user for address in known if address.verified}
    rest = sorted(set(wanted) - set(accounts))
    if not rest:
        return accounts
    with_address = {(address.user_id, address.email) for address in known}
    accounts |= {user.email: user for user in User.objects.filter(email__in=rest)}
    accounts |= _make_accounts({email: wanted[email] for email in rest if email not in accounts})
    EmailAddress.objects.bulk_create(
        [
            EmailAddress(user=accounts[email], email=email, primary=True, verified=email == verified)
            for email in rest
            if (accounts[email].pk, email) not in with_address
        ],
        # Another reply may just have done the same.
        ignore_conflicts=True,
    )
    if verified in rest and (accounts[verified].pk, verified) in with_address:
        EmailAddress.objects.filter(user=accounts[verified], email=verified).update(verified=True)
    return accounts


def _make_accounts(names: Mapping[str, str]) -> dict[str, User]:
    """New accounts in the order of `names`; those that another process made meanwhile are taken as they are."""
    fresh = [User(email=email, name=name, password=make_password(None)) for email, name in names.items()]
    try:
        with transaction.atomic():
            User.objects.bulk_create(fresh)
    except IntegrityError:
        return {
            user.email: User.objects.get_or_create(
                email=user.email, defaults={"name": user.name, "password": user.password}
            )[0]
            for user in fresh
        }
    return {user.email: user for user in fresh}


@transaction.atomic
def save_account(user: User) -> User:
    """Saves an account that an organiser made or changed, with its address as the one that sign-in codes go to.

    A changed address has to be proven again by its first code.
    """
    user.email = normalise_email(user.email)
    before = User.objects.filter(pk=user.pk).values_list("email", flat=True).first()
    user.save()
    if before is not None and normalise_email(before) != user.email:
        address_replaced.send(User, user=user)
    if not EmailAddress.objects.filter(user=user, email=user.email, primary=True).exists():
        # Codes must no longer go to the earlier address, and only one may be the first.
        EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
        EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"primary": True})
    return user
