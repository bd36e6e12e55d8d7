"""Organisers' pages of the delegations: who may be invited, with how many seats, and choosing them for a wave."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from conference import history
from conference.form_fields import AddressesField, PhrasesField
from conference.models import Conference, MemberState
from conference.organiser_admin import (
    Button,
    OfferedFilter,
    OrganiserAdmin,
    change_address,
    list_address,
    may,
    page,
    succeeds,
)
from conference.requests import whole_numbers
from registrations.admin import balance_proposals
from registrations.admin.guestlist import guest_list_buttons, guest_list_urls
from registrations.admin.reserve_actions import ReserveActions
from registrations.models import Category, Delegation, Organisation, Wave
from registrations.queries import DELEGATION_STATES, Standing, standings
from registrations.services import invitations, organising, places, waves
from registrations.services.organising import DelegationRefused, Who
from registrations.services.places import SeatsRefused
from registrations.states import InvitationStatus, WaveStatus

change_wave = permission_required(["registrations.change_wave", "registrations.view_delegation"], raise_exception=True)

CONTACT_FIELDS = ["salutation", "contact_function", "email", "copy_to", "language", "remarks"]
BALANCE_FIELDS = ["experience", "took_part_before", "tags", "on_reserve"]


class DelegationForm(forms.ModelForm):
    copy_to = AddressesField(
        label=gettext_lazy("Copies to"), required=False, help_text=gettext_lazy("E-mail addresses with commas between.")
    )

    tags = PhrasesField(
        label=gettext_lazy("Own groups"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Such as: port, border region. With commas between."),
    )

    class Meta:
        model = Delegation
        fields: ClassVar = ["name", "seats", *CONTACT_FIELDS, *BALANCE_FIELDS]

    def clean_seats(self) -> int:
        """As `places.set_seats` says it, but at the field and before anything is saved."""
        seats = self.cleaned_data["seats"]
        needed = self.instance.participants.confirmed().count() + places.held_by_others(self.instance, None)
        if seats < needed:
            raise forms.ValidationError(
                _("%(needed)d seats are occupied or held by open invitations; there cannot be fewer.")
                % {"needed": needed}
            )
        return seats


class NewDelegationForm(forms.ModelForm):
    """What a delegation stands for is typed, not chosen: thousands of cities would not fit into a list."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Of the city or organisation. A Member State is named by the state itself."),
    )
    member_state = forms.ModelChoiceField(
        label=gettext_lazy("Member State"),
        queryset=MemberState.objects.all(),
        required=False,
        help_text=gettext_lazy("The state itself, or the one in which the city lies."),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of organisation"),
        choices=[kind for kind in Organisation.Kind.choices if kind[0] != Organisation.Kind.INSTITUTION],
        help_text=gettext_lazy("For an organisation that is not known yet."),
    )
    seats = forms.IntegerField(
        label=gettext_lazy("Seats"),
        min_value=0,
        max_value=32767,
        required=False,
        help_text=gettext_lazy("Empty: two for a city, one for others."),
    )
    copy_to = DelegationForm.base_fields["copy_to"]

    class Meta:
        model = Delegation
        fields: ClassVar = ["conference", "category", "name", "member_state", "kind", "seats", *CONTACT_FIELDS]

    def who(self) -> Who:
        data = self.cleaned_data
        return Who(data["category"], data.get("name", "").strip(), data.get("member_state"), data["kind"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        category = data.get("category")
        if category in {Category.CITY, Category.MEMBER_STATE} and not data.get("member_state"):
            self.add_error("member_state", _("Choose the Member State."))
        if category != Category.MEMBER_STATE and not (data.get("name") or "").strip():
            self.add_error("name", _("Enter the name."))
        if category == Category.MEMBER_STATE and (data.get("seats") or 0) > 1:
            self.add_error("seats", _("A Member State has one seat."))
        if not self.errors and organising.present_delegation(data["conference"], self.who()):
            self.add_error("name", _("This conference has this delegation already."))
        return data

    def _post_clean(self) -> None:
        """Constraints of what the service fills in are its business."""
        for name in ["conference", "seats", *CONTACT_FIELDS]:
            if name in self.cleaned_data:
                setattr(self.instance, name, self.cleaned_data[name])


class DelegationStateFilter(OfferedFilter):
    title = gettext_lazy("status")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, label) for name, (label, _choose) in DELEGATION_STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delegation]) -> QuerySet[Delegation]:
        state = DELEGATION_STATES.get(self.value() or "")
        return state[1](queryset) if state else queryset


