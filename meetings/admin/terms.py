"""Organisers' page of the terms: what participants tick as sought, offered or worked on."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from conference.models import Conference
from conference.organiser_admin import Button, OrganiserAdmin, carry_out, list_address, may
from conference.requests import row_key
from meetings.models import Term
from meetings.services import terms
from meetings.services.terms import TermRefused


@admin.register(Term)
class TermAdmin(OrganiserAdmin):
    """A term that somebody has ticked is retired, not deleted: it stays with them and is offered to nobody else."""

    list_display = ("name", "kind", "position", "ticked", "is_retired")
    list_filter = ("conference", "kind", "is_retired")
    search_fields = ("name",)
    search_help_text = gettext_lazy("Name")
    ordering = ("conference", "kind", "position", "name")
    fields = ("conference", "kind", "name", "position", "is_retired")
    refusals = TermRefused

    def get_readonly_fields(self, request: HttpRequest, obj: Term | None = None) -> tuple[str, ...]:
        return ("conference", "kind") if obj else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Term]:
        return super().get_queryset(request).annotate(ticks_count=Count("ticks__profile", distinct=True))

    @admin.display(description=gettext_lazy("ticked by"), ordering="ticks_count")
    def ticked(self, term: Any) -> int:
        return term.ticks_count

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The conference of the list that one comes from."""
        return {"conference": _conference_of_list(request)}

    def save_model(self, request: HttpRequest, obj: Term, form: forms.ModelForm, change: bool) -> None:
        terms.save(obj, by=request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Term | None = None) -> bool:
        """Only what nobody has ticked."""
        return super().has_delete_permission(request, obj) and (obj is None or not obj.ticks.exists())

    def delete_model(self, request: HttpRequest, obj: Term) -> None:
        terms.delete(obj, by=request.user)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Deleting many at once would delete what participants said."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def get_urls(self) -> list[URLPattern]:
        return [self.own_path("<int:conference>/starter-list/", add_starter_list, name="starter"), *super().get_urls()]

    def list_buttons(self, request: HttpRequest) -> list[Button]:
        conference = _conference_of_list(request)
        if not conference or not may(request, "add", Term):
            return []
        return [Button(_("Add the starter list"), self.own_address("starter", conference))]


def _conference_of_list(request: HttpRequest) -> int | None:
    """The one that the list is filtered by, else the next one."""
    if chosen := row_key(request.GET.get("conference__id__exact")):
        return chosen
    return Conference.objects.order_by("-held_on").values_list("pk", flat=True).first()


@permission_required("meetings.add_term", raise_exception=True)
def add_starter_list(request: HttpRequest, conference: int) -> HttpResponse:
    """Topics and challenges of preventing radicalisation, to begin with; those that are there already stay."""
    found = get_object_or_404(Conference, pk=conference)
    back = list_address(Term, conference__id__exact=found.pk)
    if request.method != "POST":
        return redirect(back)
    number = terms.add_starter_list(found, by=request.user)
    done = ngettext("%(number)d term is added.", "%(number)d terms are added.", number) % {"number": number}
    return carry_out(request, lambda: None, refusals=(), done=done, to=back)
