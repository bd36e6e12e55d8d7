"""What stands in the way of a meeting at a time and table: the same answer for the board and for the move itself."""

import datetime
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _

from conference.models import Conference
from meetings.busy import busy
from meetings.models import Block, Meeting, MeetingSeat, Slot, Table
from meetings.queries import rules_of
from registrations.commitments import Commitment
from registrations.models import Participant


@dataclass(frozen=True)
class Sitting:
    """Somebody's seat in a slot: of a meeting at a table, or held for a request (no meeting, no table)."""

    meeting: int | None
    table: int | None


@dataclass(frozen=True)
class Obstacles:
    """All that binds some people of a conference, read at once."""

    busy: dict[int, list[Commitment]]
    sitting: dict[tuple[int, int], Sitting]
    per_block: Counter[tuple[int, int]]
    limit: int | None
    now: datetime.datetime

    @classmethod
    def of(cls, conference: Conference, people: Collection[int], *, now: datetime.datetime) -> "Obstacles":
        """The number of queries does not depend on how many people there are."""
        seats = MeetingSeat.objects.filter(participant__in=people, slot__isnull=False)
        sitting, per_block = {}, Counter[tuple[int, int]]()
        for person, slot, block, meeting, table in seats.values_list(
            "participant", "slot", "slot__block", "meeting", "meeting__table__number"
        ):
            sitting[person, slot] = Sitting(meeting, table)
            per_block[person, block] += 1
        return cls(busy(conference, people), sitting, per_block, rules_of(conference.pk).meetings_per_block, now)

    def at_time(self, meeting: Meeting, slot: Slot, *, leaving: Collection[Meeting] = ()) -> str:
        """Why the two of `meeting` cannot meet in the slot, in a sentence; empty where they can. `leaving` are meetings
        that give up their places with the same move; the meeting itself is one of them."""
        if slot.ends_at <= self.now:
            return _("This time is over.")
        if slot.block.status == Block.Status.DRAFT:
            return _("The block is still being prepared.")
        gone = {meeting.pk: meeting, **{other.pk: other for other in leaving}}
        for person in meeting.people:
            if why := self._of(person, slot, gone):
                return why
        return ""

    def _of(self, person: Participant, slot: Slot, gone: dict[int, Meeting]) -> str:
        words = {"name": person.full_name}
        for one in self.busy.get(person.pk, ()):
            if one.starts_at < slot.ends_at and slot.starts_at < one.ends_at:
                return _("%(name)s has to be elsewhere: %(what)s.") % {**words, "what": one.what}
        seat = self.sitting.get((person.pk, slot.pk))
        if seat and seat.meeting is None:
            return _("%(name)s was asked for this time and has not answered yet.") % words
        if seat and seat.meeting not in gone:
            return _("%(name)s has a meeting then, at table %(table)s.") % {**words, "table": seat.table}
        if self.limit is not None:
            freed = sum(
                one.slot is not None and one.slot.block_id == slot.block_id and person in one.people
                for one in gone.values()
            )
            if self.per_block[person.pk, slot.block_id] - freed >= self.limit:
                return _("%(name)s has as many meetings in this break as the rules allow.") % words
        return ""


def at_table(slot: Slot, table: Table) -> str:
    """Why nobody can sit there in this slot, whoever it is; empty where they can. Spare tables are the organiser's to
    give away."""
    if table.number > slot.block.table_count:
        return _("This break has %(number)d tables.") % {"number": slot.block.table_count}
    return ""
