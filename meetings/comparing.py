"""What a placement would change: new, moved, dropped, and to whom. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meetings.models import Meeting, Placement, Slot, Table
from meetings.placing import Case, Row
from meetings.states import AHEAD, SHOWN, MeetingStatus


class Kind(models.TextChoices):
    """What a placement means for one meeting. Who does not know of a time yet is told of a new one."""

    NEW = "new", gettext_lazy("new")
    MOVED = "moved", gettext_lazy("moved")
    DROPPED = "dropped", gettext_lazy("dropped")
    KEPT = "kept", gettext_lazy("unchanged")
    NOWHERE = "nowhere", gettext_lazy("not placed")


def kind_of(meeting: Meeting, slot: int | None, table: int | None) -> Kind:
    """`slot` and `table` are the primary keys of where it would go; None: nowhere."""
    is_known = meeting.status in SHOWN
    if slot is None:
        return Kind.DROPPED if is_known else Kind.NOWHERE
    if not is_known:
        return Kind.NEW
    return Kind.KEPT if (meeting.slot_id, meeting.table_id) == (slot, table) else Kind.MOVED


def numbers(case: Case, rows: Iterable[Row]) -> dict[str, int]:
    """How many meetings of each kind, as things stood when the placement was computed."""
    counts = dict.fromkeys(Kind.values, 0)
    for row in rows:
        counts[kind_of(case.meetings[row["meeting"]], row["slot"], row["table"])] += 1
    return counts


@dataclass(frozen=True)
class Step:
    """One meeting, with where it is (empty before its first place) and where it would go."""

    meeting: Meeting
    slot: Slot | None
    table: Table | None
    why: str = ""


@dataclass(frozen=True)
class Diff:
    """All steps of a placement by kind. `outdated` are meetings that changed since it was computed: they are left as
    they are now, with the reason."""

    steps: dict[Kind, list[Step]] = field(default_factory=dict)
    outdated: list[Step] = field(default_factory=list)

    def of(self, kind: Kind) -> list[Step]:
        return self.steps.get(kind, [])

    @property
    def new(self) -> list[Step]:
        return self.of(Kind.NEW)

    @property
    def moved(self) -> list[Step]:
        return self.of(Kind.MOVED)

    @property
    def dropped(self) -> list[Step]:
        return self.of(Kind.DROPPED)

    @property
    def kept(self) -> list[Step]:
        return self.of(Kind.KEPT)

    @property
    def nowhere(self) -> list[Step]:
        return self.of(Kind.NOWHERE)

    @property
    def people_told(self) -> int:
        """How many people get a mail."""
        told = [*self.new, *self.moved, *self.dropped]
        return len({person.pk for step in told for person in step.meeting.people})


def diff_of(placement: Placement) -> Diff:
    """Against the meetings as they are now, in a number of queries that does not grow."""
    meetings = Meeting.objects.with_people().in_bulk([row["meeting"] for row in placement.result])
    slots = Slot.objects.select_related("block__conference").in_bulk({row["slot"] for row in placement.result} - {None})
    tables = Table.objects.in_bulk({row["table"] for row in placement.result} - {None})
    found = Diff({kind: [] for kind in Kind})
    for row in placement.result:
        meeting = meetings.get(row["meeting"])
        if meeting is None:
            continue
        step = Step(meeting, slots.get(row["slot"]), tables.get(row["table"]))
        if why := outdated(meeting, row, slots, tables):
            found.outdated.append(Step(meeting, step.slot, step.table, why))
        else:
            found.steps[kind_of(meeting, row["slot"], row["table"])].append(step)
    for steps in found.steps.values():
        steps.sort(key=_by_time)
    return found


def outdated(meeting: Meeting, row: Row, slots: dict[int, Slot], tables: dict[int, Table]) -> str:
    """Why the placement's word on this meeting no longer holds; empty where it does."""
    if meeting.status == MeetingStatus.CANCELLED:
        return _("It was cancelled.")
    if meeting.status not in AHEAD:
        return _("It is over.")
    if meeting.version != row["version"]:
        return _("It was changed by hand since.")
    if row["slot"] is not None and (row["slot"] not in slots or row["table"] not in tables):
        return _("Its time or table is no longer there.")
    return ""


def _by_time(step: Step) -> tuple[float, int, int]:
    slot = step.slot or step.meeting.slot
    return slot.starts_at.timestamp() if slot else 0.0, step.table.number if step.table else 0, step.meeting.pk
