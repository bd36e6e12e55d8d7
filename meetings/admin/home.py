"""The organisers' page of a conference's meetings: where they stand, what needs a decision, ways to all the rest."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agenda.queries import newest_release
from conference import history
from conference.models import Conference
from conference.organiser_admin import Button, OrganiserAdmin, list_address, may, page
from conference.requests import row_key
from meetings.admin import blocks, board, papers, people, placements, places, today
from meetings.admin.addresses import address, home_address
from meetings.board import conflict_in_words
from meetings.breaks import breaks_of
from meetings.conflicts import conflicts_of
from meetings.models import Block, Meeting, MeetingRequest, MeetingRules, Paper, Placement, Profile, Table, Term
from meetings.queries import rules_of
from meetings.services.following import break_in
from meetings.states import MeetingStatus

view_meetings = permission_required("meetings.view_meeting", raise_exception=True)


@admin.register(MeetingRules)
class MeetingRulesAdmin(OrganiserAdmin):
    """One page a conference; below it all that organisers do with its meetings."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: MeetingRules | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """All conferences, also those without a block yet."""
        if not self.has_view_permission(request):
            return self.admin_site.login(request)
        conferences = Conference.objects.annotate(
            blocks=Count("meeting_blocks", distinct=True), agreed=Count("meetings", distinct=True)
        )
        return page(
            request,
            "admin/meetings/conferences.html",
            MeetingRules,
            title=_("One-to-one meetings"),
            rows=[(conference, home_address(conference)) for conference in conferences],
            may_add_conference=may(request, "add", Conference),
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Where links of the history lead."""
        rules = get_object_or_404(MeetingRules, pk=row_key(object_id))
        return redirect(home_address(rules.conference))

    def get_urls(self) -> list[URLPattern]:
        own = self.own_path
        return [
            own("<int:pk>/meetings/", home, name="home"),
            own("<int:pk>/rules/", places.rules, name="rules"),
            own("<int:pk>/tables/", places.tables, name="tables"),
            own("<int:pk>/hall/", places.hall, name="hall"),
            own("<int:pk>/blocks/add/", blocks.add, name="block_add"),
            own("<int:pk>/blocks/<int:block>/", blocks.change, name="block"),
            own("<int:pk>/blocks/<int:block>/follow/", blocks.follow, name="block_follow"),
            own("<int:pk>/blocks/<int:block>/open/", blocks.open_block, name="block_open"),
            own("<int:pk>/blocks/<int:block>/close/", blocks.close_block, name="block_close"),
            own("<int:pk>/blocks/<int:block>/prepare/", blocks.prepare_again, name="block_prepare"),
            own("<int:pk>/blocks/<int:block>/delete/", blocks.delete, name="block_delete"),
            own("<int:pk>/place/", placements.start, name="place"),
            own("<int:pk>/repair/", placements.repair, name="repair"),
            own("<int:pk>/placements/<int:placement>/", placements.placement, name="placement"),
            own("<int:pk>/placements/<int:placement>/progress/", placements.progress, name="placement_progress"),
            own("<int:pk>/placements/<int:placement>/stop/", placements.stop, name="placement_stop"),
            own("<int:pk>/placements/<int:placement>/review/", placements.review, name="placement_review"),
            own("<int:pk>/placements/<int:placement>/publish/", placements.publish, name="placement_publish"),
            own("<int:pk>/placements/<int:placement>/discard/", placements.discard, name="placement_discard"),
            own("<int:pk>/board/", board.board, name="board"),
            own("<int:pk>/board/go/", board.go, name="board_go"),
            own("<int:pk>/board/publish/", board.publish, name="board_publish"),
            own("<int:pk>/board/<int:meeting>/targets/", board.targets, name="board_targets"),
            own("<int:pk>/board/<int:meeting>/lock/", board.lock, name="board_lock"),
            own("<int:pk>/board/<int:meeting>/off/", board.take_off, name="board_off"),
            own("<int:pk>/board/<int:meeting>/cancel/", board.cancel, name="board_cancel"),
            own("<int:pk>/people/", people.people, name="people"),
            own("<int:pk>/today/", today.today, name="today"),
            own("<int:pk>/today/now/", today.part, name="today_part"),
            own("<int:pk>/insert/", placements.insert, name="insert"),
            own("<int:pk>/papers/<slug:kind>/", papers.paper, name="paper"),
            own("<int:pk>/papers/<slug:kind>/make/", papers.make, name="paper_make"),
            own("<int:pk>/papers/<slug:kind>/progress/", papers.progress, name="paper_progress"),
            own("<int:pk>/papers/<slug:kind>/file/", papers.file, name="paper_file"),
            *super().get_urls(),
        ]


@dataclass(frozen=True)
class BlockLine:
    """A block on the page, with what it holds and what is wrong with it."""

    block: Block
    slots: int
    spare: int
    placed: int
    url: str
    strays: str
    buttons: list[Button]

    @property
    def room(self) -> int:
        """How many meetings fit, without the spare tables."""
        return self.slots * (self.block.table_count - self.spare)


