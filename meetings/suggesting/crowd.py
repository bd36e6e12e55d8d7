"""The scores of all pairs at once, and each person's list. The definition stands in `pair`; a test compares the two."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import sparse

from meetings.suggesting import likeness, pair
from meetings.suggesting.person import Person, Suggestion
from meetings.suggesting.spreading import spread

# What a page shows, and what takes the place of those who cannot be asked any more when it is read.
SHOWN = 10
RESERVE = 15
# Everyone appears in so many lists, where so many people could ask them at all.
LEAST = 3
# Rows at a time: so few that the numbers of a block stay in the processor's cache.
BLOCK = 100

Lists = dict[int, list[Suggestion]]


def suggest(
    people: Sequence[Person],
    *,
    barred: Collection[tuple[int, int]] = (),
    may_ask: Mapping[str, Collection[str]] | None = None,
) -> Lists:
    """Each person's list, by key: at first those whom a page shows, then the reserve; each part by score.

    `barred` are pairs who met, refused or asked each other already, in either order; `may_ask` says which categories
    each category may ask, None that all may. Also left out are people of one's own delegation, and those without a
    language or a free slot in common.
    """
    crowd = Crowd(people, barred=barred, may_ask=may_ask)
    everybody = np.arange(len(people))
    lists: list[list[Suggestion]] = []
    for start in range(0, len(people), BLOCK):
        rows = everybody[start : start + BLOCK]
        lists += crowd.best(rows)
    spread(lists, people=people, scores=crowd.scores_of_asking, shown=SHOWN, least=LEAST)
    return {person.key: found for person, found in zip(people, lists, strict=True)}


def suggest_one(
    key: int,
    people: Sequence[Person],
    *,
    barred: Collection[tuple[int, int]] = (),
    may_ask: Mapping[str, Collection[str]] | None = None,
) -> list[Suggestion]:
    """The list of one of these people, as `suggest` makes it, before it is seen that nobody is left out."""
    crowd = Crowd(people, barred=barred, may_ask=may_ask)
    return crowd.best(np.array([crowd.place[key]]))[0]


class Crowd:
    """The people as matrices."""

    def __init__(
        self,
        people: Sequence[Person],
        *,
        barred: Collection[tuple[int, int]],
        may_ask: Mapping[str, Collection[str]] | None,
    ) -> None:
        self.people = people
        self.keys = [person.key for person in people]
        self.places = np.arange(len(people))
        self.place = {key: number for number, key in enumerate(self.keys)}
        topics = _all(people, "seeks", "offers")
        offers = _incidence([person.offers for person in people], topics)
        # A row divided by its sum: its product with what somebody offers is a share.
        seeks = _incidence([person.seeks for person in people], topics)
        needs = seeks / np.maximum(seeks.sum(axis=1, keepdims=True), 1)
        # One product for both: what the other offers me, and what I offer the other.
        self.wanting = sparse.csr_matrix(np.hstack([pair.MY_NEEDS * needs, pair.YOUR_NEEDS * offers]))
        self.giving = _across(np.hstack([offers, needs]))
        challenges = _incidence([person.challenges for person in people], _all(people, "challenges"))
        self.challenge_counts = challenges.sum(axis=1)
        self.challenges, self.challenges_across = sparse.csr_matrix(challenges), _across(challenges)
        levels = sorted({topic for person in people for topic in person.levels})
        steps = [(topic, level) for topic in levels for level in range(1, 5)]
        self.levels = sparse.csr_matrix(_incidence([set(person.levels.items()) for person in people], steps))
        self.apart = _across(_incidence([_apart(person) for person in people], steps))
        self.languages = _bits([person.languages for person in people], _all(people, "languages"))
        self.free = _bits([person.free for person in people], _all(people, "free"))
        self.countries = _numbers([person.country for person in people])
        self.delegations = np.array([person.delegation for person in people])
        self.damping = np.array([pair.damping(person) for person in people], dtype=np.float32)
        self.texts = likeness.vectors([person.text for person in people])
        self.texts_across = self.texts.T.tocsc()
        categories = sorted({person.category for person in people})
        self.categories = np.array([categories.index(person.category) for person in people], dtype=np.int64)
        allowed = [[may_ask is None or other in may_ask.get(one, ()) for other in categories] for one in categories]
        self.may_ask = np.array(allowed, dtype=bool).reshape(len(categories), len(categories))
        self.barred = self._barred(barred)
        # Added to the score so that among equals each is somebody's first, always the same way.
        self.chance = np.random.default_rng(1).random(2 * len(people), dtype=np.float32) / 1000

    def best(self, rows: Any) -> list[list[Suggestion]]:
        """The best of each of these rows, the best one first."""
        everybody = np.arange(len(self.people))
        scores, alike = self._scores(rows, slice(None))
        wanted = min(SHOWN + RESERVE, len(self.people))
        found = []
        for place, row, alike_of_row in zip(rows, scores, alike, strict=True):
            ranks = -row - self._chance_of(place, everybody)
            top = np.argpartition(ranks, wanted - 1)[:wanted]
            top = top[np.argsort(ranks[top])]
            found.append([self._suggestion(other, row, alike_of_row) for other in top if row[other] > 0])
        return found

    def scores_of_asking(self, columns: Any) -> Any:
        """For each person the score of suggesting one of `columns` to them; below 0 where that cannot be."""
        everybody = np.arange(len(self.people))
        scores, _alike = self._scores(everybody, columns)
        chance = [self._chance_of(int(place), columns) for place in everybody]
        return scores + np.array(chance, dtype=np.float32).reshape(scores.shape)

    def _suggestion(self, place: int, scores: Any, alike: Any) -> Suggestion:
        return Suggestion(self.keys[place], round(float(scores[place]), 2), round(float(alike[place]), 3))

    def _scores(self, rows: Any, columns: Any) -> tuple[Any, Any]:
        """Scores with the likeness of texts beside them; -1 where a pair cannot be."""
        number = np.float32
        alike = (self.texts[rows] @ self.texts_across[:, columns]).toarray()
        np.clip(alike, 0, 1, out=alike)
        # Few of each row's numbers are not 0: products of sparse rows are quicker here than BLAS, whose threads wait
        # for each other on a busy machine.
        total = self.wanting[rows] @ self.giving[:, columns]
        total += number(pair.TEXT) * alike
        fewer = np.minimum(self.challenge_counts[rows][:, None], self.challenge_counts[columns][None, :])
        np.maximum(fewer, 1, out=fewer)
        total += number(pair.CHALLENGES) * (self.challenges[rows] @ self.challenges_across[:, columns]) / fewer
        total += number(pair.LEVELS) * (self.levels[rows] @ self.apart[:, columns] > 0)
        one, other = self.countries[rows][:, None], self.countries[columns][None, :]
        total += number(pair.COUNTRY) * ((one != other) & (one > 0) & (other > 0))
        total *= self.damping[columns][None, :]
        possible = _meet(self.languages[rows], self.languages[columns])
        possible &= _meet(self.free[rows], self.free[columns])
        possible &= self.delegations[rows][:, None] != self.delegations[columns][None, :]
        possible &= rows[:, None] != self.places[columns][None, :]
        if not self.may_ask.all():
            possible &= self.may_ask[self.categories[rows]][:, self.categories[columns]]
        if self.barred.nnz:
            possible &= ~self.barred[rows][:, columns].toarray()
        return np.where(possible, total, number(-1)), alike

    def _barred(self, pairs: Collection[tuple[int, int]]) -> Any:
        known = [
            (self.place[one], self.place[other]) for one, other in pairs if one in self.place and other in self.place
        ]
        ones = [one for one, _other in known] + [other for _one, other in known]
        others = [other for _one, other in known] + [one for one, _other in known]
        size = len(self.people)
        return sparse.csr_matrix((np.ones(len(ones), dtype=bool), (ones, others)), shape=(size, size))

    def _chance_of(self, place: int, columns: Any) -> Any:
        """Less than a thousandth for each of `columns`, another one for each person."""
        return self.chance[(place * 7919) % len(self.people) + columns]


def _apart(person: Person) -> set[tuple[int, int]]:
    """The levels, by topic, of those who are one or two levels apart."""
    return {
        (topic, level + way * step) for topic, level in person.levels.items() for step in pair.APART for way in (-1, 1)
    }


def _all(people: Sequence[Person], *names: str) -> list[Any]:
    return sorted({item for person in people for name in names for item in getattr(person, name)})


def _incidence(sets: Sequence[Collection[Any]], universe: Sequence[Any]) -> Any:
    """A row of zeros and ones for each set."""
    place = {item: number for number, item in enumerate(universe)}
    found = np.zeros((len(sets), max(len(universe), 1)), dtype=np.float32)
    for row, items in enumerate(sets):
        for item in items:
            if item in place:
                found[row, place[item]] = 1
    return found


def _across(matrix: Any) -> Any:
    """Turned over, each row in one piece."""
    return np.ascontiguousarray(matrix.T, dtype=np.float32)


def _bits(sets: Sequence[Collection[Any]], universe: Sequence[Any]) -> Any:
    """A row for each set, a bit for each item, 64 in a column."""
    bit = {item: divmod(number, 64) for number, item in enumerate(universe)}
    found = np.zeros((len(sets), len(universe) // 64 + 1), dtype=np.uint64)
    for row, items in enumerate(sets):
        for item in items:
            column, place = bit[item]
            found[row, column] |= np.uint64(1 << place)
    return found


def _meet(ones: Any, others: Any) -> Any:
    """Which of these sets have an item in common: a row for each of `ones`, a column for each of `others`."""
    found = (ones[:, 0][:, None] & others[:, 0][None, :]) != 0
    for column in range(1, ones.shape[1]):
        found |= (ones[:, column][:, None] & others[:, column][None, :]) != 0
    return found


def _numbers(words: Sequence[str]) -> Any:
    """Equal words get equal numbers, the empty one 0."""
    known = {"": 0}
    return np.array([known.setdefault(word, len(known)) for word in words], dtype=np.int64)
