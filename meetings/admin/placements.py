"""Organisers' pages of the placer's runs: asked for, watched, compared, published."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conference import history
from conference.models import Conference
from conference.organiser_admin import Button, carry_out, may, page, succeeds
from meetings import reasons
from meetings.admin.addresses import address, home_address
from meetings.admin.forms import PlacementForm
from meetings.comparing import Diff, diff_of
from meetings.conflicts import conflicts_of
from meetings.models import Meeting, MeetingRules, Placement
from meetings.services import placements as service
from meetings.services import publishing
from meetings.services.placements import PlacementRefused
from meetings.states import AT_WORK, MeetingStatus, PlacementStatus

view_placements = permission_required("meetings.view_placement", raise_exception=True)
add_placements = permission_required("meetings.add_placement", raise_exception=True)
read_and_post = require_http_methods(["GET", "HEAD", "POST"])

# Seconds of a repair and of an insertion on the day: people wait for them.
QUICK = 10

_AIMS = {
    "weight": gettext_lazy("as many as can be"),
    "unchanged": gettext_lazy("as few changes as can be"),
    "gaps": gettext_lazy("as few gaps as can be"),
    "tables": gettext_lazy("people keep their tables"),
}


@add_placements
@read_and_post
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks how, and begins."""
    conference = get_object_or_404(Conference, pk=pk)
    form = PlacementForm(request.POST or None)
    if form.is_valid():
        made: list[Placement] = []
        if succeeds(
            form,
            lambda: made.append(service.start(conference, **form.cleaned_data, by=request.user)),
            refusals=PlacementRefused,
        ):
            return redirect(address("placement", conference, made[0].pk))
    unplaced = Meeting.objects.unplaced().filter(conference=conference).count()
    return page(
        request,
        "admin/question.html",
        MeetingRules,
        title=_("Place meetings"),
        subject=conference,
        back=home_address(conference),
        submit=_("Begin"),
        form=form,
        explanation=ngettext(
            "%(number)d agreed meeting has no time yet. Nothing changes for anybody until you have compared the result "
            "and published it.",
            "%(number)d agreed meetings have no time yet. Nothing changes for anybody until you have compared the "
            "result and published it.",
            unplaced,
        )
        % {"number": unplaced},
    )


@add_placements
@require_POST
def repair(request: HttpRequest, pk: int) -> HttpResponse:
    """One button: finds other times for meetings that can no longer be, changing as little else as can be."""
    return _begin(request, pk, Placement.Mode.REPAIR)


@add_placements
@require_POST
def insert(request: HttpRequest, pk: int) -> HttpResponse:
    """One button for the day itself: all that is placed stays, the rest is fitted in."""
    return _begin(request, pk, Placement.Mode.FREEZE)


def _begin(request: HttpRequest, pk: int, mode: str) -> HttpResponse:
    conference = get_object_or_404(Conference, pk=pk)
    try:
        made = service.start(conference, mode=mode, limit_seconds=QUICK, by=request.user)
    except PlacementRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(home_address(conference))
    return redirect(address("placement", conference, made.pk))


@view_placements
@require_safe
def placement(request: HttpRequest, pk: int, placement: int) -> HttpResponse:
    """How far a run is; then what it would change, and to whom; then what it changed."""
    run = _run(pk, placement)
    conference = run.conference
    is_open = run.status in {PlacementStatus.PROVISIONAL, PlacementStatus.REVIEWED}
    diff = diff_of(run) if is_open else None
    return page(
        request,
        "admin/meetings/placement.html",
        MeetingRules,
        title=capfirst(run.get_mode_display()),
        subtitle=_("Placement %(number)d") % {"number": run.pk},
        subject=conference,
        back=home_address(conference),
        conference=conference,
        diff=diff,
        unplaced=_unplaced(run, diff),
        set_aside=_stuck(conference) if is_open else [],
        left_out=_left_out(run),
        done=run.differences if run.status == PlacementStatus.PUBLISHED else {},
        board_url=address("board", conference),
        entries=history.of(run)[:10],
        **_at_work(request, run),
    )


def _unplaced(run: Placement, diff: Diff | None) -> list[tuple[Meeting, str]]:
    """Who found no place, with the reason: as it would be, or as it was published."""
    why = reasons.reasons_of(run)
    if diff is not None:
        return reasons.unplaced_with_reasons([step.meeting for step in [*diff.nowhere, *diff.dropped]], why)
    if run.status != PlacementStatus.PUBLISHED:
        return []
    found = Meeting.objects.filter(pk__in=why, status=MeetingStatus.UNPLACED).with_people().order_by("agreed_at", "pk")
    return reasons.unplaced_with_reasons(found, why)


def _stuck(conference: Conference) -> list[Meeting]:
    """Locked where somebody has to be elsewhere: no placement touches them."""
    return list({one.meeting.pk: one.meeting for one in conflicts_of(conference) if one.meeting.is_locked}.values())


def _left_out(run: Placement) -> list[tuple[Meeting, str]]:
    left_out = run.differences.get("left_out", {}) if run.status == PlacementStatus.PUBLISHED else {}
    found = Meeting.objects.with_people().in_bulk([int(number) for number in left_out])
    return [(found[int(number)], why) for number, why in left_out.items() if int(number) in found]


