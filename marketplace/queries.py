"""What pages read of the market place."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Avg, Count, QuerySet

from marketplace.choosing import Candidate
from marketplace.halls import Spot
from marketplace.marks import Score, weighted
from marketplace.models import Call, HallPlace, Mark, Stand, StandApplication, StandKind
from marketplace.states import ApplicationStatus
from registrations.balance.targets import size_band
from registrations.models import Delegation


def newest_application(call: Call, delegation: Delegation) -> StandApplication | None:
    """The delegation's present application; one that was withdrawn only where there is no other."""
    found = StandApplication.objects.filter(call=call, delegation=delegation).order_by("-created_at", "-pk")
    present = found.exclude(status=ApplicationStatus.WITHDRAWN).first()
    return present or found.first()


def live_stands(call: Call) -> QuerySet[Stand]:
    """The stands that are given, with what lists say of each."""
    return Stand.objects.filter(call=call, released_at=None).select_related(
        "application__delegation__member_state", "application__delegation__city", "place"
    )


# Selection ------------------------------------------------------------------------------------


def scores(call: Call) -> Mapping[int, Score]:
    """The mark of each application that has any, by its key; three queries."""
    weights = dict(call.criteria.values_list("pk", "weight"))
    marks = Mark.objects.filter(application__call=call).order_by()
    averages: defaultdict[int, dict[int, float]] = defaultdict(dict)
    for application, criterion, average in marks.values_list("application", "criterion").annotate(Avg("points")):
        averages[application][criterion] = float(average)
    reviewers = dict(marks.values_list("application").annotate(Count("reviewer", distinct=True)))
    return {pk: Score(weighted(found, weights), reviewers[pk]) for pk, found in averages.items()}


def candidate_of(application: StandApplication, score: Score) -> Candidate:
    """Cities are spread over Member States and sizes; the others are what they are."""
    delegation = application.delegation
    if application.kind != StandKind.CITY:
        return Candidate(application.pk, application.kind, score.mark)
    population = delegation.city.population if delegation.city else None
    return Candidate(
        application.pk, application.kind, score.mark, delegation.member_state_id or "", size_band(population)
    )


@dataclass(frozen=True)
class KindUse:
    """How many stands of a kind are given, of how many; `limit` is None where only the sum of all is limited."""

    label: str
    given: int
    limit: int | None
    applied: int
    waiting: int


def use_of_kinds(call: Call) -> list[KindUse]:
    """One line a kind, and the sum of all first; three queries."""
    given = dict(Stand.objects.filter(call=call, released_at=None).order_by().values_list("kind").annotate(Count("pk")))
    limits = dict(call.limits.values_list("kind", "stands"))
    counted: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for kind, status, number in (
        StandApplication.objects.filter(call=call).order_by().values_list("kind", "status").annotate(Count("pk"))
    ):
        counted[kind][status] = number
    lines = [
        KindUse(
            str(StandKind(kind).label),
            given.get(kind, 0),
            limits.get(kind),
            sum(number for status, number in counted[kind].items() if status not in _NOT_APPLIED),
            counted[kind].get(ApplicationStatus.WAITING, 0),
        )
        for kind in StandKind.values
    ]
    total = KindUse(
        "", sum(given.values()), call.stands, sum(line.applied for line in lines), sum(line.waiting for line in lines)
    )
    return [total, *lines]


_NOT_APPLIED = frozenset({ApplicationStatus.DRAFT, ApplicationStatus.WITHDRAWN})


# The hall -------------------------------------------------------------------------------------


def spots_of(call: Call) -> list[Spot]:
    """The places of the hall as plain values, by number."""
    places = HallPlace.objects.filter(conference=call.conference_id)
    return [Spot(*values) for values in places.values_list("number", "row", "spot", "has_power")]
