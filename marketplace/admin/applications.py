"""Organisers' pages of the applications: the list, one application with its marks, and what can be decided."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from conference import history
from conference.organiser_admin import (
    Button,
    ReadOnlyAdmin,
    ask,
    carry_out,
    change_address,
    may,
    page,
    succeeds,
)
from marketplace.admin.addresses import call_address, change_applications, tabs
from marketplace.forms import ApplicationForm
from marketplace.kinds import kinds_of
from marketplace.models import Call, Mark, StandApplication
from marketplace.queries import scores
from marketplace.services import applications, selection
from marketplace.services.applications import ApplicationRefused
from marketplace.services.selection import JUDGED, SelectionRefused
from marketplace.services.stands import NoStandFree
from marketplace.states import APPLICATION_TRANSITIONS, ApplicationStatus
from registrations.models import Delegation

REFUSALS = (ApplicationRefused, SelectionRefused, NoStandFree)


@admin.register(StandApplication)
class StandApplicationAdmin(ReadOnlyAdmin):
    """Read and decided here; its words are changed on a page of their own."""

    change_form_template = "admin/marketplace/standapplication/change_form.html"
    list_display = ("name", "delegation", "member_state", "kind", "status", "mark", "reviewers", "place")
    list_display_links = ("name",)
    list_filter = ("call", "kind", "status")
    list_defer = ("challenge", "approach", "results", "transferable", "seeks", "offers", "needs")
    search_fields = ("initiative", "delegation__name")
    ordering = ("-submitted_at", "-pk")
    fields = ("call", "delegation", "kind", "status", "contact", "submitted_at", "waiting_since", "is_example")

    def prepare_rows(self, rows: list[StandApplication]) -> None:
        found = {}
        for call in {row.call_id: row.call for row in rows}.values():
            found |= dict(scores(call))
        for row in rows:
            row.score = found.get(row.pk)  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("initiative"), ordering="initiative")
    def name(self, application: StandApplication) -> str:
        return str(application)

    @admin.display(description=gettext_lazy("Member State"), ordering="delegation__member_state")
    def member_state(self, application: StandApplication) -> str:
        return application.delegation.member_state_id or "–"

    @admin.display(description=gettext_lazy("mark"))
    def mark(self, application: Any) -> str:
        return f"{application.score.mark:.1f}" if application.score and application.score.mark is not None else "–"

    @admin.display(description=gettext_lazy("reviewers"))
    def reviewers(self, application: Any) -> int:
        return application.score.reviewers if application.score else 0

    @admin.display(description=gettext_lazy("place"))
    def place(self, application: StandApplication) -> str:
        stand = getattr(application, "stand", None)
        return str(stand.place or "–") if stand and stand.released_at is None else "–"

    def get_queryset(self, request: HttpRequest) -> QuerySet[StandApplication]:
        found = super().get_queryset(request)
        return found.select_related("delegation__member_state", "call__conference", "conference", "stand__place")

    def list_buttons(self, request: HttpRequest) -> list[Button]:
        if not may(request, "change", StandApplication):
            return []
        newest = Call.objects.order_by("-conference__held_on").first()
        if newest is None:
            return []
        return [
            Button(_("Write one for a delegation"), self.own_address("write", newest.pk), asks=True),
            Button(_("Read and mark"), call_address("read", newest), asks=True, look="primary"),
        ]

    def buttons(self, request: HttpRequest, subject: StandApplication) -> list[Button]:
        if not may(request, "change", StandApplication):
            return []
        following = APPLICATION_TRANSITIONS.get(subject.status, set())
        buttons = []
        if ApplicationStatus.SUBMITTED in following and subject.status == ApplicationStatus.DRAFT:
            buttons.append(Button(_("Submit for the delegation"), self.own_address("submit", subject.pk)))
        for status, name, label, look in (
            (ApplicationStatus.ACCEPTED, "accept", _("Give a stand …"), "primary"),
            (ApplicationStatus.WAITING, "wait", _("Waiting list …"), ""),
            (ApplicationStatus.DECLINED, "decline", _("Decline …"), ""),
        ):
            if status in following:
                buttons.append(Button(label, self.own_address(name, subject.pk), asks=True, look=look))
        buttons.append(Button(_("Change the words"), self.own_address("edit", subject.pk), asks=True))
        if ApplicationStatus.WITHDRAWN in following:
            buttons.append(Button(_("Withdraw …"), self.own_address("withdraw", subject.pk), asks=True, look="danger"))
        return buttons

    def page_context(self, request: HttpRequest, subject: StandApplication) -> dict[str, object]:
        marks = Mark.objects.filter(application=subject).select_related("criterion", "reviewer")
        stand = getattr(subject, "stand", None)
        return {
            "application": subject,
            "conference": subject.conference,
            "tabs": list(tabs(subject.call)),
            "marks": list(marks.order_by("reviewer__email", "criterion__position", "criterion")),
            "score": scores(subject.call).get(subject.pk),
            "is_judged": subject.status in JUDGED,
            "read_address": call_address("read", subject.call),
            "stand": stand if stand and stand.released_at is None else None,
            "hall_address": call_address("hall", subject.call),
            "entries": history.of(subject)[:10],
        }

    def get_urls(self) -> list[URLPattern]:
        return [
            self.own_path("write/<int:pk>/", write, name="write"),
            self.own_path("<int:pk>/edit/", edit, name="edit"),
            self.own_path("<int:pk>/submit/", submit, name="submit"),
            self.own_path("<int:pk>/accept/", _decision(**_ACCEPT), name="accept"),
            self.own_path("<int:pk>/wait/", _decision(**_WAIT), name="wait"),
            self.own_path("<int:pk>/decline/", _decision(**_DECLINE), name="decline"),
            self.own_path("<int:pk>/withdraw/", _decision(**_WITHDRAW), name="withdraw"),
            *super().get_urls(),
        ]


def _application(pk: int) -> StandApplication:
    found = StandApplication.objects.select_related("call__conference__venue", "delegation__organisation", "conference")
    return get_object_or_404(found, pk=pk)


# Deciding one ---------------------------------------------------------------------------------

_ACCEPT: dict[str, Any] = {
    "change": selection.accept,
    "title": gettext_lazy("Give a stand?"),
    "explanation": gettext_lazy("The delegation gets the mail “A stand is given” at once."),
    "label": gettext_lazy("Give the stand"),
    "done": gettext_lazy("The stand is given; the mail is queued."),
}
_WAIT: dict[str, Any] = {
    "change": selection.put_on_waiting_list,
    "title": gettext_lazy("Put on the waiting list?"),
    "explanation": gettext_lazy("At its end. The next stand that falls free goes to its first, by itself."),
    "label": gettext_lazy("Put on the waiting list"),
    "done": gettext_lazy("It is on the waiting list; the mail is queued."),
}
_DECLINE: dict[str, Any] = {
    "change": selection.decline,
    "title": gettext_lazy("Decline this application?"),
    "explanation": gettext_lazy("The delegation gets a mail with thanks. This cannot be taken back."),
    "label": gettext_lazy("Decline"),
    "done": gettext_lazy("It is declined; the mail is queued."),
}
_WITHDRAW: dict[str, Any] = {
    "change": applications.withdraw,
    "title": gettext_lazy("Withdraw for the delegation?"),
    "explanation": gettext_lazy("A stand that it has goes to the next on the waiting list at once."),
    "label": gettext_lazy("Withdraw"),
    "done": gettext_lazy("It is withdrawn; the mail is queued."),
    "danger": True,
}


def _decision(
    *, change: Callable[..., object], title: Any, explanation: Any, label: Any, done: Any, danger: bool = False
) -> Callable[..., HttpResponse]:
    """A page that asks, and then decides about one application."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @change_applications
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        application = _application(pk)
        if request.method == "POST":
            return carry_out(
                request,
                lambda: change(application, by=request.user),
                refusals=REFUSALS,
                done=str(done),
                to=change_address(application),
            )
        return ask(request, title=title, subject=application, submit=label, explanation=explanation, danger=danger)

    return view


