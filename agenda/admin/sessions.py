"""Organisers' pages of one session: what it is, who speaks, what is presented."""

import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agenda import warnings
from agenda.admin.addresses import board_address, plan_address
from agenda.admin.forms import clock
from agenda.admin.session_forms import (
    DELEGATIONS,
    SPEAKERS,
    AppearanceForm,
    OrderedRows,
    PresentationForm,
    SessionForm,
)
from agenda.models import Appearance, Presentation, Session, Speaker
from agenda.services import planning
from conference.formsets import LimitedRows
from conference.models import Conference
from conference.organiser_admin import Button, OrganiserAdmin, may
from conference.requests import row_key


class AppearanceInline(LimitedRows, admin.StackedInline):
    model = Appearance
    form, formset = AppearanceForm, OrderedRows
    fields = (("speaker", "role", "position"),)
    ordering = ("position", "pk")
    extra = 1

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appearance]:
        return super().get_queryset(request).select_related("speaker__participant")


class PresentationInline(LimitedRows, admin.StackedInline):
    model = Presentation
    form, formset = PresentationForm, OrderedRows
    fields = (("title", "minutes", "position"), ("delegation", "speaker"), "abstract")
    ordering = ("position", "pk")
    extra = 1


@admin.register(Session)
class SessionAdmin(OrganiserAdmin):
    """Saved under the plan's lock. Who saves over somebody else's change is told first, with all they typed."""

    form = SessionForm
    inlines: ClassVar = [AppearanceInline, PresentationInline]
    change_form_template = "admin/agenda/session/change_form.html"
    list_display = ("title", "kind", "begins", "minutes", "room", "conference")
    list_filter = ("conference", "kind")
    list_select_related = ("room", "conference")
    list_defer = ("abstract", "note", "question")
    search_fields = ("title", "code")
    ordering = ("starts_at", "number")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("conference", "seen"),
                    ("kind", "title"),
                    ("day", "time", "minutes"),
                    "room",
                    "languages",
                    "question",
                    "abstract",
                    "note",
                )
            },
        ),
    )

    # Lists ------------------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("begins"), ordering="starts_at")
    def begins(self, session: Session) -> str:
        local = session.starts_at.astimezone(session.conference.zone)
        return formats.date_format(local, "SHORT_DATETIME_FORMAT")

    # Those who may only look see what the form asks for, too.
    @admin.display(description=gettext_lazy("Day"))
    def day(self, session: Session) -> str:
        return formats.date_format(session.starts_at.astimezone(session.conference.zone))

    @admin.display(description=gettext_lazy("Begins"))
    def time(self, session: Session) -> str:
        return clock(session.starts_at, session.conference)

    @admin.display(description=gettext_lazy("version"))
    def seen(self, session: Session) -> int:
        return session.version

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        return super().get_queryset(request).select_related("conference__venue", "room")

    # Forms ------------------------------------------------------------------------------------

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """After the last session of the conference's programme, in its room; the address may say otherwise."""
        given = super().get_changeform_initial_data(request)
        conference = Conference.objects.filter(pk=row_key(given.get("conference"))).first()
        if conference is None:
            return given
        last = Session.objects.filter(conference=conference).in_order().last()
        starts_at = last.ends_at if last else conference.starts_at
        local = starts_at.astimezone(conference.zone)
        found = {
            "day": local.date(),
            "time": local.time().replace(second=0, microsecond=0),
            "minutes": 60,
            "room": last.room_id if last else None,
            "languages": conference.languages,
        }
        return {**found, **_readable(given)}

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A session belongs to one conference from the first: the newest, where the address names none."""
        if request.method == "GET" and "conference" not in request.GET:
            newest = Conference.objects.order_by("-held_on").values_list("pk", flat=True).first()
            if newest is None:
                return redirect("admin:conference_conference_add")
            return redirect(f"{request.path}?conference={newest}")
        return super().add_view(request, form_url, extra_context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        # From here on no other organiser changes this programme, so what is compared is what is overwritten.
        with transaction.atomic():
            session = self.get_object(request, object_id) if object_id else None
            conference = session.conference if session else _named_conference(request)
            if conference is not None:
                planning.lock(conference)
                if session is not None and not Session.objects.filter(pk=session.pk).exists():
                    session = None
                if session is None and request.user.has_perm("agenda.add_session"):
                    # Deleted while it was edited: what was typed can become a session of its own.
                    object_id = None
            return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        form = context["adminform"].form
        conference = getattr(form.instance, "conference", None) if form.instance.conference_id else None
        formsets = [inline.formset for inline in context["inline_admin_formsets"]]
        lists = {name: of for formset in formsets for name, of in getattr(formset, "names", {}).items()}
        context.update(
            conference=conference,
            back=board_address(conference) if conference else "",
            name_lists=[
                (list_id, lists[name].words)
                for name, list_id in (("speaker", SPEAKERS), ("delegation", DELEGATIONS))
                if name in lists
            ],
            new_speaker=_new_speaker(request, conference),
            stored=_stored(form, formsets),
            is_outdated=getattr(form, "is_outdated", False),
        )
        return super().render_change_form(request, context, *args, **kwargs)

    def page_context(self, request: HttpRequest, subject: Session) -> dict[str, object]:
        found = warnings.find(subject.conference) if request.method == "GET" else []
        return {
            "open_warnings": [
                warning for warning in found if warning.is_open and warning.session and warning.session.pk == subject.pk
            ],
            "warnings_url": plan_address("warnings", subject.conference),
        }

    def buttons(self, request: HttpRequest, subject: Session) -> list[Button]:
        conference = subject.conference
        buttons = [Button(_("Planning board"), f"{board_address(conference)}#session-{subject.pk}", asks=True)]
        if may(request, "change", Session):
            buttons += [
                Button(_("Move …"), plan_address("move", conference, subject.pk), asks=True),
                Button(_("Lengthen …"), plan_address("lengthen", conference, subject.pk), asks=True),
                Button(_("Shift from here …"), plan_address("shift", conference, session=subject.pk), asks=True),
            ]
        return buttons

    # Saving -----------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Session, form: SessionForm, change: bool) -> None:
        """`save_related` saves it: only then is it known whether people and presentations changed."""

    def save_related(self, request: HttpRequest, form: SessionForm, formsets: list[Any], change: bool) -> None:
        related = [formset.model for formset in formsets if formset.has_changed()]
        names = [_RELATED[model] for model in related if model in _RELATED]
        if not change or form.changed_fields or names:
            planning.save_session(
                form.instance,
                seen=form.instance.version if change else None,
                changed=[*form.changed_fields, *names] if change else [],
                by=request.user,
            )
        super().save_related(request, form, formsets, change)

    def delete_model(self, request: HttpRequest, obj: Session) -> None:
        planning.delete_session(obj, by=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        for session in queryset:
            planning.delete_session(session, by=request.user)

    # Where it leads next: to the board ----------------------------------------------------------

    def response_add(self, request: HttpRequest, obj: Session, post_url_continue: str | None = None) -> HttpResponse:
        response = super().response_add(request, obj, post_url_continue)
        if "_addanother" in request.POST:
            return redirect(f"{reverse('admin:agenda_session_add')}?conference={obj.conference_id}")
        return response

    def response_post_save_add(self, request: HttpRequest, obj: Session) -> HttpResponse:
        return redirect(f"{board_address(obj.conference)}#session-{obj.pk}")

    def response_post_save_change(self, request: HttpRequest, obj: Session) -> HttpResponse:
        return redirect(f"{board_address(obj.conference)}#session-{obj.pk}")

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        session = self.get_object(request, object_id)
        response = super().delete_view(request, object_id, extra_context)
        is_gone = request.method == "POST" and session and response.status_code == 302
        return redirect(board_address(session.conference)) if is_gone else response


_RELATED: dict[type[models.Model], str] = {Appearance: "appearances", Presentation: "presentations"}


def _readable(given: dict[str, Any]) -> dict[str, Any]:
    """Day and time as an address says them; what is neither is left to the form."""
    read = dict(given)
    for name, reader in (("day", datetime.date.fromisoformat), ("time", datetime.time.fromisoformat)):
        if name in read:
            try:
                read[name] = reader(read[name])
            except ValueError:
                del read[name]
    return read


def _named_conference(request: HttpRequest) -> Conference | None:
    return Conference.objects.filter(pk=row_key(request.POST.get("conference"))).first()


def _new_speaker(request: HttpRequest, conference: Conference | None) -> str:
    """Where a speaker is added, for those who may."""
    if conference is None or not may(request, "add", Speaker):
        return ""
    return f"{reverse('admin:agenda_speaker_add')}?conference={conference.pk}"


def _stored(form: SessionForm, formsets: list[OrderedRows]) -> list[tuple[str, list[str], list[str]]]:
    """What was saved meanwhile beside what was typed: label, stored, typed. Empty where nobody else saved."""
    if not getattr(form, "is_outdated", False) or form.instance.pk is None:
        return []
    rows = [(label, [stored], [typed]) for label, stored, typed in form.stored]
    for formset in formsets:
        stored, typed = formset.stored_in_words(), formset.in_words()
        if stored != typed:
            rows.append((str(formset.model._meta.verbose_name_plural).capitalize(), stored, typed))
    return rows
