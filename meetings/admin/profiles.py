"""Organisers' page of the profiles: who takes part, what they say, and who is kept free of meetings."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conference import history
from conference.languages import language_name
from conference.models import Conference
from conference.organiser_admin import Button, ReadOnlyAdmin, ask, carry_out, change_address, list_address, may
from conference.requests import row_key
from meetings.directory import terms_of
from meetings.models import Profile, ProfileTerm
from meetings.services import profiles
from registrations.models import Participant


@admin.register(Profile)
class ProfileAdmin(ReadOnlyAdmin):
    """Read, and kept free of meetings or not. What a profile says is the participant's own."""

    lists_people = True
    list_display = ("person", "delegation", "opted_in", "no_meetings", "names_shown", "terms_ticked")
    list_filter = ("conference", "opted_in", "no_meetings", "names_shown", "participant__category")
    list_select_related = ("participant__delegation", "participant__conference")
    list_defer = ("text", "search")
    search_fields = ("participant__family_name", "participant__given_name", "participant__delegation__name")
    search_help_text = gettext_lazy("Name or delegation")
    ordering = ("participant__family_name", "participant__given_name", "pk")
    fields = (
        "person",
        "delegation",
        "opted_in",
        "opted_in_at",
        "no_meetings",
        "names_shown",
        "spoken",
        "seeks",
        "offers",
        "challenges",
        "text",
    )
    readonly_fields = fields
    change_form_template = "admin/meetings/profile.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Profile]:
        return super().get_queryset(request).annotate(ticks_count=Count("ticks"))

    def get_urls(self) -> list[URLPattern]:
        return [
            self.own_path("<int:pk>/free/", keep_free, name="free"),
            self.own_path("of/<int:conference>/free/", keep_somebody_free, name="free_somebody"),
            *super().get_urls(),
        ]

    def list_buttons(self, request: HttpRequest) -> list[Button]:
        conference = row_key(request.GET.get("conference__id__exact"))
        if not conference or not may(request, "change", Profile):
            return []
        return [Button(_("Keep somebody free of meetings"), self.own_address("free_somebody", conference), asks=True)]

    def buttons(self, request: HttpRequest, subject: Profile) -> list[Button]:
        if not may(request, "change", Profile):
            return []
        label = _("Allow meetings again") if subject.no_meetings else _("Keep free of meetings")
        return [Button(label, self.own_address("free", subject.pk), asks=True)]

    def page_context(self, request: HttpRequest, subject: Profile) -> dict[str, object]:
        return {"entries": history.of(subject)[:20]}

    @admin.display(description=gettext_lazy("name"), ordering="participant__family_name")
    def person(self, profile: Profile) -> str:
        return f"{profile.participant.family_name}, {profile.participant.given_name}"

    @admin.display(description=gettext_lazy("delegation"), ordering="participant__delegation__name")
    def delegation(self, profile: Profile) -> str:
        return profile.participant.delegation.name

    @admin.display(description=gettext_lazy("terms ticked"), ordering="ticks_count")
    def terms_ticked(self, profile: Any) -> int:
        return profile.ticks_count

    @admin.display(description=gettext_lazy("languages"))
    def spoken(self, profile: Profile) -> str:
        return ", ".join(language_name(code) for code in profile.languages)

    @admin.display(description=gettext_lazy("seeks"))
    def seeks(self, profile: Profile) -> str:
        return _terms(profile, ProfileTerm.Sense.SEEKS)

    @admin.display(description=gettext_lazy("offers"))
    def offers(self, profile: Profile) -> str:
        return _terms(profile, ProfileTerm.Sense.OFFERS)

    @admin.display(description=gettext_lazy("works on"))
    def challenges(self, profile: Profile) -> str:
        return _terms(profile, ProfileTerm.Sense.CHALLENGE)


def _terms(profile: Profile, sense: str) -> str:
    return " · ".join(terms_of([profile.pk])[profile.pk, sense])


change_profile = permission_required("meetings.change_profile", raise_exception=True)


@change_profile
def keep_free(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first: open requests are closed, and the others are told."""
    profile = get_object_or_404(
        Profile.objects.select_related("participant__delegation", "participant__conference"), pk=pk
    )
    name = profile.participant.full_name
    wanted = not profile.no_meetings
    if request.method == "POST":
        return carry_out(
            request,
            lambda: profiles.keep_free(profile.participant, no_meetings=wanted, by=request.user),
            refusals=profiles.ProfileRefused,
            done=_("%(name)s is kept free of meetings.") % {"name": name}
            if wanted
            else _("%(name)s may have meetings again.") % {"name": name},
            to=change_address(profile),
        )
    if wanted:
        title = _("Keep %(name)s free of meetings?") % {"name": name}
        explanation = _("Nobody finds or asks them any more. Open requests are closed, what is agreed stays.")
    else:
        title = _("Allow %(name)s to have meetings again?") % {"name": name}
        explanation = _("Others find and ask them again, if they have opted in themselves.")
    return ask(request, title=title, subject=profile, submit=_("Yes"), explanation=explanation)


class _WhoForm(forms.Form):
    """Any participant, also one who was never asked about meetings."""

    participant = forms.ModelChoiceField(
        Participant.objects.none(),
        label=gettext_lazy("Participant"),
        error_messages={"required": gettext_lazy("Choose somebody.")},
    )

    def __init__(self, *args: Any, conference: Conference, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Participant.objects.confirmed().filter(conference=conference)
        field = self.fields["participant"]
        field.queryset = people.exclude(meeting_profile__no_meetings=True).select_related("delegation")
        field.label_from_instance = lambda one: f"{one.family_name}, {one.given_name} ({one.delegation.name})"


@change_profile
def keep_somebody_free(request: HttpRequest, conference: int) -> HttpResponse:
    """For guests whom nobody may ask, before they are asked whether they want meetings."""
    found = get_object_or_404(Conference, pk=conference)
    form = _WhoForm(request.POST if request.method == "POST" else None, conference=found)
    if form.is_valid():
        participant = form.cleaned_data["participant"]
        return carry_out(
            request,
            lambda: profiles.keep_free(participant, no_meetings=True, by=request.user),
            refusals=profiles.ProfileRefused,
            done=_("%(name)s is kept free of meetings.") % {"name": participant.full_name},
            to=list_address(Profile, conference__id__exact=found.pk, no_meetings__exact=1),
        )
    return ask(
        request,
        title=_("Keep somebody free of meetings"),
        subject=found,
        form=form,
        submit=_("Keep free"),
        explanation=_("Nobody finds or asks them any more. Open requests are closed, what is agreed stays."),
    )
