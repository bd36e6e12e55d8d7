"""Balance in words."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from registrations.balance.proposing import Contradiction
from registrations.balance.values import Dimension, Place

# Less than this is not worth a word.
NOTEWORTHY = 1.0
MOST = 3


def off_balance(dimensions: Iterable[Dimension], expected: Mapping[Place, float]) -> list[str]:
    """A sentence for each dimension: the groups with most too many and too few, and who has nobody at all."""
    return [f"{dimension.label}: {_of_dimension(dimension, expected)}" for dimension in dimensions]


def _of_dimension(dimension: Dimension, expected: Mapping[Place, float]) -> str:
    off = [
        (expected.get((dimension.key, group.key), 0.0) - group.target, group.label)
        for group in dimension.groups
        if expected.get((dimension.key, group.key), 0.0) > 0
    ]
    many = sorted((one for one in off if one[0] >= NOTEWORTHY), reverse=True)[:MOST]
    few = sorted(one for one in off if one[0] <= -NOTEWORTHY)[:MOST]
    none = [
        group.label
        for group in dimension.groups
        if group.target > 0 and not expected.get((dimension.key, group.key), 0.0)
    ]
    words = [_("%(seats).1f seats too many: %(group)s") % {"seats": seats, "group": label} for seats, label in many]
    words += [_("%(seats).1f seats too few: %(group)s") % {"seats": -seats, "group": label} for seats, label in few]
    if none:
        words.append(_("none: %(groups)s") % {"groups": ", ".join(none)})
    return "; ".join(words) + "." if words else _("each group is within one seat of its target.")


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