@view_placements
@require_safe
def progress(request: HttpRequest, pk: int, placement: int) -> HttpResponse:
    """The part of the page that shows how far it is; asked for every two seconds while it is at work."""
    run = _run(pk, placement)
    context = _at_work(request, run)
    response = HttpResponse(render_to_string("admin/meetings/progress.html", context, request))
    if not context["under_way"]:
        # The comparison stands below.
        response["HX-Refresh"] = "true"
    return response


def _at_work(request: HttpRequest, run: Placement) -> dict[str, object]:
    conference = run.conference
    under_way = run.status in AT_WORK
    buttons = []
    if may(request, "add", Placement):

        def to(name: str) -> str:
            return address(f"placement_{name}", conference, run.pk)

        if under_way and run.stop_asked_at is None:
            buttons.append(Button(_("Stop and keep the best so far"), to("stop")))
        if run.status == PlacementStatus.PROVISIONAL:
            buttons.append(Button(_("I have looked at it"), to("review"), look="primary"))
        if run.status == PlacementStatus.REVIEWED:
            buttons.append(Button(_("Publish …"), to("publish"), asks=True, look="primary"))
        if under_way or run.status in {PlacementStatus.PROVISIONAL, PlacementStatus.REVIEWED}:
            buttons.append(Button(_("Discard"), to("discard")))
        if run.status in {PlacementStatus.FAILED, PlacementStatus.DISCARDED}:
            buttons.append(Button(_("Place again …"), address("place", conference), asks=True))
    return {
        "run": run,
        "under_way": under_way,
        "words": progress_in_words(run),
        "aim": _AIMS.get(run.aim, ""),
        "progress_url": address("placement_progress", conference, run.pk),
        "run_buttons": buttons,
    }


def progress_in_words(run: Placement) -> str:
    """“Placed 214 of at most 223, 12 s”."""
    if run.status == PlacementStatus.QUEUED:
        return _("Waiting for a worker.")
    if run.status == PlacementStatus.FAILED:
        return _("It failed: %(error)s") % {"error": run.error}
    if run.placed is None or run.bound is None:
        return _("Reading the meetings …") if run.status == PlacementStatus.RUNNING else _("Nothing was computed.")
    words = {"placed": run.placed, "bound": run.bound, "seconds": _seconds(run)}
    return _("Placed %(placed)d of at most %(bound)d, %(seconds)d s") % words


def _seconds(run: Placement) -> int:
    begun, ended = run.started_at, run.finished_at or timezone.now()
    return max(0, round((ended - begun).total_seconds())) if begun else 0


@add_placements
@read_and_post
def publish(request: HttpRequest, pk: int, placement: int) -> HttpResponse:
    """Says how many are told what, and publishes."""
    run = _run(pk, placement)
    conference = run.conference
    back = address("placement", conference, run.pk)
    if request.method == "POST":
        done: list[publishing.Published] = []
        try:
            done.append(publishing.publish(run, by=request.user))
        except PlacementRefused as refusal:
            messages.error(request, str(refusal))
        else:
            _say_published(request, done[0])
        return redirect(back)
    if run.status != PlacementStatus.REVIEWED:
        messages.error(request, _("Look at what it changes first."))
        return redirect(back)
    diff = diff_of(run)
    return page(
        request,
        "admin/meetings/publish.html",
        MeetingRules,
        title=_("Publish this placement?"),
        subject=conference,
        back=back,
        submit=ngettext(
            "Publish and write to %(number)d person", "Publish and write to %(number)d people", diff.people_told
        )
        % {"number": diff.people_told},
        diff=diff,
    )


def _say_published(request: HttpRequest, done: publishing.Published) -> None:
    words = {"new": len(done.new), "moved": len(done.moved), "dropped": len(done.dropped)}
    messages.success(
        request,
        _("Published: %(new)d new, %(moved)d moved, %(dropped)d without a time. All concerned are told.") % words,
    )
    if done.left_out:
        messages.warning(
            request,
            ngettext(
                "%(number)d meeting changed meanwhile and was left as it is: see below.",
                "%(number)d meetings changed meanwhile and were left as they are: see below.",
                len(done.left_out),
            )
            % {"number": len(done.left_out)},
        )


def _post(change: Callable[[HttpRequest, Placement], None], done: Callable[[], str]) -> Callable[..., HttpResponse]:
    @add_placements
    @require_POST
    def view(request: HttpRequest, pk: int, placement: int) -> HttpResponse:
        run = _run(pk, placement)
        return carry_out(
            request,
            lambda: change(request, run),
            refusals=PlacementRefused,
            done=done(),
            to=address("placement", run.conference, run.pk),
        )

    return view


stop = _post(
    lambda request, run: service.stop(run, by=request.user),
    lambda: _("It stops and keeps the best so far."),
)
review = _post(
    lambda request, run: service.review(run, by=request.user),
    lambda: _("Reviewed. It can be published."),
)
discard = _post(
    lambda request, run: service.discard(run, by=request.user),
    lambda: _("Discarded. Nothing has changed."),
)


def _run(pk: int, placement: int) -> Placement:
    runs = Placement.objects.select_related("conference__venue", "created_by")
    return get_object_or_404(runs, conference=pk, pk=placement)
