"""The market place: the call, who applies and how it is judged, the stands in the hall, and the interest in them."""

from marketplace.models.applications import Evidence, Link, Mark, Stage, StandApplication
from marketplace.models.calls import Call, Criterion, KindLimit, StandKind, Term
from marketplace.models.interest import ContactLeft, IndexedStand, Remembered, SearchMiss
from marketplace.models.stands import Duty, HallPlace, Stand

__all__ = [
    "Call",
    "ContactLeft",
    "Criterion",
    "Duty",
    "Evidence",
    "HallPlace",
    "IndexedStand",
    "KindLimit",
    "Link",
    "Mark",
    "Remembered",
    "SearchMiss",
    "Stage",
    "Stand",
    "StandApplication",
    "StandKind",
    "Term",
]
