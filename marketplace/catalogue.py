"""The catalogue as plain values: its entries, what can be filtered by and how many there are of each, and relations.

Sets of entries are whole numbers with a bit for each entry. Choosing and counting are then a few operations of the
processor, whatever the number of entries, and no question to the database.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

PAGE = 24


@dataclass(frozen=True, slots=True)
class Entry:
    """What a card of the catalogue and its filters need. Words of the call's lists stand as primary keys."""

    stand: int
    title: str
    who: str
    kind: str
    delegation: int = 0
    country: str = ""
    place: int | None = None
    teaser: str = ""
    languages: tuple[str, ...] = ()
    topics: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    sought: tuple[int, ...] = ()
    offered: tuple[int, ...] = ()
    evidence: str = ""
    stage: str = ""
    as_of: date | None = None
    picture: str = ""
    is_example: bool = False


@dataclass(frozen=True)
class Facet:
    """What the catalogue is filtered by; `name` stands in addresses, `values` with their labels in the order shown."""

    name: str
    label: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Option:
    """One answer with the number of entries there would be."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Filter:
    """A facet with its options, those alone that some entry has."""

    facet: Facet
    options: list[Option]

    @property
    def chosen(self) -> list[Option]:
        return [option for option in self.options if option.is_chosen]


@dataclass(frozen=True)
class Selection:
    """What was found. `entries` are those of the page, `unfiltered` how many the words alone would find."""

    entries: list[Entry]
    total: int
    unfiltered: int
    page: int
    pages: int
    filters: list[Filter]

    @property
    def chosen(self) -> list[tuple[Facet, Option]]:
        return [(found.facet, option) for found in self.filters for option in found.chosen]


@dataclass(frozen=True)
class Related:
    """Another initiative, and why it may interest: `reason` is one of REASONS, `about` the word that both have."""

    entry: Entry
    reason: str
    about: int
    other_country: bool


OFFERS_SOUGHT, SEEKS_OFFERED, SAME_TOPIC, SAME_GROUP = "offers", "seeks", "topic", "group"


def _values_of(entry: Entry) -> dict[str, Iterable[object]]:
    return {
        "topic": entry.topics,
        "group": entry.groups,
        "kind": (entry.kind,),
        "country": (entry.country,) if entry.country else (),
        "language": entry.languages,
        "seeks": entry.sought,
        "offers": entry.offered,
        "evidence": (entry.evidence,) if entry.evidence else (),
    }


@dataclass(frozen=True)
class Matches:
    """What a search found: positions of entries, best first, and the same as a set."""

    order: Sequence[int]
    entries: int


@dataclass(frozen=True)
class Catalogue:
    """All entries in the order in which they are shown where nothing was searched for."""

    entries: Sequence[Entry]
    facets: Sequence[Facet] = ()
    words: Mapping[int, str] = field(default_factory=dict)

    @cached_property
    def position(self) -> dict[int, int]:
        """Where the entry of each stand is, by the stand's primary key."""
        return {entry.stand: number for number, entry in enumerate(self.entries)}

    @cached_property
    def by_delegation(self) -> dict[int, Entry]:
        """The entry of each delegation that has a stand, by the delegation's primary key."""
        return {entry.delegation: entry for entry in self.entries}

    @cached_property
    def all(self) -> int:
        return (1 << len(self.entries)) - 1

    @cached_property
    def sets(self) -> dict[str, dict[str, int]]:
        """For each facet and value the set of entries that have it."""
        found: dict[str, dict[str, bytearray]] = {}
        size = len(self.entries) // 8 + 1
        for number, entry in enumerate(self.entries):
            for name, values in _values_of(entry).items():
                of_facet = found.setdefault(name, {})
                for value in values:
                    of_facet.setdefault(str(value), bytearray(size))[number >> 3] |= 1 << (number & 7)
        return {
            name: {value: int.from_bytes(bits, "little") for value, bits in of_facet.items()}
            for name, of_facet in found.items()
        }

    def set_of(self, positions: Iterable[int]) -> int:
        bits = bytearray(len(self.entries) // 8 + 1)
        for number in positions:
            bits[number >> 3] |= 1 << (number & 7)
        return int.from_bytes(bits, "little")

    def matches(self, stands: Iterable[int]) -> Matches:
        """These stands, by their primary keys and best first; those that are not in this catalogue are passed over."""
        # Thousands of them are kept, four bytes each.
        order = array("I", [self.position[stand] for stand in stands if stand in self.position])
        return Matches(order, self.set_of(order))

    def select(self, chosen: Mapping[str, Sequence[str]], *, found: Matches | None = None, page: int = 1) -> Selection:
        """The entries that have, of each facet, one of the chosen values; values that no entry has are passed over.

        `found` is what a search found; None where nothing was searched for. A page that there is not is the last
        one. Options are counted as if nothing of their own facet were chosen.
        """
        order = range(len(self.entries)) if found is None else found.order
        base = self.all if found is None else found.entries
        by_facet: dict[str, int] = {}
        for facet in self.facets:
            present = self.sets.get(facet.name, {})
            values = [present[value] for value in chosen.get(facet.name, ()) if value in present]
            if values:
                by_facet[facet.name] = _union(values)
        result = _intersection(base, by_facet.values())
        total = result.bit_count()
        pages = max(1, -(-total // PAGE))
        page = min(max(1, page), pages)
        return Selection(
            entries=[self.entries[number] for number in _slice(order, result, (page - 1) * PAGE)],
            total=total,
            unfiltered=base.bit_count(),
            page=page,
            pages=pages,
            filters=[self._filter(facet, chosen.get(facet.name, ()), base, by_facet) for facet in self.facets],
        )

    def _filter(self, facet: Facet, chosen: Sequence[str], base: int, by_facet: Mapping[str, int]) -> Filter:
        others = _intersection(base, (entries for name, entries in by_facet.items() if name != facet.name))
        present = self.sets.get(facet.name, {})
        options = [
            Option(value, label, (present[value] & others).bit_count(), value in chosen)
            for value, label in facet.values.items()
            if value in present
        ]
        return Filter(facet, options)

    def related(self, stand: int, *, most: int = 4) -> list[Related]:
        """Those initiatives that have most to do with this one, each with its best reason; the same at every call.

        What one offers and the other seeks counts most, then the same topic, then the same target group; another
        country counts among equals, since what is near is known.
        """
        own = self.entries[self.position[stand]]
        scored = []
        for number in self._neighbours(own):
            other = self.entries[number]
            if other.stand != stand and (relation := _relation(own, other)):
                points, found = relation
                scored.append((-points, number, found))
        scored.sort(key=lambda row: row[:2])
        return [found for _points, _number, found in scored[:most]]

    def _neighbours(self, own: Entry) -> Iterator[int]:
        """Positions of the entries that have something in common with this one."""
        sets = self.sets
        pairs = (
            *(("offers", word) for word in own.sought),
            *(("seeks", word) for word in own.offered),
            *(("topic", word) for word in own.topics),
            *(("group", word) for word in own.groups),
        )
        near = _union([sets.get(name, {}).get(str(word), 0) for name, word in pairs])
        return _slice(range(len(self.entries)), near, 0, most=len(self.entries))


def _relation(own: Entry, other: Entry) -> tuple[int, Related] | None:
    common = (
        (OFFERS_SOUGHT, 5, own.sought, other.offered),
        (SEEKS_OFFERED, 4, own.offered, other.sought),
        (SAME_TOPIC, 3, own.topics, other.topics),
        (SAME_GROUP, 2, own.groups, other.groups),
    )
    elsewhere = bool(own.country and other.country and own.country != other.country)
    points, best = 0, None
    for reason, weight, mine, theirs in common:
        both = [word for word in mine if word in theirs]
        points += weight * len(both)
        if both and best is None:
            best = Related(other, reason, both[0], elsewhere)
    return (2 * points + elsewhere, best) if best else None


def _union(sets: Iterable[int]) -> int:
    result = 0
    for entries in sets:
        result |= entries
    return result


def _intersection(base: int, sets: Iterable[int]) -> int:
    for entries in sets:
        base &= entries
    return base


def _slice(order: Iterable[int], within: int, start: int, *, most: int = PAGE) -> Iterator[int]:
    """`most` positions of `order` that are in the set, after the first `start` of them."""
    # Bytes are looked at one by one far quicker than the bits of so long a number.
    bits = within.to_bytes(within.bit_length() // 8 + 1, "little")
    last = len(bits)
    for number in order:
        if number >> 3 < last and bits[number >> 3] >> (number & 7) & 1:
            if start:
                start -= 1
                continue
            if not most:
                return
            most -= 1
            yield number
