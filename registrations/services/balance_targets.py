"""What is balanced at a conference: its dimensions, with their groups, shares and limits, as organisers set them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from conference import history
from conference.languages import language_name
from conference.models import Conference, MemberState
from conference.services import lock
from registrations.balance import targets
from registrations.balance.values import Dimension, Group
from registrations.models import BalanceDimension, BalanceGroup, BalanceSettings, Category, Delegation, Experience

Rule = BalanceDimension.Rule
STATE_RULES: dict[str, Callable[[Iterable[str]], dict[str, float]]] = {
    Rule.COMMITTEE: targets.committee_of_the_regions,
    Rule.ROOT: targets.root_of_population,
    Rule.CAMBRIDGE: targets.cambridge_compromise,
}
# Fields of a delegation that an organiser may mark as a dimension, besides those that always are offered.
ANSWERS = ("wants_stand", "has_strategy", "has_multi_agency", "has_dedicated_staff", "has_evaluation")
USUAL = ("state", "size", "experience")
# Of the places, where nothing else is typed in.
HOST_SHARE = 0.1


class TargetsRefused(Exception):
    """The targets cannot be set so; the message says why."""


@dataclass(frozen=True)
class Limits:
    """What an organiser typed for one group."""

    share: float | None = None
    floor: float = 0.0
    ceiling: float | None = None


@dataclass(frozen=True)
class Setting:
    """One dimension as it is set: `labels` name its groups in their order, `limits` what was typed for some."""

    key: str
    label: str
    weight: float
    rule: str
    labels: Mapping[str, str]
    limits: Mapping[str, Limits] = field(default_factory=dict)

    @property
    def rules(self) -> list[tuple[str, str]]:
        """The rules that this dimension can follow."""
        return [(value, str(label)) for value, label in Rule.choices if self.key == "state" or value not in STATE_RULES]

    def shares(self) -> dict[str, float]:
        """Shares of the groups, adding up to 1. Typed ones are in relation to each other; all empty means equal."""
        if not self.labels:
            return {}
        if self.rule in STATE_RULES and self.key == "state":
            return STATE_RULES[self.rule](self.labels)
        if self.rule == Rule.TYPED:
            typed = {key: self.limits[key].share if key in self.limits else None for key in self.labels}
            if self.key == "host" and not any(typed.values()):
                return {"host": HOST_SHARE, "elsewhere": 1 - HOST_SHARE}
            return targets.shares({key: share or 0.0 for key, share in typed.items()})
        return targets.equal(self.labels)

    def dimension(self, places: float) -> Dimension:
        """With targets in seats, of so many places for cities."""
        shares = self.shares()
        groups = []
        for key, label in self.labels.items():
            limits = self.limits.get(key, Limits())
            ceiling = inf if limits.ceiling is None else limits.ceiling
            groups.append(Group(key, label, places * shares[key], limits.floor, ceiling))
        return Dimension(self.key, self.label, tuple(groups), self.weight)


def settings_of(conference: Conference) -> BalanceSettings:
    """The organiser's settings, or the defaults, unsaved."""
    found = BalanceSettings.objects.filter(conference=conference).first()
    return found or BalanceSettings(conference=conference)


def places_for_cities(conference: Conference) -> int:
    """The conference's capacity less the seats of all other categories."""
    others = conference.delegations.exclude(category=Category.CITY).values_list("seats", flat=True)
    return max(0, conference.capacity - sum(others))


def band_labels(bounds: Sequence[int]) -> dict[str, str]:
    """Names of the bands that these bounds make, by the keys that `targets.size_band` gives."""
    numbers = [f"{bound:,}" for bound in bounds]
    if not numbers:
        return {"0": _("all sizes")}
    middle = [_("%(low)s to %(high)s") % {"low": low, "high": high} for low, high in pairwise(numbers)]
    found = [_("below %(high)s") % {"high": numbers[0]}, *middle, _("%(low)s and more") % {"low": numbers[-1]}]
    return {str(number): label for number, label in enumerate(found)}


