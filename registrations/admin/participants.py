"""Organisers' pages of the participants: confirmed, waiting, gone."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conference import history
from conference.models import MemberState
from conference.organiser_admin import (
    Button,
    OfferedFilter,
    ReadOnlyAdmin,
    ask,
    carry_out,
    change_address,
    may,
    succeeds,
)
from conference.transitions import TransitionRefused
from registrations.admin import arrivals
from registrations.door import Filters
from registrations.forms import PersonForm, initial_of
from registrations.models import Participant
from registrations.permissions import can_see_special_needs
from registrations.queries import positions
from registrations.services import address_changes, places, replies
from registrations.states import ParticipantStatus

change_participant = permission_required("registrations.change_participant", raise_exception=True)

REFUSALS = (replies.ReplyRefused, TransitionRefused)
SPECIAL_NEEDS = ("dietary_needs", "access_needs")


class ParticipantMemberStateFilter(OfferedFilter):
    title = gettext_lazy("Member State")
    parameter_name = "member_state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(state.code, state.name) for state in MemberState.objects.all()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Participant]) -> QuerySet[Participant]:
        return queryset.filter(delegation__member_state=self.value()) if self.value() else queryset


@admin.register(Participant)
class ParticipantAdmin(ReadOnlyAdmin):
    lists_people = True
    list_display = ("full_name", "function", "delegation", "category", "status", "seat_no", "place_no", "waits_for")
    list_filter = ("conference", "status", "category", "waiting_for", ParticipantMemberStateFilter, "role")
    list_select_related = ("delegation",)
    list_defer = ("dietary_needs", "access_needs", "delegation__remarks")
    search_fields = ("family_name", "given_name", "email", "delegation__name")
    search_help_text = gettext_lazy("Name, e-mail address or delegation")
    ordering = ("family_name", "given_name", "pk")
    change_form_template = "admin/registrations/participant/change_form.html"
    # The page on the site is the participant's own: organisers would not find it.
    view_on_site = False

    def get_fieldsets(self, request: HttpRequest, obj: Participant | None = None) -> Any:
        needs: tuple[Any, ...] = ()
        if can_see_special_needs(request.user):
            needs = ((gettext_lazy("Needs"), {"fields": SPECIAL_NEEDS}),)
        return (
            (
                None,
                {
                    "fields": (
                        "status",
                        "delegation",
                        "category",
                        "role",
                        "seat_no",
                        "place_no",
                        "waits_for",
                        "replaces",
                    )
                },
            ),
            (
                gettext_lazy("Person"),
                {"fields": ("title", "given_name", "family_name", "function", "email", "language", "departure_city")},
            ),
            *needs,
            (
                gettext_lazy("When"),
                {"fields": ("registered_at", "waiting_since", "withdrawn_at", "checked_in_at", "invitation", "user")},
            ),
        )

    def prepare_rows(self, rows: list[Participant]) -> None:
        found = positions(rows)
        for participant in rows:
            participant.position_in_line = found.get(participant.pk)  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("name"), ordering="family_name")
    def full_name(self, participant: Participant) -> str:
        return f"{participant.family_name}, {participant.given_name}"

    @admin.display(description=gettext_lazy("waits for"), empty_value="")
    def waits_for(self, participant: Any) -> str:
        """What for, and the position in that line."""
        if participant.status != ParticipantStatus.WAITING:
            return ""
        position = getattr(participant, "position_in_line", None) or places.position(participant)
        return f"{participant.get_waiting_for_display()}, {position}."

    def get_urls(self) -> list[URLPattern]:
        return [
            self.own_path("arrivals/<int:pk>/", arrivals.arrivals_page, name="arrivals"),
            self.own_path("arrivals/<int:pk>/sums/", arrivals.arrivals_sums, name="arrivals_sums"),
            self.own_path("arrivals/<int:pk>/record/", arrivals.record_arrival, name="record_arrival"),
            self.own_path("arrivals/<int:pk>/attendance-list.pdf", arrivals.attendance_list, name="attendance_list"),
            self.own_path("<int:pk>/edit/", change, name="edit"),
            self.own_path("<int:pk>/replace/", replace, name="replace"),
            self.own_path("<int:pk>/withdraw/", withdraw, name="withdraw"),
            *super().get_urls(),
        ]

    def buttons(self, request: HttpRequest, subject: Participant) -> list[Button]:
        if not subject.is_active or not may(request, "change", Participant):
            return []
        at_the_door = Filters(subject.full_name).query
        return [
            Button(_("Check-in"), f"{self.own_address('arrivals', subject.conference_id)}?{at_the_door}", asks=True),
            Button(_("Correct"), self.own_address("edit", subject.pk), asks=True),
            Button(_("Replace by another person"), self.own_address("replace", subject.pk), asks=True),
            Button(_("Withdraw"), self.own_address("withdraw", subject.pk), asks=True, look="danger"),
        ]

    def page_context(self, request: HttpRequest, subject: Participant) -> dict[str, object]:
        record_view_of_needs(request, subject)
        return {
            "consents": subject.consents.select_related("notice").order_by("purpose", "-at", "-pk"),
            "entries": history.of(subject)[:20],
        }


def record_view_of_needs(request: HttpRequest, participant: Participant) -> None:
    """Notes who saw the dietary and access needs of whom, where there are some and the organiser may see them."""
    if can_see_special_needs(request.user) and any(getattr(participant, name) for name in SPECIAL_NEEDS):
        history.record_view(participant, _("dietary and access needs"), by=request.user)


def _participant(pk: int) -> Participant:
    return get_object_or_404(Participant.objects.select_related("conference__venue", "delegation", "invitation"), pk=pk)


class _RecordedPerson(PersonForm):
    """A person as an organiser records them: no consents, which are their own, and no needs that are not theirs to see.

    `kept` are the needs that stay as they are where the organiser does not see them.
    """

    def __init__(self, *args: Any, request: HttpRequest, kept: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, roles=list(Participant.Role.values), consents=False, asked=(), **kwargs)
        self.kept = {} if can_see_special_needs(request.user) else kept
        if self.kept:
            for name in (*SPECIAL_NEEDS, "needs_agreed"):
                del self.fields[name]
        self.fields["role"].label = _("Comes as")

    def clean(self) -> dict[str, Any]:
        return {**(super().clean() or {}), **self.kept}


@change_participant
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Corrects what is known of the same person."""
    participant = _participant(pk)
    form = _RecordedPerson(
        request.POST or None,
        request=request,
        kept={name: getattr(participant, name) for name in SPECIAL_NEEDS},
        conference=participant.conference,
        initial=initial_of(participant),
    )
    if request.method == "POST" and form.is_valid():

        def correct() -> None:
            replies.change(participant, form.person(), by=request.user)

        if succeeds(form, correct, refusals=REFUSALS):
            return _said(request, participant, _saved(participant))
    record_view_of_needs(request, participant)
    return ask(
        request,
        title=_("Correct the registration"),
        subject=participant,
        form=form,
        submit=_("Save"),
        explanation=_(
            "A new name or title goes out in a new confirmation. A new e-mail address counts once the person has "
            "confirmed it from there; the old one is notified and can stop the change."
        ),
    )


