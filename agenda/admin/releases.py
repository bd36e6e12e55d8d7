"""Organisers publish the working version, and read what was published when, by whom and with which changes."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from agenda.admin.addresses import board_address, plan_address
from agenda.admin.moving import version_seen
from agenda.models import Reader, Release
from agenda.services import planning
from agenda.services import releases as service
from conference.authors import author_column
from conference.models import Conference
from conference.organiser_admin import Button, ReadOnlyAdmin, page


class PublishForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Note for readers"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Such as: the opening begins ten minutes later. It stands on the public page."),
    )
    anyway = forms.BooleanField(
        label=gettext_lazy("I have seen these warnings and publish anyway"),
        required=True,
        error_messages={"required": gettext_lazy("Look at the warnings, then confirm that you publish anyway.")},
    )

    def __init__(self, *args: Any, warns: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not warns:
            del self.fields["anyway"]


@permission_required("agenda.add_release", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows what publishing means, and publishes what was shown; another programme or warning is shown first."""
    conference = get_object_or_404(Conference.objects.select_related("venue"), pk=pk)
    # Which warnings were on the page is what the page itself says.
    confirmed = set(request.POST.getlist("confirmed"))
    form = PublishForm(request.POST if request.method == "POST" else None, warns=bool(confirmed))
    if form.is_valid():
        try:
            release = service.publish(
                conference,
                note=form.cleaned_data["note"],
                seen=version_seen(request),
                confirmed=confirmed,
                by=request.user,
            )
        except planning.PlanRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Release %(number)s is published.") % {"number": release.number})
            return redirect(board_address(conference))
    preview = service.preview(conference)
    form = _with_present_warnings(form, preview, confirmed)
    return page(
        request,
        "admin/agenda/release/publish.html",
        Release,
        title=_("Publish the programme"),
        subject=conference,
        back=board_address(conference),
        conference=conference,
        form=form,
        preview=preview,
        readers_told=_readers_told(conference, preview),
        warnings_url=plan_address("warnings", conference),
        session_url=reverse("admin:agenda_session_change", args=[0]).removesuffix("0/change/"),
        preview_url=reverse("agenda:preview", args=[conference.slug]),
        session_count=len(preview.programme.sessions),
        submit=_("Publish")
        if preview.is_first
        else _("Publish release %(number)s") % {"number": _next_number(conference)},
    )


def _with_present_warnings(form: PublishForm, preview: service.Preview, confirmed: set[str]) -> PublishForm:
    """The form that asks about the warnings of this moment. What was typed stays; what was confirmed stays only where
    nothing came up since."""
    present = {warning.key for warning in preview.warnings}
    if not form.is_bound:
        return PublishForm(warns=bool(present))
    if present <= confirmed and bool(present) == bool(confirmed):
        return form
    data = form.data.copy()
    data.pop("anyway", None)
    fresh = PublishForm(data, warns=bool(present))
    for message in form.non_field_errors():
        fresh.add_error(None, message)
    return fresh


def _next_number(conference: Conference) -> int:
    newest = Release.objects.filter(conference=conference).order_by("-number").values_list("number", flat=True).first()
    return (newest or 0) + 1


def _readers_told(conference: Conference, preview: service.Preview) -> int:
    """Who asked to be told of changes."""
    if not preview.changes:
        return 0
    return Reader.objects.filter(conference=conference, wants_changes=True, user__is_active=True).count()


@admin.register(Release)
class ReleaseAdmin(ReadOnlyAdmin):
    """What was published stays as it was."""

    list_display = ("name", "conference", "published_at", "by", "number_of_changes", "note")
    list_display_links = ("name",)
    list_filter = ("conference",)
    list_select_related = ("conference", "published_by")
    list_defer = ("content", "working_copy")
    search_fields = ("note",)
    ordering = ("-published_at", "-pk")
    change_form_template = "admin/agenda/release/change_form.html"
    fields = ("conference", "number", "published_at", "by", "note")

    by = staticmethod(author_column("published_by", description=gettext_lazy("by")))

    @admin.display(description=gettext_lazy("release"), ordering="number")
    def name(self, release: Release) -> str:
        return _("Release %(number)s") % {"number": release.number}

    @admin.display(description=gettext_lazy("changes"))
    def number_of_changes(self, release: Release) -> int:
        return len(release.changes)

    def buttons(self, request: HttpRequest, subject: Release) -> list[Button]:
        conference = subject.conference
        public = reverse("agenda:programme", args=[conference.slug])
        return [
            Button(_("Planning board"), board_address(conference), asks=True),
            Button(_("What the public sees now"), public, asks=True),
        ]

    def page_context(self, request: HttpRequest, subject: Release) -> dict[str, object]:
        programme = subject.programme
        return {
            "programme_days": [
                (day, [(session, programme.local(session.starts_at)) for session in sessions])
                for day, sessions in programme.days
            ],
            "summary": ngettext("%d session", "%d sessions", len(programme.sessions)) % len(programme.sessions),
        }

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        response = super().render_change_form(request, context, *args, **kwargs)
        if context["original"] is not None:
            title = _("Release %(number)s") % {"number": context["original"].number}
            response.context_data.update(title=title, subtitle=context["original"].conference.title)
        return response
