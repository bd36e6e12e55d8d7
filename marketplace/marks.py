"""The mark of an application: criteria averaged over their reviewers, then weighed. Plain values."""

from collections.abc import Mapping
from dataclasses import dataclass

MOST_POINTS = 5


@dataclass(frozen=True)
class Score:
    """`mark` is None without any marks. `reviewers` counts who gave at least one."""

    mark: float | None = None
    reviewers: int = 0


def weighted(averages: Mapping[int, float], weights: Mapping[int, int]) -> float | None:
    """`averages` by criterion, each over its reviewers. A criterion that nobody marked does not count against it."""
    total = sum(weights[criterion] for criterion in averages)
    if not total:
        return None
    return sum(average * weights[criterion] for criterion, average in averages.items()) / total