def settings_in_use(conference: Conference, chosen: BalanceSettings | None = None) -> list[Setting]:
    """All dimensions that can be looked at, those in use with a weight above 0. Four queries."""
    chosen = chosen or settings_of(conference)
    rows = {row.key: row for row in conference.balance_dimensions.prefetch_related("groups")}
    found = []
    for key, (label, labels) in _known(conference, chosen).items():
        row = rows.get(key)
        rule = {"state": Rule.COMMITTEE, "host": Rule.TYPED}.get(key, Rule.EQUAL)
        weight = 1.0 if key in USUAL or (key == "host" and chosen.host_state_id) else 0.0
        limits = {}
        if row is not None:
            rule, weight = Rule(row.rule), row.weight
            limits = {group.key: Limits(group.share, group.floor, group.ceiling) for group in row.groups.all()}
        if key == "host" and not chosen.host_state_id:
            weight = 0.0
        found.append(Setting(key, label, weight, rule, labels, limits))
    return found


def _known(conference: Conference, chosen: BalanceSettings) -> dict[str, tuple[str, dict[str, str]]]:
    states = dict(MemberState.objects.on(conference.held_on).in_protocol_order().values_list("code", "name"))
    cities = conference.delegations.filter(category=Category.CITY)
    # Few differ, however many cities there are.
    kinds = list(cities.order_by().values_list("language", "tags").distinct())
    languages = sorted({language for language, _tags in kinds})
    tags = sorted({tag for _language, own in kinds for tag in own})
    yes_no = {"yes": _("yes"), "no": _("no")}
    known = {
        "state": (_("Member State"), states),
        "size": (_("Size of the city"), band_labels(chosen.size_bounds)),
        "experience": (_("Experience with prevention"), {str(key): str(label) for key, label in Experience.choices}),
        "host": (_("Host region"), {"host": _("host region"), "elsewhere": _("elsewhere")}),
        "visits": (_("First time or returning"), {"first": _("for the first time"), "returning": _("returning")}),
        "language": (_("Language of mails"), {code: language_name(code) for code in languages}),
        "tags": (_("Own groups"), {tag: tag for tag in tags}),
    }
    for name in ANSWERS:
        verbose = str(Delegation._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        known[name] = (verbose[:1].upper() + verbose[1:], yes_no)
    return known


def dimensions(conference: Conference, chosen: BalanceSettings, room: int) -> tuple[Dimension, ...]:
    """What is balanced, with targets in seats of the places for cities."""
    in_use = [setting for setting in settings_in_use(conference, chosen) if setting.weight > 0 and setting.labels]
    return tuple(setting.dimension(room) for setting in in_use)


@transaction.atomic
def save_settings(settings: BalanceSettings, *, changed: Collection[str], by: User | None) -> None:
    """Saves them, with a line in the conference's history."""
    settings.save()
    detail = history.field_labels(BalanceSettings, changed)
    history.record(settings.conference, "balance settings changed", by=by, detail=detail)


@transaction.atomic
def save_targets(
    settings: BalanceSettings, chosen: Iterable[Setting], *, changed: Collection[str], by: User | None
) -> None:
    """Saves settings and dimensions together. Raises TargetsRefused for a floor above its ceiling.

    `changed` are the names of the settings that changed. The history names what is set; groups without anything typed
    are not kept.
    """
    conference = lock(settings.conference_id)
    before = {setting.key: setting for setting in settings_in_use(conference)}
    differ = []
    for setting in chosen:
        for key, limits in setting.limits.items():
            if limits.ceiling is not None and limits.ceiling < limits.floor:
                raise TargetsRefused(
                    _("%(group)s: the floor is above the ceiling.") % {"group": setting.labels.get(key, key)}
                )
        old = before.get(setting.key)
        if old and (old.weight, old.rule, old.limits) == (setting.weight, setting.rule, setting.limits):
            continue
        differ.append(setting.label)
        row, _made = BalanceDimension.objects.update_or_create(
            conference=conference, key=setting.key, defaults={"weight": setting.weight, "rule": setting.rule}
        )
        row.groups.all().delete()
        BalanceGroup.objects.bulk_create(
            BalanceGroup(dimension=row, key=key, share=limits.share, floor=limits.floor, ceiling=limits.ceiling)
            for key, limits in setting.limits.items()
            if limits != Limits()
        )
    settings.save()
    words = [word for word in (history.field_labels(BalanceSettings, changed), ", ".join(differ)) if word]
    if words:
        history.record(conference, "balance settings changed", by=by, detail=", ".join(words))
