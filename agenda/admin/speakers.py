"""Organisers' list of the speakers, and the page of each."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.db.models.functions import Coalesce, Lower
from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from agenda.admin import speaker_actions as actions
from agenda.models import Appearance, Presentation, Speaker
from agenda.parts import parts_of
from agenda.services import documents, speakers
from agenda.states import GONE, SpeakerStatus
from conference import history
from conference.organiser_admin import (
    Button,
    OrganiserAdmin,
    may,
)
from mailings.models import Mail

# What a participant's registration says already.
GUEST = ("title", "given_name", "family_name", "function", "organisation", "email", "language")


class SpeakerForm(forms.ModelForm):
    class Meta:
        model = Speaker
        fields: ClassVar = ["conference", "participant", *GUEST, "gender", "biography"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        participant, conference = data.get("participant"), data.get("conference")
        if participant and conference and participant.conference_id != conference.pk:
            self.add_error("participant", _("This participant belongs to another conference."))
        return data


@admin.register(Speaker)
class SpeakerAdmin(OrganiserAdmin):
    """Typed into is who somebody is; their word is recorded by the buttons."""

    lists_people = True
    form = SpeakerForm
    refusals = actions.REFUSALS
    list_display = ("name", "function_shown", "organisation_shown", "status", "sessions", "missing")
    list_filter = ("conference", "status")
    list_select_related = ("participant__delegation",)
    list_defer = ("message", "participant__dietary_needs", "participant__access_needs")
    search_fields = (
        "family_name",
        "given_name",
        "organisation",
        "email",
        "participant__family_name",
        "participant__given_name",
        "participant__delegation__name",
    )
    search_help_text = gettext_lazy("Name, organisation or delegation")
    actions: ClassVar = ["ask_chosen", "accepted_chosen"]
    # Thousands of participants fit into no drop-down list: the lens opens their own list with its search.
    raw_id_fields = ("participant",)
    change_form_template = "admin/agenda/speaker/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Speaker]:
        by_name = Lower(Coalesce("participant__family_name", "family_name"))
        return super().get_queryset(request).annotate(sorted_by=by_name).order_by("sorted_by", "pk")

    def get_readonly_fields(self, request: HttpRequest, obj: Speaker | None = None) -> tuple[str, ...]:
        """Another conference or participant would be another speaker: that is what replacing is for."""
        return ("conference", "participant", "status_shown", "message_shown") if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: Speaker | None = None) -> Any:
        profile = (gettext_lazy("For the programme"), {"fields": ("biography", "gender")})
        if obj is None:
            return (
                (None, {"fields": ("conference", "participant")}),
                (gettext_lazy("Guest from outside"), {"fields": GUEST}),
                profile,
            )
        word = ("status_shown", *(("message_shown",) if obj.message else ()))
        if obj.participant:
            return (None, {"fields": ("conference", "participant", *word)}), profile
        return (None, {"fields": ("conference", *word)}), (gettext_lazy("Person"), {"fields": GUEST}), profile

    @admin.display(description=gettext_lazy("status"))
    def status_shown(self, speaker: Speaker) -> str:
        return str(SpeakerStatus(speaker.status).label)

    @admin.display(description=gettext_lazy("message of the speaker"))
    def message_shown(self, speaker: Speaker) -> str:
        return speaker.message

    # The list -------------------------------------------------------------------------------------

    def prepare_rows(self, rows: list[Speaker]) -> None:
        missing = documents.missing_of(rows)
        found: dict[int, set[int]] = defaultdict(set)
        for model in (Appearance, Presentation):
            for speaker, session in model.objects.filter(speaker__in=rows).values_list("speaker", "session"):
                found[speaker].add(session)
        for row in rows:
            row.number_of_sessions = len(found[row.pk])  # type: ignore[attr-defined]
            row.missing_now = [] if row.status in GONE else missing[row.pk]  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("name"), ordering="sorted_by")
    def name(self, speaker: Speaker) -> str:
        source = speaker.participant or speaker
        return ", ".join(part for part in (source.family_name, source.given_name) if part)

    @admin.display(description=gettext_lazy("function"))
    def function_shown(self, speaker: Speaker) -> str:
        return speaker.function_now

    @admin.display(description=gettext_lazy("organisation"))
    def organisation_shown(self, speaker: Speaker) -> str:
        return speaker.organisation_now

    @admin.display(description=gettext_lazy("sessions"))
    def sessions(self, speaker: Any) -> int:
        return speaker.number_of_sessions

    @admin.display(description=gettext_lazy("still missing"), empty_value="")
    def missing(self, speaker: Any) -> str:
        return ", ".join(speaker.missing_now)

    @admin.action(description=gettext_lazy("Ask the selected"), permissions=["change"])
    def ask_chosen(self, request: HttpRequest, queryset: QuerySet[Speaker]) -> None:
        """The request to speak, to each of the ticked who can be asked; for the others it is said why not."""
        asked, refusals = speakers.ask_many(queryset, by=request.user)
        if asked:
            said = ngettext("%(number)d speaker is asked.", "%(number)d speakers are asked.", asked)
            messages.success(request, said % {"number": asked})
        for refusal in refusals:
            messages.warning(request, refusal)

    @admin.action(description=gettext_lazy("Record that the selected have accepted"), permissions=["change"])
    def accepted_chosen(self, request: HttpRequest, queryset: QuerySet[Speaker]) -> None:
        """Words that came by telephone or letter: the confirming mail goes to all of them who have an address."""
        accepted, refusals = speakers.accept_many(queryset, by=request.user)
        if accepted:
            said = ngettext("%(number)d acceptance is recorded.", "%(number)d acceptances are recorded.", accepted)
            messages.success(request, said % {"number": accepted})
        elif not refusals:
            messages.info(request, _("All of them had accepted already."))
        for refusal in refusals:
            messages.warning(request, refusal)

    # One speaker ----------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Speaker, form: Any, change: bool) -> None:
        speakers.save_speaker(obj, changed=form.changed_data if change else [], by=request.user)

    def delete_model(self, request: HttpRequest, obj: Speaker) -> None:
        speakers.remove_speaker(obj, by=request.user)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_delete_permission(self, request: HttpRequest, obj: Speaker | None = None) -> bool:
        """Who stands in the programme is replaced there first."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or not (obj.appearances.exists() or obj.presentations.exists()))

    def get_urls(self) -> list[URLPattern]:
        views: dict[str, Callable[..., Any]] = {
            "ask": actions.ask_one,
            "remind": actions.remind,
            "accept": actions.accept,
            "decline": actions.decline,
            "withdraw": actions.withdraw,
            "replace": actions.replace,
            "link": actions.link,
            "revoke": actions.revoke,
        }
        return [
            *(self.own_path(f"<int:pk>/{name}/", view, name=name) for name, view in views.items()),
            self.own_path("<int:pk>/documents/<uuid:key>/", actions.document, name="document"),
            self.own_path("<int:pk>/documents/<uuid:key>/public/", actions.document_public, name="document_public"),
            *super().get_urls(),
        ]

    def buttons(self, request: HttpRequest, subject: Speaker) -> list[Button]:
        if not may(request, "change", Speaker):
            return []

        def button(label: str, name: str, *, asks: bool = True, look: str = "") -> Button:
            return Button(label, self.own_address(name, subject.pk), asks=asks, look=look)

        status, found = subject.status, []
        if status == SpeakerStatus.ASKED:
            found += [
                button(_("Record an acceptance"), "accept", look="primary"),
                button(_("Record a refusal"), "decline"),
                button(_("Remind"), "remind", asks=False),
                button(_("Ask again"), "ask", asks=False),
            ]
        elif status == SpeakerStatus.ACCEPTED:
            found += [
                button(_("Remind of documents"), "remind", asks=False),
                button(_("Record a refusal"), "decline"),
            ]
        else:
            found += [
                button(_("Ask"), "ask", asks=False, look="primary"),
                button(_("Record an acceptance"), "accept"),
            ]
            if status == SpeakerStatus.PLANNED:
                found.append(button(_("Record a refusal"), "decline"))
        found.append(button(_("Replace by another person"), "replace"))
        found.append(button(_("Link to pass on"), "link"))
        if subject.status not in GONE:
            address = reverse("agenda:briefing", args=[subject.conference.slug, subject.code])
            found.append(Button(_("Briefing (PDF)"), address, asks=True))
        if subject.links.filter(revoked_at=None).exists():
            found.append(button(_("Revoke the links"), "revoke", look="danger"))
        if status != SpeakerStatus.WITHDRAWN:
            found.append(button(_("Withdraw"), "withdraw", look="danger"))
        return found

    def page_context(self, request: HttpRequest, subject: Speaker) -> dict[str, object]:
        mails = Mail.objects.filter(pk__in=subject.links.values("mail"))
        return {
            "parts": parts_of(subject),
            "documents": documents.current(subject),
            "missing_now": [] if subject.status in GONE else documents.missing_of([subject])[subject.pk],
            "may_change": may(request, "change", Speaker),
            "mails": mails.defer("text", "html", "sealed", "calendar").order_by("pk"),
            "entries": history.of(subject)[:20],
        }
