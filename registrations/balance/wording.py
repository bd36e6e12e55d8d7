"""Balance in words."""

from collections.abc import Collection, Iterable, Mapping

from django.utils.translation import gettext as _

from registrations.balance import targets
from registrations.balance.proposing import Contradiction, Reason
from registrations.balance.values import Candidate, Dimension, Place

# Less than this is not worth a word.
NOTEWORTHY = 1.0
MOST = 3
# So many groups with nobody are named.
MOST_NAMED = 8


def off_balance(
    dimensions: Iterable[Dimension], expected: Mapping[Place, float], *, hidden: Collection[Place] = ()
) -> list[str]:
    """A sentence for each dimension: the groups with most too many and too few, and who has nobody at all.

    Nothing is said of `hidden` groups, nor from what they are a part of. A dimension of which nothing is left to say
    has no sentence.
    """
    sentences = []
    for dimension in dimensions:
        is_whole = all((dimension.key, group.key) not in hidden for group in dimension.groups)
        what = "; ".join(_of_dimension(dimension, expected, hidden))
        if what:
            what += "."
        elif is_whole:
            what = _("each group is within one seat of its target.")
        if what:
            sentences.append(_("%(dimension)s: %(what)s") % {"dimension": dimension.label, "what": what})
    return sentences


def _of_dimension(dimension: Dimension, expected: Mapping[Place, float], hidden: Collection[Place]) -> list[str]:
    here = {
        group.key: expected.get((dimension.key, group.key), 0.0)
        for group in dimension.groups
        if (dimension.key, group.key) not in hidden
    }
    told = [group for group in dimension.groups if group.key in here]
    words = _of_large_and_small(dimension, here) if dimension.key == "state" else []
    off = [(here[group.key] - group.target, _where(dimension, group.label)) for group in told if here[group.key] > 0]
    many = sorted((one for one in off if one[0] >= NOTEWORTHY), reverse=True)[:MOST]
    few = sorted(one for one in off if one[0] <= -NOTEWORTHY)[:MOST]
    words += [_too_many(seats, where) for seats, where in many]
    words += [_too_few(-seats, where) for seats, where in few]
    none = [group.label for group in told if group.target > 0 and not here[group.key]]
    if none:
        words.append(_none(dimension, none))
    return words


def _where(dimension: Dimension, *labels: str) -> str:
    """“from Spain”, but “in “100,000 to 250,000””, which “from” would make a span of seats."""
    if dimension.key == "state":
        return _("from %(groups)s") % {"groups": ", ".join(labels)}
    return _("in %(groups)s") % {"groups": ", ".join(_("“%(group)s”") % {"group": label} for label in labels)}


def _none(dimension: Dimension, labels: list[str]) -> str:
    where = _where(dimension, *labels[:MOST_NAMED])
    if len(labels) <= MOST_NAMED:
        return _("none %(where)s") % {"where": where}
    return _("none %(where)s and %(more)d others") % {"where": where, "more": len(labels) - MOST_NAMED}


def _too_many(seats: float, where: str) -> str:
    return _("%(seats).1f seats too many %(where)s") % {"seats": seats, "where": where}


def _too_few(seats: float, where: str) -> str:
    return _("%(seats).1f too few %(where)s") % {"seats": seats, "where": where}


def _of_large_and_small(dimension: Dimension, here: Mapping[str, float]) -> list[str]:
    """What large and small states have too many or too few together; nothing where one of them is not told of."""
    people = targets.POPULATION
    kinds = {
        _("large states"): [one for one in dimension.groups if people.get(one.key, 0) >= targets.LARGE],
        _("small states"): [one for one in dimension.groups if 0 < people.get(one.key, 0) <= targets.SMALL],
    }
    words = []
    for label, groups in kinds.items():
        if any(group.key not in here for group in groups):
            continue
        off = sum(here[group.key] - group.target for group in groups)
        if off >= NOTEWORTHY:
            words.append(_too_many(off, _where(dimension, label)))
        elif off <= -NOTEWORTHY:
            words.append(_too_few(-off, _where(dimension, label)))
    return words


def contradiction(found: Contradiction, dimensions: Iterable[Dimension]) -> str:
    """What cannot hold together, for the organiser."""
    labels = {(one.key, group.key): group.label for one in dimensions for group in one.groups}
    names = ", ".join(labels.get((found.dimension, key), key) for key in found.groups)
    numbers = {"names": names, "has": found.has, "wants": found.wants}
    sentences = {
        "must and never": _("Marked as must and as never; they are invited: %(names)s."),
        "must above seats": _("The cities that must come bring %(has).1f seats, more than the %(wants).1f asked for."),
        "floors above seats": _("The floors add up to %(wants).1f seats, but there are %(has).1f."),
        "ceilings below seats": _("The ceilings add up to %(wants).1f seats, but %(has).1f are to be filled."),
        "targets above room": _("The targets add up to %(wants).1f seats, but there is room for %(has).1f."),
        "floor above ceiling": _("The floor of %(names)s (%(wants).1f) is above its ceiling (%(has).1f)."),
        "locks above ceiling": _("Confirmed and locked cities of %(names)s bring %(has).1f seats, above the ceiling."),
        "no candidates": _("No city can be invited from: %(names)s."),
        "floor out of reach": _("All cities of %(names)s together bring %(has).1f seats, below the floor."),
    }
    return sentences[found.kind] % numbers


def mends_in_words(dimensions: Iterable[Dimension], reason: Reason) -> str:
    """Which groups a city brings nearer to their targets, and by how much."""
    labels = {(one.key, group.key): group.label for one in dimensions for group in one.groups}
    words = [
        _("%(group)s +%(seats).1f") % {"group": labels[one.place], "seats": one.seats}
        for one in sorted(reason.mends, key=lambda one: -one.seats)
    ]
    return ", ".join(words) or _("fills a seat")


def reason_in_words(dimensions: Iterable[Dimension], reason: Reason) -> str:
    """Why this city stands in, in a sentence."""
    return _("mends %(what)s; imbalance %(before).1f → %(after).1f") % {
        "what": mends_in_words(dimensions, reason),
        "before": reason.without,
        "after": reason.with_swap,
    }


def alike_in_words(dimensions: Iterable[Dimension], city: Candidate, other: Candidate) -> str:
    """The groups that two cities share."""
    shared = set(city.places) & set(other.places)
    return ", ".join(group.label for one in dimensions for group in one.groups if (one.key, group.key) in shared)
