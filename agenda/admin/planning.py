"""Organisers' planning board: the working version of a conference's programme, and what can be done with it."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from agenda import differences, warnings
from agenda.admin import board as boards
from agenda.admin import dismissing, moving, releases, typing_in
from agenda.admin.addresses import board_address, plan_address
from agenda.admin.forms import PlanForm
from agenda.models import Plan, Release, Session, Speaker
from agenda.queries import newest_release, plan_of, working_programme
from agenda.services import planning
from conference.models import Conference
from conference.organiser_admin import Button, OrganiserAdmin, carry_out, list_address, may, page
from conference.requests import row_key

view_sessions = permission_required("agenda.view_session", raise_exception=True)
change_sessions = permission_required("agenda.change_session", raise_exception=True)
change_plan = permission_required("agenda.change_plan", raise_exception=True)

# So many changes are told on the board; the rest stands where a release is published.
TOLD = 5


@admin.register(Plan)
class PlanAdmin(OrganiserAdmin):
    """One programme a conference. What is typed of a whole programme are its hours and deadlines."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Plan | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """All conferences, also those of which nothing is planned yet."""
        if not self.has_view_permission(request):
            return self.admin_site.login(request)
        conferences = Conference.objects.select_related("plan", "venue").annotate(
            sessions=Count("programme_sessions", distinct=True), release=Max("releases__number")
        )
        rows = [(conference, board_address(conference)) for conference in conferences]
        return page(
            request,
            "admin/agenda/plan/conferences.html",
            Plan,
            title=_("Programmes"),
            rows=rows,
            may_add_conference=may(request, "add", Conference),
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Where links of the history lead."""
        plan = get_object_or_404(Plan, pk=row_key(object_id))
        return redirect(board_address(plan.conference))

    def get_urls(self) -> list[URLPattern]:
        return [
            self.own_path("<int:pk>/board/", board, name="board"),
            self.own_path("<int:pk>/move/<int:session>/", moving.move, name="move"),
            self.own_path("<int:pk>/length/<int:session>/", moving.lengthen, name="lengthen"),
            self.own_path("<int:pk>/order/<int:session>/", moving.order, name="order"),
            self.own_path("<int:pk>/shift/", moving.shift, name="shift"),
            self.own_path("<int:pk>/move-day/", moving.move_day, name="move_day"),
            self.own_path("<int:pk>/duplicate/", moving.duplicate, name="duplicate"),
            self.own_path("<int:pk>/type/", typing_in.type_in, name="type_in"),
            self.own_path("<int:pk>/settings/", settings, name="settings"),
            self.own_path("<int:pk>/back/", back_to_release, name="undo"),
            self.own_path("<int:pk>/bring-back/", bring_back, name="bring_back"),
            self.own_path("<int:pk>/publish/", releases.publish, name="publish"),
            self.own_path("<int:pk>/warnings/", dismissing.warnings_page, name="warnings"),
            self.own_path("<int:pk>/warnings/set-aside/", dismissing.set_aside, name="set_aside"),
            self.own_path("<int:pk>/warnings/again/", dismissing.raise_again, name="raise_again"),
            *super().get_urls(),
        ]


# The board ------------------------------------------------------------------------------------


@view_sessions
@require_safe
def board(request: HttpRequest, pk: int) -> HttpResponse:
    """The working version, with what may be wrong with it and what changed since the newest release."""
    conference = get_object_or_404(Conference.objects.select_related("venue"), pk=pk)
    plan = Plan.objects.filter(conference=conference).select_related("changed_by").first() or plan_of(conference)
    sessions = list(Session.objects.filter(conference=conference).with_people().in_order())
    found = warnings.find(conference)
    release = newest_release(conference)
    changes = differences.compare(release.programme, working_programme(conference)) if release and sessions else []
    return page(
        request,
        "admin/agenda/plan/board.html",
        Plan,
        title=conference.title,
        subtitle=_("Programme"),
        conference=conference,
        plan=plan,
        days=boards.days(sessions, found, conference),
        number=len(sessions),
        open_warnings=sum(warning.is_open for warning in found),
        without_session=[warning for warning in found if warning.is_open and warning.session is None],
        release=release,
        changes=changes[:TOLD],
        more_changes=max(0, len(changes) - TOLD),
        buttons=_buttons(request, conference, plan, sessions, release),
        papers=_papers(conference, release),
        may_change=may(request, "change", Session),
        may_add=may(request, "add", Session),
        add_url=f"{reverse('admin:agenda_session_add')}?conference={conference.pk}",
        # Rows add a number to these: resolving each address would cost more than all the rest of a long page.
        session_url=_stem("admin:agenda_session_change"),
        speaker_url=_stem("admin:agenda_speaker_change") if may_see_speakers(request) else "",
        move_url=plan_address("move", conference, 0).removesuffix("0/"),
        lengthen_url=plan_address("lengthen", conference, 0).removesuffix("0/"),
        order_url=plan_address("order", conference, 0).removesuffix("0/"),
    )


def _stem(name: str) -> str:
    """The address of change pages, up to where the number of what is changed stands."""
    return reverse(name, args=[0]).removesuffix("0/change/")


def may_see_speakers(request: HttpRequest) -> bool:
    return request.user.has_perm("agenda.view_speaker")


