"""Runs of the placer: asked for, worked at in the background, stopped, reviewed, discarded.

A run is claimed by one worker for as long as its lease lasts. A killed worker's lease runs out, and the next look takes
the run up again from the beginning; what a worker finds after it has lost its claim is not kept.
"""

import datetime
import logging
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from conference import history
from conference.models import Conference
from conference.transitions import TransitionRefused, move
from mailings import services as outbox
from meetings import comparing
from meetings.models import Block, Placement
from meetings.placing import Case, read_case
from meetings.scheduling import solving
from meetings.scheduling.explaining import why_unplaced
from meetings.scheduling.problem import Problem, Result
from meetings.scheduling.search import Progress, Search
from meetings.services.places import lock_rules
from meetings.states import AT_WORK, PLACEMENT_TRANSITIONS, PlacementStatus

logger = logging.getLogger(__name__)

# On top of what the search may still take: tables, explanations and a slow database.
GRACE = datetime.timedelta(seconds=60)
ATTEMPTS = 3
# Seconds between two words to the database while the placer runs.
_EVERY = 1.0

_SOLVERS: dict[str, Callable[[Problem, Search], Result]] = {
    Placement.Mode.ANEW: solving.place,
    Placement.Mode.FREEZE: solving.freeze,
    Placement.Mode.REPAIR: solving.repair,
}


class PlacementRefused(Exception):
    """The change is not possible; the message is fit for the organiser."""


class _ClaimLost(Exception):
    """Somebody else has the run now, or nobody wants it any more."""


@transaction.atomic
def start(conference: Conference, *, mode: str, limit_seconds: int, by: User | None, seed: int = 1) -> Placement:
    """Asks a worker for a run. Raises PlacementRefused where one is at work, or there is no open block."""
    lock_rules(conference)
    if not Block.objects.open().filter(conference=conference).exists():
        raise PlacementRefused(_("No block is open. Open one first: meetings are placed in its slots."))
    placement = Placement(conference=conference, mode=mode, limit_seconds=limit_seconds, seed=seed, created_by=by)
    try:
        with transaction.atomic():
            placement.save()
    except IntegrityError as error:
        raise PlacementRefused(_("A placement is being computed already. Wait for it, or stop it.")) from error
    history.record(placement, "asked for", by=by, to_status=placement.status)
    _ask_worker(placement.pk)
    return placement


@transaction.atomic
def stop(placement: Placement, *, by: User | None) -> None:
    """The worker keeps the best it has found so far. Raises PlacementRefused where none is at work."""
    stopped = Placement.objects.filter(pk=placement.pk, status__in=AT_WORK, stop_asked_at=None)
    if not stopped.update(stop_asked_at=timezone.now()):
        raise PlacementRefused(_("This placement has ended already, or was stopped."))
    history.record(placement, "asked to stop", by=by)


@transaction.atomic
def review(placement: Placement, *, by: User | None) -> None:
    """An organiser has looked at all that it would change. Raises PlacementRefused for other states."""
    _move(placement, PlacementStatus.REVIEWED, action="reviewed", by=by)


@transaction.atomic
def discard(placement: Placement, *, by: User | None) -> None:
    """Nothing of it is used. A worker that has it notices within seconds. Raises PlacementRefused once published."""
    _move(placement, PlacementStatus.DISCARDED, action="discarded", by=by, claim=None, lease_until=None)


# The worker ---------------------------------------------------------------------------------------


def due() -> list[int]:
    """Runs that wait for a worker, and those whose worker was lost."""
    now = timezone.now()
    waiting = Q(status=PlacementStatus.QUEUED) | Q(status=PlacementStatus.RUNNING, lease_until__lt=now)
    return list(Placement.objects.filter(waiting).order_by("pk").values_list("pk", flat=True))


def work(placement_id: int) -> bool:
    """Computes a run that waits or whose worker was lost. Says whether it was this worker's to the end."""
    placement = _claim(placement_id)
    if placement is None:
        return False
    try:
        case = read_case(placement.conference, now=timezone.now())
        search = Search(limit=placement.limit_seconds, seed=placement.seed)
        _listen(search, placement)
        result = _SOLVERS[placement.mode](case.problem, search)
        return _finish(placement, case, result)
    except _ClaimLost:
        return False
    except Exception as error:
        logger.exception("Placement %d failed.", placement_id)
        return _fail(placement, f"{type(error).__name__}: {error}")


