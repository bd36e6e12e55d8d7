"""The controlled list of terms, as organisers edit it. Each change is in the history."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from conference import history
from conference.models import Conference
from meetings import starter_terms
from meetings.models import Term


class TermRefused(Exception):
    """The change is not possible; the message is fit for the user."""


@transaction.atomic
def save(term: Term, *, by: User) -> None:
    """Adds the term, or changes its name and order, or retires it."""
    before = Term.objects.filter(pk=term.pk).first()
    term.save()
    changed = [
        name for name in ("name", "position", "is_retired") if before and getattr(before, name) != getattr(term, name)
    ]
    if before is None:
        history.record(term, "created", by=by)
    elif changed:
        history.record(term, "changed", by=by, detail=history.field_labels(Term, changed))


@transaction.atomic
def delete(term: Term, *, by: User) -> None:
    """Raises TermRefused where somebody has ticked it."""
    locked = Term.objects.select_for_update(no_key=True).get(pk=term.pk)
    if locked.ticks.exists():
        raise TermRefused(_("Somebody has ticked this term. Retire it instead: it is offered to nobody else then."))
    history.record(term, "deleted", by=by, detail=term.name)
    locked.delete()


@transaction.atomic
def add_starter_list(conference: Conference, *, by: User | None) -> int:
    """Adds the terms of the starter list that the conference does not have yet; returns how many."""
    number = starter_terms.add_to(conference.pk)
    if number:
        history.record(conference, "starter list of terms added", by=by)
    return number
