"""Organisers' pages of the conference, its texts, its history and the reference data."""

from typing import Any, ClassVar

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.db import models
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conference import history, services
from conference.form_fields import WordsField
from conference.formsets import InlineRowsAsPosted, LimitedRows
from conference.models import City, Conference, HistoryEntry, MemberState, Page, Room, Venue
from conference.organiser_admin import (
    Button,
    OfferedFilter,
    OrganiserAdmin,
    ReadOnlyAdmin,
    list_address,
    may,
)
from conference.queries import newest_page


class ConferenceForm(forms.ModelForm):
    languages = WordsField(
        label=_("Languages"), help_text=_("Codes of the languages that participants can choose, such as en, fr, de.")
    )

    class Meta:
        model = Conference
        fields: ClassVar = [
            "title",
            "slug",
            "objectives",
            "held_on",
            "opens_at",
            "closes_at",
            "time_zone",
            "venue",
            "languages",
            "mailbox",
            "organiser_name",
            "reimbursement",
            "target",
            "overbooking_tolerance",
            "hard_limit",
            "places_taken",
            "is_published",
        ]


class ConferenceAdmin(OrganiserAdmin):
    """`registrations` adds what it knows of invitations, and registers it."""

    form = ConferenceForm
    list_display = ("title", "held_on", "venue", "target", "hard_limit", "is_published")
    list_select_related = ("venue",)
    search_fields = ("title", "slug")
    ordering = ("-held_on", "slug")
    prepopulated_fields: ClassVar = {"slug": ["title"]}
    fieldsets = (
        (None, {"fields": ("title", "slug", "objectives", "is_published")}),
        (_("When and where"), {"fields": ("held_on", "opens_at", "closes_at", "time_zone", "venue")}),
        (
            _("How many"),
            {
                "fields": ("target", "overbooking_tolerance", "hard_limit", "places_taken"),
                "description": _(
                    "Never more are confirmed than target and tolerance together, nor than the hard limit."
                ),
            },
        ),
        (_("Who invites"), {"fields": ("organiser_name", "mailbox", "languages", "reimbursement")}),
    )

    def buttons(self, request: HttpRequest, subject: Conference) -> list[Button]:
        return [
            Button(_("Public texts"), list_address(Page, conference__id__exact=subject.pk), asks=True),
            Button(_("Public page"), subject.get_absolute_url(), asks=True),
        ]

    def save_model(self, request: HttpRequest, obj: Conference, form: Any, change: bool) -> None:
        services.save_conference(obj, by=request.user, changed=form.changed_data if change else [])

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Its history goes with it; an organiser takes it off the public pages instead."""
        return False


class IsNewestFilter(OfferedFilter):
    title = _("version")
    parameter_name = "version"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("newest", _("newest only"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Page]) -> QuerySet[Page]:
        if self.value() != "newest":
            return queryset
        same = Page.objects.filter(conference=OuterRef("conference"), kind=OuterRef("kind")).order_by("-version")
        return queryset.filter(pk=Subquery(same.values("pk")[:1]))


@admin.register(Page)
class PageAdmin(OrganiserAdmin):
    """Texts are published, never overwritten: saving makes a new version, and the earlier ones can be read."""

    list_display = ("kind", "version", "conference", "published_at")
    list_filter = (IsNewestFilter, "conference", "kind")
    list_select_related = ("conference",)
    fields = ("conference", "kind", "body", "version", "published_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Page | None = None) -> list[str]:
        return ["version", "published_at", *(["conference", "kind"] if obj else [])]

    def get_fields(self, request: HttpRequest, obj: Page | None = None) -> tuple[str, ...]:
        return self.fields if obj else ("conference", "kind", "body")

    def has_change_permission(self, request: HttpRequest, obj: Page | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or newest_page(obj.conference, obj.kind) == obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def buttons(self, request: HttpRequest, subject: Page) -> list[Button]:
        address = reverse("conference:page", args=[subject.conference.slug, subject.kind])
        return [Button(_("Public page"), address, asks=True)]

    def save_model(self, request: HttpRequest, obj: Page, form: Any, change: bool) -> None:
        published = services.publish_page(obj.conference, obj.kind, obj.body, by=request.user)
        # What Django says and shows next is the version that is now public.
        obj.pk, obj.version, obj.published_at = published.pk, published.version, published.published_at


class RoomInline(LimitedRows, admin.StackedInline):
    model = Room
    formset = InlineRowsAsPosted
    extra = 0


@admin.register(Venue)
class VenueAdmin(admin.ModelAdmin):
    list_display = ("name", "city")
    search_fields = ("name", "city")
    inlines: ClassVar = [RoomInline]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, models.URLField):
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(MemberState)
class MemberStateAdmin(admin.ModelAdmin):
    list_display = ("code", "name", "own_name", "protocol_order", "member_from", "member_until")
    search_fields = ("code", "name", "own_name")
    show_full_result_count = False


@admin.register(City)
class CityAdmin(admin.ModelAdmin):
    list_display = ("name", "member_state", "population")
    list_filter = ("member_state",)
    list_select_related = ("member_state",)
    search_fields = ("name", "other_names")
    list_per_page = 100
    show_full_result_count = False


# Whose history is kept. The apps above are named, not imported.
SUBJECTS = [
    ("conference", "conference", _("conference")),
    ("registrations", "delegation", _("delegation")),
    ("registrations", "wave", _("wave")),
    ("registrations", "invitation", _("invitation")),
    ("registrations", "participant", _("participant")),
    ("agenda", "plan", _("programme")),
    ("agenda", "session", _("session")),
    ("agenda", "speaker", _("speaker")),
    ("agenda", "release", _("release")),
    ("mailings", "mail", _("mail")),
    ("mailings", "mailtemplate", _("mail template")),
    ("accounts", "user", _("account")),
    ("auth", "group", _("role")),
]


def _named_after(model: type[models.Model]) -> list[str]:
    """Relations that the model's name may come from: those that are never empty."""
    fields = model._meta.concrete_fields
    return [field.name for field in fields if field.many_to_one and not field.null and field.name != "conference"]


