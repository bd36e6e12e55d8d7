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
from django.utils.translation import gettext as _

from conference import navigation
from conference.authors import author_of
from conference.fragments import fragment
from conference.models import Page
from conference.navigation import Frame

register = template.Library()


register.simple_tag(fragment)
register.simple_tag(author_of)

# The texts beside “Overview”; those below the page are the others, and the contact once more.
_BESIDE = {Page.Kind.CONCEPT, Page.Kind.PRACTICAL, Page.Kind.CONTACT}
_BELOW = set(Page.Kind) - {Page.Kind.CONCEPT, Page.Kind.PRACTICAL}


@register.simple_tag(takes_context=True, name="frame")
def frame_of_page(context: template.Context) -> Frame:
    """Texts and links around the page: those of its conference, none where it belongs to no conference."""
    conference = context.get("conference")
    return navigation.frame(conference) if conference and conference.pk else Frame()


@register.simple_tag(takes_context=True)
def masthead(context: template.Context) -> SafeString:
    """The conference's name and the reader's own pages."""
    conference, user, request = (context.get(name) for name in ("conference", "user", "request"))
    facts = {}
    if conference:
        facts = {
            "slug": conference.slug,
            "title": conference.title,
            "city": conference.venue.city,
            "held_on": conference.held_on,
            "is_published": bool(conference.pk and conference.is_published),
        }
    is_signed_in = bool(user and user.is_authenticated)
    return fragment(
        "components/masthead.html",
        is_signed_in=is_signed_in,
        is_organiser=is_signed_in and user.is_staff,
        is_signing_in=bool(request and not is_signed_in and request.path == reverse("account_login")),
        **facts,
    )


@register.simple_tag(takes_context=True)
def conference_links(context: template.Context, frame: Frame) -> SafeString | str:
    """The conference's navigation; nothing where there would be “Overview” alone."""
    if not frame.texts and not frame.entries:
        return ""
    overview = reverse("conference:detail", args=[context["conference"].slug])
    links = (
        (overview, _("Overview")),
        *((entry.address, entry.title) for entry in frame.entries),
        *((text.address, text.title) for text in frame.texts if text.kind in _BESIDE),
    )
    path = context["request"].path
    is_here = any(address == path for address, _title in links)
    here = path if is_here else part_of_the_site(path, frame.entries)
    return fragment("components/conference_links.html", links=links, here=here, mark="page" if is_here else "true")


@register.simple_tag(takes_context=True)
def foot(context: template.Context, frame: Frame) -> SafeString:
    """The other public texts, and who organises the conference."""
    conference = context.get("conference")
    return fragment(
        "components/foot.html",
        links=tuple((text.address, text.title) for text in frame.texts if text.kind in _BELOW),
        organiser=conference.organiser_name if conference else "",
        mailbox=conference.mailbox if conference else "",
    )


def part_of_the_site(path: str, entries: Iterable[navigation.Entry]) -> str:
    """The address of the entry below which the page lies; empty where there is none."""
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
