"""Accounts come into being with an invitation, never by signing up; each change to one is reported to its owner."""

from collections.abc import Mapping, Sequence

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User, normalise_email
from accounts.signals import account_changed, address_replaced


@transaction.atomic(savepoint=False)
def ensure_accounts(names: Mapping[str, str]) -> dict[str, User]:
    """The accounts of these addresses by normalised address, made where missing; `names` says who each belongs to.

    A new address counts as verified only once its owner has signed in by a code sent there. Names of present accounts
    stay as they are. In sorted order: two replies that name the same people in another order would otherwise wait for
    each other.
    """
    wanted = {normalise_email(email): name for email, name in names.items() if email}
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
            EmailAddress(user=accounts[email], email=email, primary=True)
            for email in rest
            if (accounts[email].pk, email) not in with_address
        ],
        # Another reply may just have done the same.
        ignore_conflicts=True,
    )
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
def save_account(user: User, *, by: User | None = None, changed: Sequence[str] = ()) -> User:
    """Saves an account that an organiser made or changed, with its address as the one that sign-in codes go to.

    A changed address has to be proven again by its first code. Changes of the address and of the password are reported
    to the addresses that the account had before; `by` is the organiser, None the system. Who may do it is a question of
    accounts.permissions.
    """
    is_new = user.pk is None
    user.email = normalise_email(user.email)
    before = User.objects.filter(pk=user.pk).first()
    if before:
        _report_changes(before, user, by=by)
    user.save()
    account_changed.send(User, subject=user, action="created" if is_new else "changed", by=by, fields=changed)
    if before and normalise_email(before.email) != user.email:
        address_replaced.send(User, user=user)
    if not EmailAddress.objects.filter(user=user, email=user.email, primary=True).exists():
        # Codes must no longer go to the earlier address, and only one may be the first.
        EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
        EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"primary": True})
    return user


@transaction.atomic
def note_new_password(before: User, user: User, *, by: User | None) -> None:
    """Reports a password that an organiser set or removed to the account's owner, and records it."""
    _report_changes(before, user, by=by)
    account_changed.send(User, subject=user, action="password set", by=by, fields=["password"])


def _report_changes(before: User, user: User, *, by: User | None) -> None:
    if before.email != user.email:
        change = _("The e-mail address of your account was changed from %(old)s to %(new)s.") % {
            "old": before.email,
            "new": user.email,
        }
        report(before, change, by=by)
    if before.password != user.password:
        report(
            before,
            _("The password of your account was changed.")
            if user.has_usable_password()
            else _("The password of your account was removed. You sign in with a code by e-mail."),
            by=by,
        )


@transaction.atomic
def save_role(role: Group, *, by: User | None, changed: Sequence[str]) -> Group:
    """Saves a role that an organiser made or changed."""
    is_new = role.pk is None
    role.save()
    account_changed.send(Group, subject=role, action="created" if is_new else "changed", by=by, fields=changed)
    return role


@transaction.atomic
def delete_role(role: Group, *, by: User | None) -> None:
    """Takes the role from everybody who has it, and deletes it."""
    account_changed.send(Group, subject=role, action="deleted", by=by, fields=[])
    role.delete()


@transaction.atomic
def remove_second_factor(factor: Authenticator, *, by: User | None) -> None:
    """Deletes a second factor whose owner lost it, and reports that to the owner, who sets up a new one at the next
    sign-in."""
    user = User.objects.get(pk=factor.user_id)
    factor.delete()
    account_changed.send(User, subject=user, action="second factor removed", by=by, fields=[])
    change = _("A second factor of your account was removed: %(factor)s.") % {"factor": factor.get_type_display()}
    report(user, change, by=by)


def addresses_on_file(user: User) -> set[str]:
    """The addresses at which the account's owner is known to be reached, and the one they sign in with."""
    proven = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    return {user.email, *proven}


def report(user: User, change: str, *, by: User | None) -> None:
    """Tells the account's owner of a change that somebody else made. Needs a transaction: the mail is part of it."""
    context = {"change": change, "by": by, "at": timezone.now()}
    subject = render_to_string("account/email/changed_by_organiser_subject.txt", context).strip()
    text = render_to_string("account/email/changed_by_organiser_message.txt", context).strip()
    for address in sorted(addresses_on_file(user)):
        send_mail(subject, text, None, [address])