@view_meetings
@require_safe
def home(request: HttpRequest, pk: int) -> HttpResponse:
    """In a number of queries that does not grow with meetings and blocks."""
    conference = get_object_or_404(Conference.objects.select_related("venue"), pk=pk)
    lines = _block_lines(request, conference)
    breaks = [one for one in breaks_of(conference) if one.block is None]
    conflicts = conflicts_of(conference)
    counts = _counts(conference)
    runs = list(
        Placement.objects.filter(conference=conference).defer("result", "reasons").select_related("created_by")[:8]
    )
    rules = rules_of(conference.pk)
    return page(
        request,
        "admin/meetings/home.html",
        MeetingRules,
        title=conference.title,
        subtitle=_("One-to-one meetings"),
        conference=conference,
        booking=booking_in_words(rules, conference),
        rules_url=address("rules", conference),
        tables_url=address("tables", conference),
        people_url=address("people", conference),
        board_url=address("board", conference),
        lines=lines,
        breaks=[(one, address("block_add", conference, **{"break": one.guid})) for one in breaks],
        add_url=address("block_add", conference),
        conflicts=[(conflict.meeting, conflict_in_words(conflict)) for conflict in conflicts],
        conflicting=len({conflict.meeting.pk for conflict in conflicts}),
        repair_url=address("repair", conference),
        counts=counts,
        by_hand=counts["by_hand"],
        publish_url=address("board_publish", conference),
        runs=[(run, address("placement", conference, run.pk)) for run in runs],
        buttons=_buttons(request, conference, lines),
        papers=[(label, address("paper", conference, kind)) for kind, label in Paper.Kind.choices] if lines else [],
        may_change=may(request, "change", MeetingRules),
        may_move=may(request, "change", Meeting),
        may_place=may(request, "add", Placement),
        zone=conference.time_zone,
        entries=history.of(rules)[:5] if rules.pk else [],
    )


def booking_in_words(rules: MeetingRules, conference: Conference) -> str:
    """“Booking is open until 25 February 2027, 18.00.”"""
    now = timezone.now()
    if rules.opens_at is None:
        return _("Booking is not open: no opening date is set.")
    if rules.opens_at > now:
        return _("Booking opens on %(when)s.") % {"when": _at(rules.opens_at, conference)}
    if rules.closes_at is None:
        return _("Booking is open until the last block ends.")
    if rules.closes_at > now:
        return _("Booking is open until %(when)s.") % {"when": _at(rules.closes_at, conference)}
    return _("Booking closed on %(when)s. Answers and cancellations stay possible.") % {
        "when": _at(rules.closes_at, conference)
    }


def _at(moment: Any, conference: Conference) -> str:
    return date_format(moment.astimezone(conference.zone), "DATETIME_FORMAT")


def _counts(conference: Conference) -> dict[str, int]:
    """One query for each table that is counted."""
    by_status = dict(
        Meeting.objects.filter(conference=conference).order_by().values_list("status").annotate(Count("pk"))
    )
    return {
        "listed": Profile.objects.listed().of(conference).count(),
        "requests": MeetingRequest.objects.pending().filter(conference=conference).count(),
        "unplaced": by_status.get(MeetingStatus.UNPLACED, 0),
        "by_hand": by_status.get(MeetingStatus.PROVISIONAL, 0),
        "published": by_status.get(MeetingStatus.PUBLISHED, 0),
        "held": by_status.get(MeetingStatus.HELD, 0),
        "not_held": by_status.get(MeetingStatus.NOT_HELD, 0),
        "cancelled": by_status.get(MeetingStatus.CANCELLED, 0),
    }


def _block_lines(request: HttpRequest, conference: Conference) -> list[BlockLine]:
    release = newest_release(conference)
    programme = release.programme if release else None
    spare = list(Table.objects.filter(conference=conference, is_spare=True).values_list("number", flat=True))
    placed = Count("slots__meetings", filter=~Q(slots__meetings__status=MeetingStatus.CANCELLED), distinct=True)
    found = Block.objects.filter(conference=conference).select_related("conference")
    lines = []
    for block in found.annotate(slot_count=Count("slots", distinct=True), placed=placed):
        place = break_in(programme, block)
        strays = ""
        if block.session_guid and programme and place is None:
            strays = _("Its break is no longer part of the programme.")
        elif place and not place.holds(block):
            local = [moment.astimezone(conference.zone) for moment in (place.starts_at, place.ends_at)]
            strays = _("The programme has this break at %(begins)s–%(ends)s.") % {
                "begins": date_format(local[0], "TIME_FORMAT"),
                "ends": date_format(local[1], "TIME_FORMAT"),
            }
        lines.append(
            BlockLine(
                block=block,
                slots=block.slot_count,
                spare=sum(number <= block.table_count for number in spare),
                placed=block.placed,
                url=address("block", conference, block.pk),
                strays=strays,
                buttons=blocks.buttons(request, block, may_follow=bool(place and strays)),
            )
        )
    return lines


def _buttons(request: HttpRequest, conference: Conference, lines: list[BlockLine]) -> list[Button]:
    buttons = []
    if any(line.block.status != Block.Status.DRAFT for line in lines):
        if may(request, "add", Placement):
            buttons.append(Button(_("Place meetings …"), address("place", conference), asks=True, look="primary"))
        buttons.append(Button(_("Board"), address("board", conference), asks=True))
        buttons.append(Button(_("On the day"), address("today", conference), asks=True))
    buttons.append(Button(_("Who needs a look"), address("people", conference), asks=True))
    if may(request, "change", MeetingRules):
        buttons.append(Button(_("Rules and dates"), address("rules", conference), asks=True))
    if lines:
        buttons.append(Button(_("Tables and plan"), address("tables", conference), asks=True))
    for label, model in ((_("Profiles"), Profile), (_("Terms"), Term)):
        if may(request, "view", model):
            buttons.append(Button(label, list_address(model, conference__id__exact=conference.pk), asks=True))
    return buttons
