"""Who may change whose account and which role.

One rule: nobody touches somebody who has a right that they lack themselves, and nobody gives a right that they lack.
Otherwise whoever may change accounts could take over a stronger one by its address or password, or make one.
"""

from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet

from accounts.models import User


def rights_of(account: User) -> QuerySet[Permission]:
    """The permissions of an account and of its roles, also while it is not active: it can be activated again."""
    return Permission.objects.filter(Q(user=account) | Q(group__user=account)).distinct()


def may_give(actor: User, rights: Iterable[Permission]) -> bool:
    """Whether the actor has all of these rights."""
    if not (actor.is_active and actor.is_staff):
        return False
    return actor.is_superuser or {right.pk for right in rights} <= {right.pk for right in rights_of(actor)}


def may_change_account(actor: User, account: User) -> bool:
    """Whether the account has no right that the actor lacks: then address, password and second factor are theirs to
    change, if their own permissions allow it at all."""
    return actor.is_superuser or (not account.is_superuser and may_give(actor, rights_of(account)))


def may_change_role(actor: User, role: Group) -> bool:
    """Whether neither the role nor anybody who has it has a right that the actor lacks."""
    if actor.is_superuser:
        return True
    holders = User.objects.filter(groups=role)
    if holders.filter(is_superuser=True).exists():
        return False
    held = Permission.objects.filter(Q(group=role) | Q(group__user__in=holders) | Q(user__in=holders)).distinct()
    return may_give(actor, held)
