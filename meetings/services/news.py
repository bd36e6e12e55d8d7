"""Telling both people of meetings what became of them; in the transaction of the change."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from meetings import emails
from meetings.models import Meeting, Slot


@dataclass(frozen=True)
class Was:
    """Where a meeting was, as its people know it: the slot with its times of then, the number of the table."""

    slot: Slot
    table: int

    @classmethod
    def of(cls, meeting: Meeting) -> "Was":
        """Raises ValueError for a meeting without a place."""
        if meeting.slot is None or meeting.table is None:
            raise ValueError(f"Meeting {meeting.pk} has no place.")
        return cls(meeting.slot, meeting.table.number)


def tell(
    *,
    placed: Collection[int] = (),
    moved: Mapping[int, Was] | None = None,
    dropped: Mapping[int, Was] | None = None,
    why: str = "",
) -> None:
    """Mails to both, by the primary keys of the meetings. `why` says to the dropped ones why they lost their time."""
    moved, dropped = moved or {}, dropped or {}
    found = Meeting.objects.filter(pk__in=[*placed, *moved, *dropped]).with_people()
    fresh = {meeting.pk: meeting for meeting in found}
    if placed:
        emails.queue_placed(*[fresh[pk] for pk in placed])
    for pk, was in moved.items():
        emails.queue_moved(fresh[pk], slot=was.slot, table=was.table)
    for pk, was in dropped.items():
        emails.queue_dropped(fresh[pk], slot=was.slot, reason=why)
