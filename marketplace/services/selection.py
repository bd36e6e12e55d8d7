"""Marks of reviewers, the shortlist, and decisions, which keep the numbers under the conference's lock."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from conference import history
from conference.services import lock
from conference.transitions import TransitionRefused, move
from marketplace import emails
from marketplace.models import Call, Criterion, Mark, Stand, StandApplication
from marketplace.services import stands
from marketplace.services.stands import NoStandFree
from marketplace.states import APPLICATION_TRANSITIONS, ApplicationStatus

# What reviewers read and mark.
JUDGED = frozenset({ApplicationStatus.SUBMITTED, ApplicationStatus.SHORTLISTED, ApplicationStatus.WAITING})


class SelectionRefused(Exception):
    """The decision is not possible (any more); the message says why."""


@transaction.atomic
def give_marks(application: StandApplication, points: Mapping[Criterion, int | None], *, by: User) -> None:
    """Sets this reviewer's own marks, 0 to 5 points each; None takes one back. Nobody touches another's.

    Raises SelectionRefused once it is decided, and where it or a criterion was deleted meanwhile.
    """
    locked = StandApplication.objects.select_for_update(no_key=True).filter(pk=application.pk).first()
    if locked is None:
        raise SelectionRefused(_("This application no longer exists."))
    application = locked
    there = set(Criterion.objects.select_for_update(no_key=True).filter(pk__in=[one.pk for one in points]))
    if there != points.keys():
        raise SelectionRefused(_("The criteria have changed. Load the page again, then mark."))
    if application.status not in JUDGED:
        raise SelectionRefused(
            _("This application is not judged any more: its status is “%(status)s”.")
            % {"status": application.get_status_display()}
        )
    own = {mark.criterion_id: mark for mark in Mark.objects.filter(application=application, reviewer=by)}
    changed = False
    for criterion, value in points.items():
        present = own.get(criterion.pk)
        if value == (present.points if present else None):
            continue
        changed = True
        if value is None:
            Mark.objects.filter(application=application, criterion=criterion, reviewer=by).delete()
        else:
            Mark.objects.update_or_create(
                application=application, criterion=criterion, reviewer=by, defaults={"points": value}
            )
    if changed:
        history.record(application, "marked", by=by)


@transaction.atomic
def set_shortlist(call: Call, chosen: Iterable[StandApplication], *, by: User | None) -> tuple[int, int]:
    """Exactly these of the submitted applications stand on the shortlist. Returns how many came on and went off."""
    wanted = {application.pk for application in chosen}
    lock(call.conference_id)
    added = removed = 0
    for application in StandApplication.objects.filter(
        call=call, status__in=[ApplicationStatus.SUBMITTED, ApplicationStatus.SHORTLISTED]
    ):
        is_on = application.status == ApplicationStatus.SHORTLISTED
        if application.pk in wanted and not is_on:
            _move(application, ApplicationStatus.SHORTLISTED, action="put on the shortlist", by=by)
            added += 1
        elif application.pk not in wanted and is_on:
            _move(application, ApplicationStatus.SUBMITTED, action="taken off the shortlist", by=by)
            removed += 1
    return added, removed


@transaction.atomic
def accept(application: StandApplication, *, by: User | None) -> Stand:
    """Gives a stand and writes the mail that says so. Raises NoStandFree or SelectionRefused, and changes nothing."""
    application, call = _locked(application)
    # The status first: who was decided at this instant by somebody else must not be given a second stand.
    _move(application, ApplicationStatus.ACCEPTED, action="accepted", by=by)
    stand = stands.Numbers(call).give(application)
    emails.queue_decision(application, "accepted")
    return stand


@transaction.atomic
def put_on_waiting_list(application: StandApplication, *, by: User | None) -> None:
    """At its end; the mail says so. Raises SelectionRefused."""
    application, _call = _locked(application)
    _move(application, ApplicationStatus.WAITING, action="put on the waiting list", by=by, waiting_since=timezone.now())
    emails.queue_decision(application, "waiting")


@transaction.atomic
def decline(application: StandApplication, *, by: User | None) -> None:
    """The mail says so, with thanks. Raises SelectionRefused."""
    application, _call = _locked(application)
    _move(application, ApplicationStatus.DECLINED, action="declined", by=by)
    emails.queue_decision(application, "declined")


DECISIONS = {"accept": accept, "wait": put_on_waiting_list, "decline": decline}


def decide_all(decisions: Mapping[StandApplication, str], *, by: User | None) -> list[tuple[StandApplication, str]]:
    """Carries out many decisions in the order given, each in a transaction of its own. Returns those that were
    refused, each with the reason."""
    refused = []
    for application, decision in decisions.items():
        try:
            DECISIONS[decision](application, by=by)
        except (NoStandFree, SelectionRefused) as reason:
            refused.append((application, str(reason)))
    return refused


def _locked(application: StandApplication) -> tuple[StandApplication, Call]:
    lock(application.conference_id)
    application = StandApplication.objects.get(pk=application.pk)
    return application, Call.objects.select_related("conference__venue").get(pk=application.call_id)


def _move(application: StandApplication, to: str, *, action: str, by: User | None, **changes: Any) -> None:
    try:
        move(application, to, transitions=APPLICATION_TRANSITIONS, action=action, by=by, **changes)
    except TransitionRefused as error:
        raise SelectionRefused(str(error)) from error