@require_POST
@change_applications
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Also after the deadline: what came late is the organisers' to decide."""
    application = _application(pk)
    return carry_out(
        request,
        lambda: applications.submit(application, by=request.user, as_organiser=True),
        refusals=REFUSALS,
        done=_("It is submitted; the receipt is queued."),
        to=change_address(application),
    )


# Writing for a delegation -----------------------------------------------------------------------


class WriteForm(forms.Form):
    delegation = forms.ModelChoiceField(
        label=gettext_lazy("Delegation"),
        queryset=Delegation.objects.none(),
        help_text=gettext_lazy("Those that have no application."),
    )

    def __init__(self, *args: Any, call: Call, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        applied = call.applications.exclude(status=ApplicationStatus.WITHDRAWN).values("delegation")
        self.fields["delegation"].queryset = (  # type: ignore[attr-defined]
            Delegation.objects.filter(conference=call.conference_id).exclude(pk__in=applied).order_by("name")
        )


@require_http_methods(["GET", "HEAD", "POST"])
@change_applications
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Begins an application for a delegation that does not do it itself."""
    call = get_object_or_404(Call.objects.select_related("conference__venue"), pk=pk)
    form = WriteForm(request.POST if request.method == "POST" else None, call=call)
    if form.is_valid():
        delegation = form.cleaned_data["delegation"]
        content = applications.Content(fields={"kind": kinds_of(delegation)[0].value})
        begun: list[StandApplication] = []
        if succeeds(
            form,
            lambda: begun.append(applications.save(call, delegation, content, by=request.user, as_organiser=True)),
            refusals=(ApplicationRefused,),
        ):
            return redirect("admin:marketplace_standapplication_edit", begun[0].pk)
    return ask(request, title=_("Write an application for a delegation"), subject=call, submit=_("Begin"), form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@change_applications
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of the delegations, without their deadline."""
    application = _application(pk)
    is_draft = application.status == ApplicationStatus.DRAFT
    form = ApplicationForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        call=application.call,
        delegation=application.delegation,
        application=application,
        complete=not is_draft,
    )
    if form.is_valid():
        try:
            applications.save(
                application.call,
                application.delegation,
                form.content(),
                by=request.user,
                application=application,
                seen=form.cleaned_data["seen"],
                as_organiser=True,
            )
        except applications.EditedMeanwhile as refusal:
            form.add_error(None, str(refusal))
            application.refresh_from_db()
            form.with_version(application.changed_at.isoformat())
        except ApplicationRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return carry_out(
                request, lambda: None, refusals=(), done=_("The words are saved."), to=change_address(application)
            )
    with timezone.override(application.conference.zone):
        return page(
            request,
            "admin/marketplace/standapplication/edit.html",
            StandApplication,
            title=_("Change the words"),
            subject=application,
            back=change_address(application),
            application=application,
            conference=application.conference,
            delegation=application.delegation,
            form=form,
            # Organisers save; submitting is a button of its own.
            is_draft=False,
            tabs=list(tabs(application.call)),
        ).render()  # type: ignore[attr-defined]
