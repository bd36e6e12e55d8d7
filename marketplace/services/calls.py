"""Calls for stands: their dates, numbers, criteria and lists of words."""

from collections.abc import Collection, Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from conference import history
from conference.services import lock
from marketplace.models import Call, Criterion, KindLimit, Term
from marketplace.services import index, stands


@transaction.atomic
def save_call(call: Call, *, limits: Mapping[str, int | None], changed: Collection[str] = (), by: User | None) -> Call:
    """Saves a call with its numbers of each kind; None is no limit. Stands that were added go to the waiting list.

    A new call begins with criteria and lists of words for the organiser to edit.
    """
    is_new = call.pk is None
    lock(call.conference_id)
    call.save()
    for kind, number in limits.items():
        if number is None:
            KindLimit.objects.filter(call=call, kind=kind).delete()
        else:
            KindLimit.objects.update_or_create(call=call, kind=kind, defaults={"stands": number})
    if is_new:
        _begin_lists(call)
    names = [name for name in changed if name in {field.name for field in Call._meta.get_fields()}]
    history.record(
        call, "created" if is_new else "changed", by=by, detail="" if is_new else history.field_labels(Call, names)
    )
    stands.fill_free(Call.objects.select_related("conference__venue").get(pk=call.pk), by=by)
    if "terms" in changed:
        index.rebuild(call.pk)
    else:
        # Also since the row was written with the key that it had when the form was opened.
        index.touch(call.conference_id)
    return call


def _begin_lists(call: Call) -> None:
    criteria = [
        (_("Relevance of the challenge"), 1),
        (_("Evidence of results"), 2),
        (_("What others can take over"), 2),
    ]
    Criterion.objects.bulk_create(
        [
            Criterion(call=call, name=name, weight=weight, position=position)
            for position, (name, weight) in enumerate(criteria, start=1)
        ]
    )
    lists = {
        Term.Use.TOPIC: [
            _("Working with schools"),
            _("Families"),
            _("Prisons and probation"),
            _("Multi-agency work"),
            _("Training of front-line staff"),
            _("Online"),
            _("Alternative and counter narratives"),
            _("Exit and rehabilitation"),
            _("Returnees"),
            _("Social cohesion"),
            _("Policing in the community"),
            _("Evaluation"),
        ],
        Term.Use.TARGET_GROUP: [
            _("Children and young people"),
            _("Parents"),
            _("Front-line staff"),
            _("People at risk"),
            _("Religious communities"),
            _("Local decision makers"),
        ],
        Term.Use.EXCHANGE: [
            _("Partners for a project"),
            _("Funding"),
            _("Training"),
            _("Advice from practitioners"),
            _("Study visit"),
            _("Tools and materials"),
            _("Research and evaluation"),
        ],
    }
    Term.objects.bulk_create(
        [
            Term(call=call, use=use, name=name, position=position)
            for use, names in lists.items()
            for position, name in enumerate(names, start=1)
        ]
    )