def _saved(participant: Participant) -> str:
    waiting = address_changes.of(participant)
    if waiting is None:
        return _("The changes are saved.")
    return _("Saved. The new address counts once it is confirmed: %(email)s has a mail with a link.") % {
        "email": waiting.email
    }


@change_participant
def replace(request: HttpRequest, pk: int) -> HttpResponse:
    """Gives the seat, or the position in the waiting list, to another person."""
    participant = _participant(pk)
    form = _RecordedPerson(
        request.POST or None,
        request=request,
        kept=dict.fromkeys(SPECIAL_NEEDS, ""),
        conference=participant.conference,
        initial={"role": participant.role, "language": participant.language},
    )
    if request.method == "POST" and form.is_valid():
        made: list[Participant] = []
        if succeeds(
            form, lambda: made.append(replies.replace(participant, form.person(), by=request.user)), refusals=REFUSALS
        ):
            return _said(request, made[0], _("%(name)s takes over.") % {"name": made[0].full_name})
    return ask(
        request,
        title=_("Replace by another person"),
        subject=participant,
        form=form,
        submit=_("Replace"),
        explanation=_(
            "The seat stays with %(delegation)s. %(name)s gets a cancellation, the new person a confirmation."
        )
        % {"delegation": participant.delegation.name, "name": participant.full_name},
    )


@change_participant
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first: the seat may go to somebody else at once."""
    participant = _participant(pk)
    if request.method == "POST":
        return carry_out(
            request,
            lambda: replies.withdraw(participant, by=request.user),
            refusals=REFUSALS,
            done=_("%(name)s is withdrawn.") % {"name": participant.full_name},
            to=change_address(participant),
        )
    return ask(
        request,
        title=_("Withdraw %(name)s?") % {"name": participant.full_name},
        subject=participant,
        submit=_("Withdraw"),
        danger=True,
        explanation=_("The person gets a mail that says so, and whoever waits may move up at once."),
    )


def _said(request: HttpRequest, participant: Participant, done: str) -> HttpResponse:
    return carry_out(request, lambda: None, refusals=REFUSALS, done=done, to=change_address(participant))