@transaction.atomic
def _claim(placement_id: int) -> Placement | None:
    """This worker's alone until its lease ends; None where another one has it, or it is done."""
    now = timezone.now()
    row = Placement.objects.select_for_update(no_key=True, of=("self",)).filter(pk=placement_id)
    placement = row.select_related("conference").first()
    if placement is None:
        return None
    try:
        if placement.status == PlacementStatus.RUNNING and placement.lease_until and placement.lease_until < now:
            free = {"claim": None, "lease_until": None}
            if placement.attempts >= ATTEMPTS:
                error = _("Its workers were lost %(number)d times.") % {"number": placement.attempts}
                _move(placement, PlacementStatus.FAILED, action="given up", by=None, error=error, **free)
                return None
            _move(placement, PlacementStatus.QUEUED, action="its worker was lost", by=None, **free)
        if placement.status != PlacementStatus.QUEUED:
            return None
        _move(
            placement,
            PlacementStatus.RUNNING,
            action="begun",
            by=None,
            claim=uuid.uuid4(),
            lease_until=now + datetime.timedelta(seconds=placement.limit_seconds) + GRACE,
            attempts=placement.attempts + 1,
            started_at=now,
            progress=0,
            placed=None,
            bound=None,
        )
    except PlacementRefused:
        # Discarded at this instant.
        return None
    return placement


def _listen(search: Search, placement: Placement) -> None:
    """The search tells the row how far it is, and the row tells the search to stop; each at most once a second."""
    mine = Placement.objects.filter(pk=placement.pk, claim=placement.claim, status=PlacementStatus.RUNNING)
    told = asked = 0.0
    is_stopped = False

    def progress(how_far: Progress) -> None:
        nonlocal told
        if time.monotonic() - told < _EVERY:
            return
        told = time.monotonic()
        left = datetime.timedelta(seconds=max(0.0, search.limit - search.seconds))
        changed = mine.update(
            aim=how_far.aim[:20],
            placed=how_far.placed,
            bound=how_far.bound,
            progress=min(99, round(100 * how_far.seconds / search.limit)),
            lease_until=timezone.now() + left + GRACE,
        )
        if not changed:
            raise _ClaimLost

    def stop() -> bool:
        nonlocal asked, is_stopped
        if not is_stopped and time.monotonic() - asked >= _EVERY:
            asked = time.monotonic()
            rows = list(mine.values_list("stop_asked_at", flat=True))
            if not rows:
                raise _ClaimLost
            is_stopped = rows[0] is not None
        return is_stopped

    search.progress, search.stop = progress, stop


@transaction.atomic
def _finish(placement: Placement, case: Case, result: Result) -> bool:
    locked = Placement.objects.select_for_update(no_key=True).filter(pk=placement.pk, claim=placement.claim).first()
    if locked is None or locked.status != PlacementStatus.RUNNING:
        return False
    rows = case.rows(result)
    _move(
        locked,
        PlacementStatus.PROVISIONAL,
        action="computed",
        by=None,
        claim=None,
        lease_until=None,
        progress=100,
        aim="",
        placed=len(result.placed),
        bound=result.bound,
        result=rows,
        reasons={str(number): why.value for number, why in why_unplaced(case.problem, result).items()},
        differences=comparing.numbers(case, rows),
        finished_at=timezone.now(),
    )
    return True


@transaction.atomic
def _fail(placement: Placement, error: str) -> bool:
    locked = Placement.objects.select_for_update(no_key=True).filter(pk=placement.pk, claim=placement.claim).first()
    if locked is not None and locked.status == PlacementStatus.RUNNING:
        free = {"claim": None, "lease_until": None, "finished_at": timezone.now()}
        _move(locked, PlacementStatus.FAILED, action="failed", by=None, error=error, **free)
    return False


def _ask_worker(placement_id: int) -> None:
    from meetings.tasks import place_meetings

    transaction.on_commit(lambda: outbox.publish(place_meetings, placement_id), robust=True)


def _move(placement: Placement, to: str, *, action: str, by: User | None, **changes: Any) -> None:
    try:
        move(placement, to, transitions=PLACEMENT_TRANSITIONS, action=action, by=by, **changes)
    except TransitionRefused as error:
        raise PlacementRefused(str(error)) from error
