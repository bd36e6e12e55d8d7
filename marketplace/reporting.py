"""What the report of a market place counts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Max, Q, Sum
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from marketplace.models import Call, ContactLeft, Remembered, SearchMiss, Stand, StandKind
from marketplace.queries import live_stands
from registrations.balance.targets import size_band

# So many words that were searched for in vain are told.
MISSES_TOLD = 50


@dataclass(frozen=True)
class Bar:
    """One line: a number beside those of the others. `width` is in hundredths of the longest."""

    label: str
    number: int
    width: int


@dataclass(frozen=True)
class Table:
    title: str
    column: str
    bars: Sequence[Bar]


@dataclass(frozen=True)
class Interest:
    """How many have a stand on their visiting list, and left it their contact. `width` as above."""

    stand: Stand
    remembered: int
    contacts: int
    width: int


def _bars(counts: Sequence[tuple[str, int]]) -> list[Bar]:
    most = max((number for _label, number in counts), default=0)
    return [Bar(label, number, round(100 * number / most) if most else 0) for label, number in counts]


def number_of_stands(call: Call) -> int:
    return live_stands(call).count()


def size_labels() -> dict[str, str]:
    """The bands of inhabitants, as the balance of waves has them."""
    return {
        "0": _("below 50,000 inhabitants"),
        "1": _("50,000 to 100,000"),
        "2": _("100,000 to 250,000"),
        "3": _("250,000 to 500,000"),
        "4": _("500,000 to 1 million"),
        "5": _("1 million and more"),
        "": _("unknown"),
    }


def spread_of(call: Call) -> list[Table]:
    """Live stands by kind, by country and, of cities, by size; one query."""
    kinds: Counter[str] = Counter()
    countries: Counter[tuple[int, str]] = Counter()
    sizes: Counter[str] = Counter()
    for stand in live_stands(call):
        delegation = stand.application.delegation
        kinds[stand.kind] += 1
        state = delegation.member_state
        countries[(state.protocol_order, state.name) if state else (1000, _("European or international"))] += 1
        if stand.kind == StandKind.CITY:
            sizes[size_band(delegation.city.population if delegation.city else None)] += 1
    return [
        Table(_("Stands by kind"), _("Kind"), _bars([(capfirst(kind.label), kinds[kind]) for kind in StandKind])),
        Table(
            _("Stands by country"),
            _("Country"),
            _bars([(name, number) for (_order, name), number in sorted(countries.items())]),
        ),
        Table(
            _("Cities by size"),
            _("Inhabitants"),
            _bars([(label, sizes[key]) for key, label in size_labels().items() if sizes[key] or key]),
        ),
    ]


def interest_in(call: Call) -> list[Interest]:
    """All live stands, those with most interest first; three queries."""
    remembered = dict(Remembered.objects.filter(stand__call=call).order_by().values_list("stand").annotate(Count("pk")))
    contacts = dict(
        ContactLeft.objects.filter(Q(stand__call=call), revoked_at=None)
        .order_by()
        .values_list("stand")
        .annotate(Count("pk"))
    )
    stands = sorted(
        live_stands(call),
        key=lambda stand: (
            -remembered.get(stand.pk, 0),
            -contacts.get(stand.pk, 0),
            stand.application.initiative,
        ),
    )
    most = max(remembered.values(), default=0)
    return [
        Interest(
            stand,
            remembered.get(stand.pk, 0),
            contacts.get(stand.pk, 0),
            round(100 * remembered.get(stand.pk, 0) / most) if most else 0,
        )
        for stand in stands
    ]


def unmet_searches(call: Call) -> list[dict[str, object]]:
    """What was searched for most without a result: words, how often, and on which day last."""
    found = SearchMiss.objects.filter(conference=call.conference_id).order_by()
    return list(
        found.values("words").annotate(number=Sum("times"), last=Max("day")).order_by("-number", "words")[:MISSES_TOLD]
    )