def _buttons(
    request: HttpRequest, conference: Conference, plan: Plan, sessions: list[Session], release: Release | None
) -> list[Button]:
    add, change = may(request, "add", Session), may(request, "change", Session)
    new = f"{reverse('admin:agenda_session_add')}?conference={conference.pk}"
    buttons = []
    if add:
        buttons += [
            Button(_("New session"), new, asks=True, look="primary" if not sessions else ""),
            Button(_("Type in a day …"), plan_address("type_in", conference), asks=True),
        ]
    if change and sessions:
        buttons += [
            Button(_("Shift from here …"), plan_address("shift", conference), asks=True),
            Button(_("Move a day …"), plan_address("move_day", conference), asks=True),
        ]
    if add and sessions:
        buttons.append(Button(_("Duplicate a day …"), plan_address("duplicate", conference), asks=True))
    if change and release:
        label = _("Back to release %(number)s …") % {"number": release.number}
        buttons.append(Button(label, plan_address("undo", conference), asks=True))
    if change and plan.set_aside is not None:
        buttons.append(Button(_("Bring back what was set aside …"), plan_address("bring_back", conference), asks=True))
    if may_see_speakers(request):
        speakers = list_address(Speaker, conference__id__exact=conference.pk)
        buttons.append(Button(_("Speakers"), speakers, asks=True))
    if may(request, "change", Plan):
        buttons.append(Button(_("Hours and deadlines"), plan_address("settings", conference), asks=True))
    if add and change:
        upload = f"{reverse('admin:agenda_import_upload')}?conference={conference.pk}"
        buttons.append(Button(_("Import …"), upload, asks=True))
    if may(request, "add", Release) and sessions:
        buttons.append(Button(_("Publish …"), plan_address("publish", conference), asks=True, look="primary"))
    return buttons


def _papers(conference: Conference, release: Release | None) -> list[tuple[str, str]]:
    """What can be opened, printed or taken elsewhere."""
    offered = [
        (_("Preview as readers will see it"), "agenda:preview"),
        (_("Run-of-show (PDF)"), "agenda:run_of_show"),
        (_("Door signs (PDF)"), "agenda:door_signs"),
        (_("Room signs (PDF)"), "agenda:room_signs"),
    ]
    if release and conference.is_published:
        offered += [
            (_("Public page"), "agenda:programme"),
            (_("Programme (PDF)"), "agenda:programme_pdf"),
            (_("Screens of the rooms"), "agenda:screens"),
            (_("Excel"), "agenda:xlsx"),
            (_("schedule.json"), "agenda:schedule_json"),
        ]
    return [(label, reverse(name, args=[conference.slug])) for label, name in offered]


# The whole programme --------------------------------------------------------------------------


@change_plan
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, pk: int) -> HttpResponse:
    """The venue's hours and the speakers' deadlines."""
    conference = get_object_or_404(Conference, pk=pk)
    form = PlanForm(request.POST or None, instance=plan_of(conference))
    if form.is_valid():
        planning.save_plan(form.instance, changed=form.changed_data, by=request.user)
        messages.success(request, _("Saved."))
        return redirect(board_address(conference))
    return page(
        request,
        "admin/question.html",
        Plan,
        title=_("Hours and deadlines"),
        subject=conference,
        back=board_address(conference),
        submit=_("Save"),
        form=form,
    )


@change_sessions
@require_http_methods(["GET", "HEAD", "POST"])
def back_to_release(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks, saying what would change, and goes back to the newest release."""
    conference = get_object_or_404(Conference.objects.select_related("venue"), pk=pk)
    plan = plan_of(conference)
    release = newest_release(conference)
    if release is None:
        messages.error(request, _("There is no release yet to go back to."))
        return redirect(board_address(conference))
    if request.method == "POST":
        seen = moving.version_seen(request)
        return carry_out(
            request,
            lambda: planning.undo_to_release(conference, seen=seen, by=request.user),
            refusals=planning.PlanRefused,
            done=_("The working version is that of release %(number)s. What it was can be brought back.")
            % {"number": release.number},
            to=board_address(conference),
        )
    changes = differences.compare(working_programme(conference), release.programme)
    return page(
        request,
        "admin/agenda/plan/back.html",
        Plan,
        title=_("Back to release %(number)s?") % {"number": release.number},
        subject=conference,
        back=board_address(conference),
        submit=_("Go back to release %(number)s") % {"number": release.number},
        plan=plan,
        changes=changes,
        explanation=_("Nothing is lost: what the working version is now is set aside, and you can bring it back."),
    )


@change_sessions
@require_http_methods(["GET", "HEAD", "POST"])
def bring_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks, and takes the last return to a release back."""
    conference = get_object_or_404(Conference.objects.select_related("venue"), pk=pk)
    plan = plan_of(conference)
    if request.method == "POST":
        seen = moving.version_seen(request)
        return carry_out(
            request,
            lambda: planning.bring_back(conference, seen=seen, by=request.user),
            refusals=planning.PlanRefused,
            done=_("What was set aside is the working version again."),
            to=board_address(conference),
        )
    if plan.set_aside is None:
        messages.error(request, _("Nothing was set aside."))
        return redirect(board_address(conference))
    number = len(plan.set_aside)
    return page(
        request,
        "admin/agenda/plan/back.html",
        Plan,
        title=_("Bring back what was set aside?"),
        subject=conference,
        back=board_address(conference),
        submit=_("Bring it back"),
        plan=plan,
        changes=[],
        explanation=ngettext(
            "A working version of %(number)d session comes back. What you see now is set aside in its place.",
            "A working version of %(number)d sessions comes back. What you see now is set aside in its place.",
            number,
        )
        % {"number": number},
    )
