"""What the page “how cities were chosen” says: method, data, targets, result; nothing by which a city is recognised."""

from dataclasses import dataclass

from django.utils import timezone

from conference.models import Conference
from registrations.balance.proposing import effect
from registrations.balance.values import Place, expected_seats
from registrations.balance.wording import off_balance
from registrations.models import BalanceDimension
from registrations.services.balance_facts import facts_of
from registrations.services.balance_targets import settings_in_use

# Groups of fewer cities are not told by number: somebody could be recognised.
SMALLEST = 3


@dataclass(frozen=True)
class Line:
    """One group. Numbers of small groups are None."""

    label: str
    target: float
    cities: int | None
    seats: float | None


def context_of(conference: Conference) -> dict[str, object]:
    """Reads all that the page shows."""
    facts = facts_of(conference)
    choice = facts.choice()
    invited = [one for one in facts.cities if one.status not in {"free"}]
    expected = expected_seats(facts.seen("expected"))
    rules = dict(BalanceDimension.Rule.choices)
    tables = []
    hidden: set[Place] = set()
    settings = {setting.key: setting for setting in settings_in_use(conference, facts.settings)}
    for dimension in choice.dimensions:
        lines = []
        for group in dimension.groups:
            place = (dimension.key, group.key)
            cities = sum(place in one.city.places for one in invited)
            small = 0 < cities < SMALLEST
            seats = expected.get(place, 0.0)
            lines.append(Line(group.label, group.target, None if small else cities, None if small else seats))
        setting = settings[dimension.key]
        lines = _hidden_in_pairs(lines)
        hidden |= {
            (dimension.key, group.key)
            for group, line in zip(dimension.groups, lines, strict=True)
            if line.cities is None
        }
        tables.append((dimension.label, str(rules[setting.rule]), dimension.weight, lines))
    now = effect(choice, [])
    city = facts.estimates["city"]
    return {
        "conference": conference,
        "room": facts.room,
        "capacity": conference.capacity,
        "invited": len(invited),
        "known": len(facts.cities),
        "confirmed": sum(one.status == "confirmed" for one in facts.cities),
        "unknown_size": sum(one.known.population is None for one in facts.cities),
        "waves": conference.waves.count(),
        "acceptance": round(100 * city.chance),
        "replies": city.accepted + city.refused,
        "tables": tables,
        "sentences": off_balance(
            [one for one in choice.dimensions if one.key != "experience"], now.expected, hidden=hidden
        ),
        "imbalance": now.imbalance,
        "seats": now.seats,
        "today": timezone.localdate(),
        "smallest": SMALLEST,
        "seeds": ", ".join(
            str(seed)
            for seed in conference.wave_proposals.exclude(wave=None).order_by("pk").values_list("seed", flat=True)
        ),
    }


def _hidden_in_pairs(lines: list[Line]) -> list[Line]:
    """Where one group alone is hidden, its number would follow from the sum: the next smallest goes, too."""
    hidden = [line for line in lines if line.cities is None]
    if len(hidden) != 1:
        return lines
    shown = [line for line in lines if line.cities]
    if not shown:
        return lines
    second = min(shown, key=lambda line: line.cities or 0)
    return [Line(line.label, line.target, None, None) if line is second else line for line in lines]
