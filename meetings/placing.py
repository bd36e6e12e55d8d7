"""The conference's meetings as a problem for the placer, and its answer as rows to keep. Reads only."""

import datetime
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import TypedDict

from django.utils.translation import gettext as _

from conference.models import Conference
from meetings.models import Meeting, MeetingSeat, Slot, Table
from meetings.queries import Span, busy_spans, rules_of
from meetings.scheduling.problem import Person, Place, Problem, Request, Result
from meetings.states import MeetingStatus


class Row(TypedDict):
    """What a placement says of one meeting, all by primary keys: at which version, and where; None: nowhere."""

    meeting: int
    version: int
    slot: int | None
    table: int | None


@dataclass(frozen=True)
class Case:
    """A problem, and what its numbers stand for: requests and persons are primary keys of meetings and participants,
    tables those of tables, slots positions in `slots`. `set_aside` are placed meetings that no placement touches, with
    the reason for organisers."""

    problem: Problem
    slots: tuple[Slot, ...]
    meetings: dict[int, Meeting]
    set_aside: dict[int, str]

    def rows(self, result: Result) -> list[Row]:
        """The result in primary keys, a row for each meeting that it could have placed."""
        return [self._row(request.id, result.placed.get(request.id)) for request in self.problem.requests]

    def _row(self, number: int, place: Place | None) -> Row:
        return Row(
            meeting=number,
            version=self.meetings[number].version,
            slot=self.slots[place.slot].pk if place else None,
            table=place.table if place else None,
        )


def read_case(conference: Conference, *, now: datetime.datetime) -> Case:
    """All meetings to come of the conference, for the slots of its open blocks that have not begun at `now`.

    Spare tables are not offered. The number of queries does not depend on how many meetings, people or tables there
    are.
    """
    rules = rules_of(conference.pk)
    slots = list(Slot.objects.of(conference).open().after(now).select_related("block").order_by("starts_at", "pk"))
    meetings = list(Meeting.objects.ahead().filter(conference=conference).select_related("request", "table", "slot"))
    people = {pk for meeting in meetings for pk in _pair(meeting)}
    reading = _Reading(slots, Table.objects.filter(conference=conference), busy_spans(conference, people))
    held = MeetingSeat.objects.filter(slot__in=[slot.pk for slot in slots], meeting=None, participant__in=people)
    for participant, slot in held.values_list("participant", "slot"):
        reading.taken.add((participant, reading.position[slot]))
    requests = [request for meeting in meetings if (request := reading.request(meeting))]
    return Case(
        problem=Problem(
            persons=tuple(reading.person(pk, rules.meetings_per_block) for pk in sorted(people)),
            requests=tuple(requests),
            tables=tuple(tuple(pk for pk, _number in tables) for tables in reading.tables),
            breaks=_breaks(slots),
        ),
        slots=tuple(slots),
        meetings={meeting.pk: meeting for meeting in meetings},
        set_aside=reading.set_aside,
    )


def _pair(meeting: Meeting) -> tuple[int, int]:
    return meeting.request.asker_id, meeting.request.asked_id


def _breaks(slots: list[Slot]) -> tuple[tuple[int, ...], ...]:
    found: dict[int, list[int]] = {}
    for number, slot in enumerate(slots):
        found.setdefault(slot.block_id, []).append(number)
    return tuple(tuple(numbers) for numbers in found.values())


class _Reading:
    """What is known while meetings are taken into the problem one after another, and set aside where they must be."""

    def __init__(self, slots: list[Slot], tables: Collection[Table], busy: dict[int, list[Span]]) -> None:
        self.slots = slots
        self.position = {slot.pk: number for number, slot in enumerate(slots)}
        self.busy = busy
        bookable = [(table.pk, table.number) for table in tables if not table.is_spare]
        self.tables = [[(pk, number) for pk, number in bookable if number <= slot.block.table_count] for slot in slots]
        self.taken: set[tuple[int, int]] = set()
        self.met: Counter[tuple[int, int]] = Counter()
        # Where people sit at present, and how many of those seats in a block are locked.
        self.sits: set[tuple[int, int]] = set()
        self.locked: Counter[tuple[int, int]] = Counter()
        self.set_aside: dict[int, str] = {}

    def is_busy(self, participant: int, slot: Slot) -> bool:
        return any(begins < slot.ends_at and slot.starts_at < ends for begins, ends in self.busy[participant])

    def request(self, meeting: Meeting) -> Request | None:
        """None for a meeting that stays where it is, whatever the placer does."""
        first, second = _pair(meeting)
        if meeting.slot is None or meeting.table is None:
            return Request(meeting.pk, first, second)
        number = self.position.get(meeting.slot.pk)
        if number is None:
            self._keep(meeting, None, _("its time has come, or its block is closed"))
            return None
        is_impossible = any(self.is_busy(person, meeting.slot) for person in (first, second))
        if is_impossible and meeting.is_locked:
            self._keep(meeting, number, _("it is locked, though somebody has to be elsewhere"))
            return None
        if not is_impossible and (meeting.table.pk, meeting.table.number) not in self.tables[number]:
            self._keep(meeting, number, _("an organiser gave it this table"))
            return None
        for person in (first, second):
            self.sits.add((person, number))
            self.locked[person, meeting.slot.block_id] += meeting.is_locked
        # Who agreed on a time keeps it as long as both can be there.
        chosen = meeting.request.slot_id == meeting.slot.pk and not is_impossible
        return Request(
            meeting.pk,
            first,
            second,
            allowed=frozenset({number}) if chosen else None,
            previous=Place(number, meeting.table.pk),
            published=meeting.status == MeetingStatus.PUBLISHED,
            locked=meeting.is_locked,
        )

    def _keep(self, meeting: Meeting, number: int | None, why: str) -> None:
        self.set_aside[meeting.pk] = why
        if meeting.slot is None or meeting.table is None:
            return
        for person in _pair(meeting):
            self.met[person, meeting.slot.block_id] += 1
            if number is not None:
                self.taken.add((person, number))
        if number is not None:
            self.tables[number] = [one for one in self.tables[number] if one[0] != meeting.table.pk]

    def person(self, pk: int, limit: int | None) -> Person:
        """Must come after all requests: what is set aside takes time, too."""
        free = {
            number
            for number, slot in enumerate(self.slots)
            if (pk, number) not in self.taken and not self.is_busy(pk, slot)
        }
        if limit is None:
            return Person(pk, frozenset(free))
        cap = limit
        # The placer's cap is one for all breaks. Where some of it is used up, only so many slots stay as are left.
        for numbers in _breaks(self.slots):
            block = self.slots[numbers[0]].block_id
            cap = max(cap, self.locked[pk, block])
            if met := self.met[pk, block]:
                open_ones = sorted(free & set(numbers), key=lambda number: ((pk, number) not in self.sits, number))
                free -= set(open_ones[max(limit - met, self.locked[pk, block]) :])
        return Person(pk, frozenset(free), cap_per_break=cap)
