"""What the organisers' pages of all apps share: fast lists, our history, buttons that post, pages that ask first."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from conference import history
from conference.form_fields import DayField, KnownRowsField
from conference.models import Conference
from conference.requests import is_beyond_keys, row_key

Refusals = type[Exception] | tuple[type[Exception], ...]


@dataclass(frozen=True)
class Button:
    """One thing that can be done with what the page shows. `asks`: it leads to a page with a question, else it posts.

    `look` is "", "primary" or "danger".
    """

    label: str
    url: str
    asks: bool = False
    look: str = ""


def change_address(subject: models.Model) -> str:
    """Where organisers see this one."""
    return reverse(f"admin:{subject._meta.app_label}_{subject._meta.model_name}_change", args=[subject.pk])


def list_address(model: type[models.Model], **filters: object) -> str:
    """The list with these filters in its address."""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{address}?{urlencode(filters)}" if filters else address


def carry_out(
    request: HttpRequest, change: Callable[[], object], *, refusals: Refusals, done: str, to: str
) -> HttpResponse:
    """Does `change` and says `done`, or says why it was refused; goes to `to` either way."""
    try:
        change()
    except refusals as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect(to)


def succeeds(form: forms.Form, change: Callable[[], object], *, refusals: Refusals) -> bool:
    """Does `change`; a refusal becomes an error of the form, so that nothing typed is lost."""
    try:
        change()
    except refusals as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def ask(
    request: HttpRequest,
    *,
    title: str,
    subject: models.Model,
    submit: str,
    form: forms.BaseForm | None = None,
    template: str = "admin/question.html",
    **context: object,
) -> HttpResponse:
    """A page that asks before something is done with `subject`. It is posted to its own address."""
    return page(
        request,
        template,
        type(subject),
        title=title,
        subject=subject,
        back=change_address(subject),
        submit=submit,
        form=form,
        **context,
    )


def show_link_once(
    request: HttpRequest,
    subject: models.Model,
    make: Callable[[], str],
    *,
    refusals: Refusals,
    explanation: str,
    back_label: str,
) -> HttpResponse:
    """A personal link to pass on by hand: asked for first, made by a POST, and never shown again."""
    if request.method != "POST":
        return ask(
            request,
            title=_("Make a link to pass on?"),
            subject=subject,
            submit=_("Make the link"),
            explanation=explanation,
        )
    try:
        address = make()
    except refusals as refusal:
        messages.error(request, str(refusal))
        return redirect(change_address(subject))
    return page(
        request,
        "admin/personal_link.html",
        type(subject),
        title=_("A link to pass on"),
        subject=subject,
        back=change_address(subject),
        back_label=back_label,
        address=address,
    )


def page(request: HttpRequest, template: str, model: type[models.Model], *, title: str, **context: Any) -> HttpResponse:
    """A page in the frame of the organisers' site that belongs to `model`."""
    response = TemplateResponse(
        request,
        template,
        {**admin.site.each_context(request), "title": title, "opts": model._meta, **context},
    )
    form = context.get("form")
    if form is not None and form.is_bound and not form.is_valid():
        response.status_code = 422
    return response


class CarefulChangeList(ChangeList):
    """A change list that takes values that cannot be looked up for wrong ones: it is shown again without them."""

    def get_filters_params(self, params: dict[str, list[str]] | None = None) -> dict[str, list[str]]:
        lookups = super().get_filters_params(params)
        texts = (text for values in lookups.values() for text in values)
        if any(is_beyond_keys(part) for text in texts for part in text.split(",")):
            raise IncorrectLookupParameters
        return lookups

    def get_results(self, request: HttpRequest) -> None:
        try:
            super().get_results(request)
        except OverflowError as error:
            # A day that lies before all others in one time zone and beyond them in another.
            raise IncorrectLookupParameters from error


class CarefulLists(admin.ModelAdmin):
    """What every organisers' list has: the site adds it to whatever is registered without it."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CarefulChangeList

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Ticks that can be no row of the list are left out before Django looks them up."""
        ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)
        is_number = isinstance(self.model._meta.pk, models.IntegerField)
        known = [text for text in ticked if (row_key(text) if is_number else "\x00" not in text)]
        if known != ticked:
            request.POST = request.POST.copy()
            request.POST.setlist(ACTION_CHECKBOX_NAME, known)
        return super().response_action(request, queryset)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, **{"form_class": KnownRowsField, **kwargs})


class OfferedFilter(admin.SimpleListFilter):
    """A filter of a list that accepts only what it offers; any other value counts as none."""

    def value(self) -> str | None:
        chosen = super().value()
        return chosen if chosen in {str(value) for value, _label in self.lookup_choices} else None


