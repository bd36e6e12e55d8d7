"""Stands: given under the conference's lock, numbered so that the database itself keeps the totals, and freed."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from conference.transitions import move
from marketplace import emails
from marketplace.models import Call, Stand, StandApplication, StandKind
from marketplace.services import index
from marketplace.states import APPLICATION_TRANSITIONS, ApplicationStatus


class NoStandFree(Exception):
    """All stands, or all of this kind, are given; the message says which."""


def _lowest_free(taken: Collection[int], upper: int) -> int:
    return next(number for number in range(1, upper + len(taken) + 1) if number not in taken)


class Numbers:
    """The numbers that live stands of a call have, read once and kept up while more are given. Needs the lock."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.limits = dict(call.limits.values_list("kind", "stands"))
        self.in_all: set[int] = set()
        self.of_kind: dict[str, set[int]] = {kind: set() for kind in StandKind.values}
        live = Stand.objects.filter(call=call, released_at=None).order_by()
        for kind, stand_no, kind_no in live.values_list("kind", "stand_no", "kind_no"):
            self.in_all.add(stand_no)
            self.of_kind[kind].add(kind_no)

    def why_none(self, kind: str) -> str:
        """Why no stand of this kind can be given; empty where one can."""
        if len(self.in_all) >= self.call.stands:
            return _("All %(number)d stands are given.") % {"number": self.call.stands}
        limit = self.limits.get(kind)
        if limit is not None and len(self.of_kind[kind]) >= limit:
            return _("All %(number)d stands of the kind “%(kind)s” are given.") % {
                "number": limit,
                "kind": StandKind(kind).label,
            }
        return ""

    def give(self, application: StandApplication) -> Stand:
        """The stand with the lowest free numbers. Raises NoStandFree."""
        if reason := self.why_none(application.kind):
            raise NoStandFree(reason)
        taken = self.of_kind[application.kind]
        # Numbers above a limit that was lowered stay with their stands, so the range reaches beyond the limit.
        stand_no = _lowest_free(self.in_all, self.call.stands)
        kind_no = _lowest_free(taken, self.limits.get(application.kind, self.call.stands))
        self.in_all.add(stand_no)
        taken.add(kind_no)
        stand = Stand.objects.create(
            call=self.call, application=application, kind=application.kind, stand_no=stand_no, kind_no=kind_no
        )
        index.refresh(self.call.pk, [stand.pk])
        return stand


def release_of(application: StandApplication) -> None:
    """Frees the stand of an application, its place and the times of those who would have stood there. Needs the lock
    of the conference."""
    for stand in Stand.objects.filter(application=application, released_at=None):
        stand.released_at = timezone.now()
        stand.save(update_fields=["released_at"])
        stand.duties.all().delete()
        index.refresh(stand.call_id, [stand.pk])


@transaction.atomic
def fill_free(call: Call, *, by: User | None) -> list[Stand]:
    """Gives free stands to the waiting list, in its order, and tells each. Who waits for a kind that is full does not
    block those behind them. Needs the lock of the conference."""
    given: list[Stand] = []
    if call.conference.is_over:
        return given
    waiting = StandApplication.objects.filter(call=call, status=ApplicationStatus.WAITING)
    numbers = Numbers(call)
    for application in waiting.order_by("waiting_since", "pk"):
        if numbers.why_none(application.kind):
            continue
        given.append(numbers.give(application))
        move(
            application,
            ApplicationStatus.ACCEPTED,
            transitions=APPLICATION_TRANSITIONS,
            action="moved up from the waiting list",
            by=by,
        )
        emails.queue_decision(application, "moved_up")
    return given