@admin.register(Delegation)
class DelegationAdmin(ReserveActions, OrganiserAdmin):
    form = DelegationForm
    refusals = (SeatsRefused, DelegationRefused)
    list_display = ("name", "category_name", "state_code", "seats", "occupied", "invitation", "email")
    list_filter = ("conference", DelegationStateFilter, "category", "member_state")
    list_defer = ("salutation", "contact_function", "copy_to", "remarks")
    lists_people = True
    search_fields = ("name", "email")
    search_help_text = gettext_lazy("Name or e-mail address")
    ordering = ("name", "pk")
    actions: ClassVar = ["choose_for_wave", "weigh", "put_on_reserve", "take_off_reserve"]
    fieldsets = (
        (None, {"fields": ("conference", "category", "member_state", "name", "seats")}),
        (
            gettext_lazy("Whom the mails address"),
            {"fields": ("salutation", "contact_function", "email", "copy_to", "language")},
        ),
        (gettext_lazy("For organisers"), {"fields": ("remarks",)}),
        (gettext_lazy("Balance of cities"), {"fields": tuple(BALANCE_FIELDS)}),
    )
    change_form_template = "admin/registrations/delegation/change_form.html"

    # List ---------------------------------------------------------------------------------------

    def prepare_rows(self, rows: list[Delegation]) -> None:
        found = standings(rows)
        # Words are translated once a page, not once a row.
        categories = {value: str(label) for value, label in Category.choices}
        statuses = {value: str(label) for value, label in InvitationStatus.choices} | {"": _("never invited")}
        for delegation in rows:
            delegation.standing = found.get(delegation.pk, Standing())  # type: ignore[attr-defined]
            delegation.category_label = categories[delegation.category]  # type: ignore[attr-defined]
            delegation.standing_label = statuses[delegation.standing.invitation]  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("category"), ordering="category")
    def category_name(self, delegation: Any) -> str:
        return delegation.category_label

    @admin.display(description=gettext_lazy("state"), ordering="member_state")
    def state_code(self, delegation: Delegation) -> str | None:
        return delegation.member_state_id

    @admin.display(description=gettext_lazy("occupied"))
    def occupied(self, delegation: Any) -> str:
        standing = delegation.standing
        if standing.waiting:
            return _("%(occupied)d, %(waiting)d waiting") % {"occupied": standing.occupied, "waiting": standing.waiting}
        return str(standing.occupied)

    @admin.display(description=gettext_lazy("invitation"))
    def invitation(self, delegation: Any) -> str | Promise:
        if delegation.standing.bounced:
            return _("mail came back")
        return delegation.standing_label

    def list_buttons(self, request: HttpRequest) -> list[Button]:
        buttons = guest_list_buttons(request)
        if not may(request, "change", Wave):
            return buttons
        address = self.own_address("add_to_wave")
        query = request.GET.copy()
        for name in ("p", "o", "e"):
            query.pop(name, None)
        label = _("Add all that match to a wave") if query else _("Add all to a wave")
        return [Button(label, f"{address}?{query.urlencode()}", asks=True), *buttons]

    @admin.action(description=gettext_lazy("Add to a wave"), permissions=["choose"])
    def choose_for_wave(self, request: HttpRequest, queryset: QuerySet[Delegation]) -> HttpResponse:
        """Leads to the page that asks for the wave; the choice travels in its address."""
        if request.POST.get("select_across") == "1":
            return redirect(f"{self.own_address('add_to_wave')}?{request.GET.urlencode()}")
        chosen = ",".join(str(pk) for pk in queryset.values_list("pk", flat=True))
        return redirect(f"{self.own_address('add_to_wave')}?ids={chosen}")

    def has_choose_permission(self, request: HttpRequest) -> bool:
        return may(request, "change", Wave)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Deleting many at once would not look at invitations."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_urls(self) -> list[URLPattern]:
        return [
            self.own_path("add-to-wave/", self.add_to_wave, name="add_to_wave"),
            *guest_list_urls(self.admin_site),
            *super().get_urls(),
        ]

    # One delegation --------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Delegation | None = None, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewDelegationForm
        return super().get_form(request, obj, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Delegation | None = None) -> Any:
        if obj is not None:
            return self.fieldsets
        what = ("conference", "category", "name", "member_state", "kind", "seats")
        return ((None, {"fields": what}), *self.fieldsets[1:-1])

    def get_readonly_fields(self, request: HttpRequest, obj: Delegation | None = None) -> tuple[str, ...]:
        return ("conference", "category", "member_state") if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial = super().get_changeform_initial_data(request)
        return {"category": Category.CITY, "conference": _usual_conference(), **initial}

    def has_delete_permission(self, request: HttpRequest, obj: Delegation | None = None) -> bool:
        """Invitations and people need their delegation for ever."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or not (obj.invitations.exists() or obj.participants.exists()))

    def save_model(self, request: HttpRequest, obj: Delegation, form: Any, change: bool) -> None:
        if change:
            organising.change_delegation(obj, changed=form.changed_data, by=request.user)
        else:
            organising.add_delegation(obj, form.who(), by=request.user)

    def delete_model(self, request: HttpRequest, obj: Delegation) -> None:
        organising.delete_delegation(obj, by=request.user)

    def page_context(self, request: HttpRequest, subject: Delegation) -> dict[str, object]:
        return {
            "invitations": subject.invitations.select_related("wave").order_by("pk"),
            "participants": subject.participants.order_by("status", "seat_no", "waiting_since", "pk"),
            "entries": history.of(subject)[:10],
        }

    # Choosing for a wave -----------------------------------------------------------------------------

    def _chosen(self, request: HttpRequest) -> QuerySet[Delegation]:
        """The delegations that the address names: by number, or all that match its filters."""
        if ids := request.GET.get("ids"):
            return Delegation.objects.filter(pk__in=whole_numbers(ids.split(",")))
        return self.get_changelist_instance(request).get_queryset(request)

    @method_decorator(change_wave)
    def add_to_wave(self, request: HttpRequest) -> HttpResponse:
        """Asks which wave, and says who was left out and why."""
        back = list_address(Delegation)
        try:
            chosen = self._chosen(request)
        except IncorrectLookupParameters:
            return redirect(back)
        found = chosen.order_by().values("conference").distinct()
        conferences = list(Conference.objects.filter(pk__in=found)[:2])
        if len(conferences) != 1:
            several = _("Filter by conference first: a wave belongs to one.")
            messages.error(request, several if conferences else _("No delegation is chosen."))
            return redirect(back)
        form = WaveChoice(request.POST or None, conference=conferences[0])
        if request.method == "POST" and form.is_valid():
            wave, selections = form.chosen_wave(), []

            def choose() -> None:
                selections.append(organising.choose_for_wave(wave, chosen, by=request.user))

            if succeeds(form, choose, refusals=invitations.InvitationRefused):
                return _tell(request, wave, selections[0])
        return page(
            request,
            "admin/registrations/delegation/add_to_wave.html",
            Delegation,
            title=_("Add to a wave"),
            submit=_("Add to the wave"),
            form=form,
            back=back,
            conference=conferences[0],
            number=chosen.count(),
            balance=balance_proposals.in_short(conferences[0], list(chosen.order_by().values_list("pk", flat=True))),
            examples=list(chosen.values_list("name", flat=True)[:10]),
        )


def _usual_conference() -> int | None:
    return Conference.objects.order_by("-held_on").values_list("pk", flat=True).first()


class WaveChoice(forms.Form):
    """A wave that is not being sent, or a new one."""

    NEW = "new"

    wave = forms.ChoiceField(label=gettext_lazy("Wave"))
    name = forms.CharField(label=gettext_lazy("Name of a new wave"), max_length=100, required=False)
    reply_by = forms.DateField(
        label=gettext_lazy("Reply-by date of a new wave"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("The seats are kept until the end of that day."),
    )

    def __init__(self, *args: Any, conference: Conference, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.conference = conference
        self._waves = {str(wave.pk): wave for wave in conference.waves.exclude(status=WaveStatus.SENDING)}
        drafts = [number for number, wave in self._waves.items() if wave.status == WaveStatus.DRAFT]
        present = [
            (number, _("%(wave)s, reply by %(date)s") % {"wave": wave, "date": date_format(wave.reply_by)})
            for number, wave in self._waves.items()
        ]
        self.fields["wave"].choices = [(self.NEW, _("A new wave")), *present]
        self.fields["wave"].initial = drafts[0] if drafts else self.NEW

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("wave") != self.NEW:
            return data
        if not data.get("name"):
            self.add_error("name", _("Name the new wave, or choose one above."))
        elif self.conference.waves.filter(name=data["name"]).exists():
            self.add_error("name", _("There is a wave of this name already. Choose it above."))
        reply_by = data.get("reply_by")
        if reply_by is None and "reply_by" not in self.errors:
            self.add_error("reply_by", _("Enter the last day for replies."))
        elif reply_by and not self.conference.today <= reply_by < self.conference.held_on:
            self.add_error("reply_by", _("Choose a day from today on and before the conference."))
        return data

    def chosen_wave(self) -> Wave:
        """The chosen wave, or the new one, unsaved."""
        data = self.cleaned_data
        if data["wave"] != self.NEW:
            return self._waves[data["wave"]]
        return Wave(conference=self.conference, name=data["name"], reply_by=data["reply_by"])


def _tell(request: HttpRequest, wave: Wave, selection: waves.Selection) -> HttpResponse:
    added = len(selection.added)
    if added:
        messages.success(request, ngettext("%d delegation added.", "%d delegations added.", added) % added)
    reasons: dict[str, list[str]] = {}
    for delegation, reason in selection.left_out:
        reasons.setdefault(reason, []).append(delegation.name)
    for reason, names in reasons.items():
        shown = ", ".join(names[:10]) + (" …" if len(names) > 10 else "")
        messages.warning(
            request,
            _("%(number)d left out, %(reason)s: %(names)s") % {"number": len(names), "reason": reason, "names": shown},
        )
    return redirect(change_address(wave))
