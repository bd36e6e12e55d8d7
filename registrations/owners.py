"""What belongs to the person behind a registration alone, and never passes to whoever takes the registration over.

Each app declares its models that refer to a participant or to an account, field by field where a person writes into
them: what is forgotten when another person takes over, and what stays with the registration. A test walks all models
and fails for a model or a field that is not declared.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from django.db import models

from accounts.models import User
from registrations.models import Participant

Forget = Callable[[Participant], object]
Move = Callable[[Participant, User, User], object]

# In place of the names of fields: every one, present or to come.
ALL = "*"


@dataclass(frozen=True)
class Declaration:
    """The fields of a model that are for the owner alone, those that stay, and why."""

    owners: Collection[str]
    staying: Collection[str]
    why: str = ""


_declared: dict[type[models.Model], Declaration] = {}
_forgets: list[Forget] = []
_moves: list[Move] = []
_account_forgets: list[Callable[[User], object]] = []


def declare(
    model: type[models.Model], *, owners: Collection[str], staying: Collection[str] = (), forget: Forget
) -> None:
    """`forget(participant)` deletes or empties the `owners` fields where another person takes over."""
    _declared[model] = Declaration(owners, staying)
    _forgets.append(forget)


def declare_staying(model: type[models.Model], why: str) -> None:
    """Nothing of this model is for the owner alone, for the reason given."""
    _declared[model] = Declaration((), (ALL,), why)


def declare_moving(move: Move) -> None:
    """`move(participant, old, new)` takes what an account itself holds along, where one person changes accounts."""
    _moves.append(move)


def declare_of_account(forget: Callable[[User], object]) -> None:
    """`forget(user)` deletes what the account itself holds for its owner alone."""
    _account_forgets.append(forget)


def declared() -> Mapping[type[models.Model], Declaration]:
    return _declared


def pass_on(participant: Participant, *, to: User, is_same_person: bool) -> None:
    """Gives the registration to another account, and forgets what was the former owner's unless they are one person.

    Sets `participant.user` without saving it. Runs in the transaction of the change.
    """
    former = participant.user
    if former is not None and former.pk == to.pk:
        return
    participant.user = to
    if former is not None and is_same_person:
        for move in _moves:
            move(participant, former, to)
    else:
        forget(participant)


def forget(participant: Participant) -> None:
    """Deletes or empties all that is for the participant's owner alone."""
    for step in _forgets:
        step(participant)


def forget_account(user: User) -> None:
    """Somebody else may read the account from now on: all that is for its owner alone is forgotten."""
    for participant in Participant.objects.filter(user=user).order_by("pk"):
        forget(participant)
    for step in _account_forgets:
        step(user)
