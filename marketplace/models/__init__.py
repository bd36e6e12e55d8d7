"""The market place: the call, who applies and how it is judged, the stands in the hall, and the interest in them."""

from marketplace.models.applications import Mark, StandApplication
from marketplace.models.calls import Call, Criterion, KindLimit, StandKind
from marketplace.models.interest import ContactLeft, Remembered, SearchMiss
from marketplace.models.stands import Duty, HallPlace, Stand

__all__ = [
    "Call",
    "ContactLeft",
    "Criterion",
    "Duty",
    "HallPlace",
    "KindLimit",
    "Mark",
    "Remembered",
    "SearchMiss",
    "Stand",
    "StandApplication",
    "StandKind",
]
