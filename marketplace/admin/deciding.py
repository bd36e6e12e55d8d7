"""The proposed shortlist, and decisions on many applications at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from conference.models import MemberState
from conference.requests import one_of
from marketplace import choosing, wording
from marketplace.admin.addresses import call_address, call_page, change_applications, named_call
from marketplace.marks import Score
from marketplace.models import Call, StandApplication
from marketplace.queries import candidate_of, live_stands, scores, use_of_kinds
from marketplace.services import selection
from marketplace.states import ApplicationStatus

_NO_SCORE = Score()


@dataclass(frozen=True)
class Row:
    """One application on the list, with what is proposed for it and why."""

    application: StandApplication
    mark: str
    reviewers: int
    is_proposed: bool
    reason: str


def _open(call: Call) -> list[StandApplication]:
    return list(
        StandApplication.objects.filter(
            call=call, status__in=[ApplicationStatus.SUBMITTED, ApplicationStatus.SHORTLISTED]
        )
        .select_related("delegation__member_state", "delegation__city")
        .order_by("submitted_at", "pk")
    )


@require_http_methods(["GET", "HEAD", "POST"])
@change_applications
def shortlist(request: HttpRequest, pk: int) -> HttpResponse:
    """What the marks and the spread propose, with reasons; the organiser ticks what shall stand on the shortlist."""
    call = named_call(pk)
    applications = _open(call)
    if request.method == "POST":
        chosen = set(request.POST.getlist("chosen"))
        added, removed = selection.set_shortlist(
            call, [one for one in applications if str(one.pk) in chosen], by=request.user
        )
        messages.success(
            request,
            _("The shortlist is saved: %(added)d came on, %(removed)d went off.")
            % {"added": added, "removed": removed},
        )
        return redirect(call_address("shortlist", call))
    found = scores(call)
    rows = _rows(call, applications, found)
    return call_page(
        request,
        "call/shortlist.html",
        call,
        here="shortlist",
        title=_("Shortlist"),
        rows=rows,
        uses=use_of_kinds(call),
        proposed=sum(row.is_proposed for row in rows),
        on_it=sum(one.status == ApplicationStatus.SHORTLISTED for one in applications),
    )


def _rows(call: Call, applications: list[StandApplication], found: Mapping[int, Score]) -> list[Row]:
    """Proposed ones first, in the order in which they were chosen."""
    by_key = {one.pk: one for one in applications}
    given = [candidate_of(stand.application, _NO_SCORE) for stand in live_stands(call)]
    proposal = choosing.propose(
        [candidate_of(one, found.get(one.pk, _NO_SCORE)) for one in applications],
        stands=call.stands,
        limits=dict(call.limits.values_list("kind", "stands")),
        given=given,
    )
    names = {one.pk: one.initiative for one in applications}
    states = dict(MemberState.objects.values_list("code", "name"))

    def row(candidate: choosing.Candidate, *, is_proposed: bool, reason: str) -> Row:
        score = found.get(candidate.key, _NO_SCORE)
        return Row(by_key[candidate.key], wording.mark(candidate), score.reviewers, is_proposed, reason)

    return [
        *(
            row(choice.candidate, is_proposed=True, reason=wording.reason_for(choice, names, states))
            for choice in proposal.chosen
        ),
        *(
            row(left.candidate, is_proposed=False, reason=wording.reason_against(left, states))
            for left in sorted(proposal.left, key=lambda left: (left.candidate.kind, left.rank))
        ),
    ]


# Decisions ------------------------------------------------------------------------------------

_DECIDABLE = [ApplicationStatus.SHORTLISTED, ApplicationStatus.SUBMITTED, ApplicationStatus.WAITING]


def _choices(application: StandApplication) -> list[tuple[str, str]]:
    choices = [("", _("no decision yet")), ("accept", _("gets a stand"))]
    if application.status != ApplicationStatus.WAITING:
        choices.append(("wait", _("waiting list")))
    return [*choices, ("decline", _("declined"))]


@dataclass(frozen=True)
class ToDecide:
    """A line of the page: an application, its mark, what can be chosen and what is."""

    application: StandApplication
    mark: str
    choices: list[tuple[str, str]]
    chosen: str


@require_http_methods(["GET", "HEAD", "POST"])
@change_applications
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Chooses, then says how many mails go out, then does it: the best marked first, so that they come first on the
    waiting list. Who is on the shortlist is proposed for a stand."""
    call = named_call(pk)
    found = scores(call)
    applications = sorted(
        StandApplication.objects.filter(call=call, status__in=_DECIDABLE).select_related(
            "delegation__member_state", "conference"
        ),
        key=lambda one: (
            _DECIDABLE.index(ApplicationStatus(one.status)),
            -(found.get(one.pk, _NO_SCORE).mark or 0.0),
            one.submitted_at,
            one.pk,
        ),
    )
    rows = [_to_decide(request, one, found.get(one.pk, _NO_SCORE)) for one in applications]
    decided = {row.application: row.chosen for row in rows if row.chosen}
    if request.method == "POST" and "confirm" in request.POST and decided:
        return _carry_out(request, call, decided)
    return call_page(
        request,
        "call/decide.html",
        call,
        here="decide",
        title=_("Decide"),
        rows=rows,
        uses=use_of_kinds(call),
        is_asked=request.method == "POST" and bool(decided),
        nothing_chosen=request.method == "POST" and not decided,
        counts=[
            (label, sum(row.chosen == decision for row in rows))
            for decision, label in (
                ("accept", _("get a stand")),
                ("wait", _("come on the waiting list")),
                ("decline", _("are declined")),
            )
        ],
        mails=len(decided),
    )


def _to_decide(request: HttpRequest, application: StandApplication, score: Score) -> ToDecide:
    choices = _choices(application)
    if request.method == "POST":
        chosen = one_of(request.POST.get(f"decision-{application.pk}"), dict(choices))
    else:
        chosen = "accept" if application.status == ApplicationStatus.SHORTLISTED else ""
    mark = "–" if score.mark is None else f"{score.mark:.1f}"
    return ToDecide(application, mark, choices, chosen)


def _carry_out(request: HttpRequest, call: Call, decided: Mapping[StandApplication, str]) -> HttpResponse:
    refused = selection.decide_all(decided, by=request.user)
    done = len(decided) - len(refused)
    if done:
        words = ngettext(
            "%d decision is made; its mail is queued.", "%d decisions are made; their mails are queued.", done
        )
        messages.success(request, words % done)
    for application, reason in refused:
        messages.error(request, f"{application.initiative}: {reason}")
    return redirect(call_address("decide", call))