class OrganiserChangeList(CarefulChangeList):
    """A change list whose rows cost neither a URL look-up nor a query each."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Django would resolve the address of each row to add the filters to it; url_for_result does it at once.
        self._row_suffix = f"?{self.preserved_filters}" if self.preserved_filters else ""
        self.preserved_filters = ""

    @cached_property
    def _row_address(self) -> tuple[str, str]:
        address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=["~"])
        before, after = address.rsplit("~", 1)
        return before, after

    def url_for_result(self, result: models.Model) -> str:
        before, after = self._row_address
        return f"{before}{result.pk}{after}{self._row_suffix}"

    def get_queryset(self, request: HttpRequest, exclude_parameters: list[str] | None = None) -> QuerySet[Any]:
        return super().get_queryset(request, exclude_parameters).defer(*self.model_admin.list_defer)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        self.model_admin.prepare_rows(self.result_list)


class OrganiserAdmin(CarefulLists):
    """Plain admin with the history that the services write, and with buttons above the form.

    `refusals` are the exceptions of the services behind `save_model`: their words go to the organiser.
    """

    list_per_page = 100
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    refusals: Refusals = ()
    # Browsers' own date and time fields work by keyboard and need no script.
    formfield_overrides: ClassVar = {
        models.DateField: {
            "form_class": DayField,
            "widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        },
        models.TimeField: {"widget": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")},
    }
    # Whether looking at the list leaves a line in the history, for each conference that it shows people of.
    lists_people = False
    # Long texts that the list does not show.
    list_defer: tuple[str, ...] = ()

    # What the subclass offers ----------------------------------------------------------------

    def buttons(self, request: HttpRequest, subject: Any) -> list[Button]:
        """What can be done with `subject` now."""
        return []

    def list_buttons(self, request: HttpRequest) -> list[Button]:
        """What can be done above the list."""
        return []

    def prepare_rows(self, rows: list[Any]) -> None:
        """Reads what the columns of these rows need, in a number of queries that does not depend on their number."""

    def page_context(self, request: HttpRequest, subject: Any) -> dict[str, object]:
        """What the page of `subject` shows besides its form."""
        return {}

    # How it reaches the pages ------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return OrganiserChangeList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context = {"buttons": self.list_buttons(request), "title": capfirst(self.opts.verbose_name_plural)}
        response = super().changelist_view(request, {**context, **(extra_context or {})})
        if self.lists_people:
            self._record_view(request, response)
        return response

    def _record_view(self, request: HttpRequest, response: HttpResponse) -> None:
        # A redirect, because of a filter that does not exist, shows nobody.
        shown = getattr(response, "context_data", {}).get("cl")
        rows = shown.result_list if shown else []
        what = str(self.opts.verbose_name_plural)
        # Mails of accounts belong to no conference.
        conferences = Counter(row.conference_id for row in rows if row.conference_id)
        for conference_id, number in sorted(conferences.items()):
            # Its number is all that the history asks for.
            history.record_view(Conference(pk=conference_id), what, by=request.user, rows=number)

    @admin.display(description="")
    def action_checkbox(self, obj: models.Model) -> SafeString:
        """As Django's, without rendering a template a hundred times a page."""
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">',
            ACTION_CHECKBOX_NAME,
            obj.pk,
            obj,
        )

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except self.refusals as refusal:
            messages.error(request, str(refusal))
            return redirect(request.get_full_path())

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        subject = context["original"]
        if subject is not None:
            context.update(
                title=str(subject),
                subtitle=capfirst(self.opts.verbose_name),
                buttons=self.buttons(request, subject),
                **self.page_context(request, subject),
            )
        return super().render_change_form(request, context, *args, **kwargs)

    def own_path(self, route: str, view: Callable[..., HttpResponse], *, name: str) -> URLPattern:
        """An address below this model's, behind the organisers' sign-in: `admin:<app>_<model>_<name>`."""
        return path(
            route, self.admin_site.admin_view(view), name=f"{self.opts.app_label}_{self.opts.model_name}_{name}"
        )

    def own_address(self, name: str, *args: object) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)

    # History: the services write ours, Django's own log would say the same again --------------------

    def log_addition(self, request: HttpRequest, obj: models.Model, message: object) -> None:
        """The service has written it."""

    def log_change(self, request: HttpRequest, obj: models.Model, message: object) -> None:
        """The service has written it."""

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """The service has written it."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        subject = self.get_object(request, unquote(object_id))
        if subject is None:
            raise Http404
        if not self.has_view_or_change_permission(request, subject):
            raise PermissionDenied
        entries = Paginator(history.of(subject), self.list_per_page).get_page(request.GET.get("p"))
        return page(
            request,
            "admin/object_history.html",
            self.model,
            title=_("History of %(subject)s") % {"subject": subject},
            subject=subject,
            back=change_address(subject),
            entries=entries,
        )


class ReadOnlyAdmin(OrganiserAdmin):
    """Shown, never typed into: what changes it is a button."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def may(request: HttpRequest, action: str, model: type[models.Model]) -> bool:
    """Whether the organiser has the permission `action` ("view", "change" …) of this model."""
    return request.user.has_perm(f"{model._meta.app_label}.{action}_{model._meta.model_name}")