class SubjectFilter(OfferedFilter):
    title = _("kind")
    parameter_name = "subject"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(f"{app}.{model}", label) for app, model, label in SUBJECTS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[HistoryEntry]) -> QuerySet[HistoryEntry]:
        app, dot, model = (self.value() or "").partition(".")
        return queryset.filter(subject_type__app_label=app, subject_type__model=model) if dot else queryset


class SeenFilter(OfferedFilter):
    """Who saw what apart from who changed what."""

    title = _("what happened")
    parameter_name = "seen"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("seen", _("viewed or exported")), ("changed", _("changed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[HistoryEntry]) -> QuerySet[HistoryEntry]:
        if self.value() == "seen":
            return queryset.filter(action__in=history.SEEN)
        return queryset.exclude(action__in=history.SEEN) if self.value() == "changed" else queryset


@admin.register(HistoryEntry)
class HistoryEntryAdmin(ReadOnlyAdmin):
    """Who did what and when, for all that the services change. What happens to accounts and roles is for those who
    may see accounts."""

    list_display = ("at", "what", "of_what", "who", "from_status", "to_status", "detail")
    list_display_links = ("at",)
    list_filter = ("conference", SeenFilter, SubjectFilter, "at")
    search_fields = ("action", "by_label", "by_name", "detail")
    ordering = ("-at", "-pk")
    fields = ("at", "what", "of_what", "who", "by", "from_status", "to_status", "detail", "conference")

    def get_queryset(self, request: HttpRequest) -> QuerySet[HistoryEntry]:
        """With the subjects, and with what they are named after."""
        subjects = [
            model._base_manager.select_related(*_named_after(model))
            for model in (apps.get_model(app, name) for app, name, _label in SUBJECTS)
        ]
        entries = super().get_queryset(request).select_related("subject_type", "by")
        if not (may(request, "view", User) or may(request, "change", User)):
            entries = entries.exclude(conference=None)
        return entries.prefetch_related(GenericPrefetch("subject", subjects))

    @admin.display(description=_("what"), ordering="action")
    def what(self, entry: HistoryEntry) -> str:
        return entry.action[:1].upper() + entry.action[1:]

    @admin.display(description=_("who"), ordering="by_label")
    def who(self, entry: HistoryEntry) -> str:
        return entry.who

    @admin.display(description=_("of what"))
    def of_what(self, entry: HistoryEntry) -> SafeString | str:
        """A link to the subject, or its number where it is gone."""
        kind = entry.subject_type
        if entry.subject is None:
            return f"{kind.name} {entry.subject_id}"
        try:
            address = reverse(f"admin:{kind.app_label}_{kind.model}_change", args=[entry.subject_id])
        except NoReverseMatch:
            return str(entry.subject)
        return format_html('<a href="{}">{}</a>', address, entry.subject)
