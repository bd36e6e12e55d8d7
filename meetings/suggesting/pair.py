"""The score of one pair, and why. Each share lies between 0 and 1; the weights add up to 100.

| weight | share |
|---|---|
| 35 | of what I seek: how much the other offers |
| 20 | of what the other seeks: how much I offer |
| 15 | of the challenges of whoever names fewer: how many both name |
| 10 | 1 where we are one or two levels apart in a topic that both ticked |
| 5 | 1 where both have a country and it is not the same |
| 15 | the likeness of our texts |

The sum is divided by 1 + received/capacity of the other, so that stars are not swamped.
"""

from collections.abc import Set
from dataclasses import dataclass

from meetings.suggesting.person import Person

MY_NEEDS, YOUR_NEEDS, CHALLENGES, LEVELS, COUNTRY, TEXT = 35, 20, 15, 10, 5, 15
# So far apart the one can tell the other something, and still remembers the beginning.
APART = frozenset({1, 2})


@dataclass(frozen=True)
class Reasons:
    """Why these two should meet, as numbers of terms; `likeness` is that of their texts."""

    they_offer: frozenset[int]
    i_offer: frozenset[int]
    challenges: frozenset[int]
    learn: frozenset[int]
    other_country: bool
    likeness: float = 0.0


def reasons(me: Person, other: Person, likeness: float = 0.0) -> Reasons:
    """What the score of the pair rests on."""
    return Reasons(
        they_offer=me.seeks & other.offers,
        i_offer=other.seeks & me.offers,
        challenges=me.challenges & other.challenges,
        learn=frozenset(
            topic for topic, level in me.levels.items() if abs(level - other.levels.get(topic, level)) in APART
        ),
        other_country=bool(me.country and other.country and me.country != other.country),
        likeness=likeness,
    )


def score(me: Person, other: Person, likeness: float = 0.0) -> float:
    """Between 0 and 100."""
    why = reasons(me, other, likeness)
    total = (
        MY_NEEDS * _share(why.they_offer, me.seeks)
        + YOUR_NEEDS * _share(why.i_offer, other.seeks)
        + CHALLENGES * _share(why.challenges, min(me.challenges, other.challenges, key=len))
        + LEVELS * bool(why.learn)
        + COUNTRY * why.other_country
        + TEXT * likeness
    )
    return total * damping(other)


def damping(other: Person) -> float:
    """1 for whoever was not asked yet, 1/2 for whoever was asked as often as they can meet."""
    return 1 / (1 + other.received / max(other.capacity, 1))


def _share(common: Set[int], of: Set[int]) -> float:
    return len(common) / len(of) if of else 0.0
