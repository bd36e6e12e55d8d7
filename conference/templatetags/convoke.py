"""What templates of all apps share: links to the public texts, fields as people need them, sums of errors."""

from collections.abc import Iterable
from dataclasses import dataclass

from django import template
from django.conf import settings
from django.forms import BaseForm, BoundField, RadioSelect
from django.forms.formsets import BaseFormSet
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from conference import navigation
from conference.models import Page
from conference.queries import newest_pages

register = template.Library()


@register.simple_tag(takes_context=True)
def public_pages(context: template.Context) -> list[Page]:
    """The public texts of the page's conference in the order of their kinds; the view's own list where it has one."""
    if "nav_pages" in context:
        return context["nav_pages"]
    conference = context.get("conference")
    return newest_pages(conference) if conference else []


@register.simple_tag(takes_context=True)
def navigation_entries(context: template.Context) -> list[navigation.Entry]:
    """What other apps put into the conference's navigation; the view's own list where it has one."""
    if "nav_entries" in context:
        return context["nav_entries"]
    conference = context.get("conference")
    return navigation.entries(conference) if conference and conference.pk else []


@register.simple_tag
def part_of_the_site(path: str, entries: Iterable[navigation.Entry]) -> str:
    """The address of the entry that this page is, or lies below; empty where none is."""
    return max((entry.address for entry in entries if path.startswith(entry.address)), key=len, default="")


@register.simple_tag
def absolute_url(name: str, *args: object) -> str:
    """The address of a page with the site's own name before it, for mails and printed matter."""
    return settings.SITE_URL + reverse(name, args=args)


@register.filter
def is_group(field: BoundField) -> bool:
    """Whether the field is radio buttons or checkboxes under one legend."""
    return isinstance(field.field.widget, RadioSelect)


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """The field's widget, described by its hint and error also where Django leaves that to a fieldset, as for files."""
    if field.use_fieldset and (described_by := field.aria_describedby):
        return field.as_widget(attrs={"aria-describedby": described_by})
    return field.as_widget()


@register.filter
def focus_id(field: BoundField) -> str:
    """The id of the control that a link to the field should reach: of a group, its first one."""
    if is_group(field):
        return field.subwidgets[0].id_for_label if len(field) else ""
    return field.id_for_label


@dataclass(frozen=True)
class ErrorLink:
    """One line of an error summary; `target` is empty where the error belongs to no single field."""

    target: str
    message: str


def _errors_of(form: BaseForm) -> Iterable[ErrorLink]:
    # Of several forms on a page each may say whom it is about: `title = _("Second person")`.
    title = f"{form.title}, " if getattr(form, "title", "") else ""
    for message in form.non_field_errors():
        yield ErrorLink("", f"{title}{message}")
    for field in form:
        target = "" if field.is_hidden else focus_id(field)
        label = Truncator(strip_tags(field.label)).chars(60)
        separator = " " if label.endswith(("?", ":")) else ": "
        for message in field.errors:
            yield ErrorLink(target, f"{title}{label}{separator}{message}")


@register.inclusion_tag("components/error_summary.html")
def error_summary(*forms: BaseForm | BaseFormSet) -> dict[str, list[ErrorLink]]:
    """One summary of all errors of these forms and formsets, in the order of the page."""
    errors: list[ErrorLink] = []
    for form in forms:
        if isinstance(form, BaseFormSet):
            errors += [ErrorLink("", message) for message in form.non_form_errors()]
            for member in form:
                errors += _errors_of(member)
        elif form:
            errors += _errors_of(form)
    return {"errors": errors}
