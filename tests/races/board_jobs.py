"""What one racer does on the organisers' board. Returns a word for the outcomes that are foreseen."""

import time
from collections.abc import Callable

from meetings.models import Meeting, Placement, Slot, Table
from meetings.scheduling.problem import Problem, Result
from meetings.scheduling.search import Search
from meetings.services import board, papers, placements, publishing, requests
from meetings.services.placements import PlacementRefused
from meetings.services.seats import MeetingRefused


def move(meeting: int, slot: int, table: int, seen: int) -> str:
    try:
        board.place(
            Meeting.objects.with_people().get(pk=meeting),
            Slot.objects.get(pk=slot),
            Table.objects.get(pk=table),
            seen=seen,
            by=None,
        )
    except board.MovedMeanwhile:
        return "told"
    except MeetingRefused:
        return "refused"
    return "moved"


def swap(one: int, other: int) -> str:
    found = Meeting.objects.with_people().in_bulk([one, other])
    try:
        board.swap(found[one], found[other], seen=(found[one].version, found[other].version), by=None)
    except MeetingRefused:
        return "refused"
    return "swapped"


def publish(placement: int) -> str:
    try:
        done = publishing.publish(Placement.objects.get(pk=placement), by=None)
    except PlacementRefused:
        return "refused"
    return f"{len(done.new)} new, {len(done.left_out)} left out"


def publish_or_accept(placement: int, request: int, slot: int) -> str:
    """Accepts the request where one is given (a number above 0), else publishes the placement."""
    if not request:
        return publish(placement)
    from meetings.models import MeetingRequest

    try:
        requests.accept(MeetingRequest.objects.get(pk=request), slot=Slot.objects.get(pk=slot), by=None)
    except MeetingRefused:
        return "refused"
    return "booked"


def work(placement: int) -> bool:
    return placements.work(placement)


def ask_as_beat_does() -> None:
    """Asks the worker for what beat asks it each minute."""
    from meetings.tasks import continue_placements

    continue_placements.delay()


def work_and_stall() -> None:
    """Takes the run that waits, tells how far it is, and gets no further."""
    solvers: dict[str, Callable[[Problem, Search], Result]] = placements._SOLVERS
    solvers["anew"] = _stall
    placements.work(placements.due()[0])


def lay_out_and_stall() -> None:
    """Takes the paper that waits, lays out its first sheets, and gets no further."""
    from meetings.papers import content

    content.pdf.joined = lambda _documents: time.sleep(600)
    papers.work(papers.due()[0])


def ask_for_papers_as_beat_does() -> None:
    from meetings.tasks import continue_papers

    continue_papers.delay()


def _stall(problem: Problem, search: Search) -> Result:
    search.tell("weight", 1)
    time.sleep(600)
    raise AssertionError("Nobody waits so long.")
