"""Reads that several pages share."""

from conference.models import Conference, Page

_ORDER = {kind: number for number, kind in enumerate(Page.Kind.values)}


def newest_pages(conference: Conference) -> list[Page]:
    """The newest version of each public text, without its body, in the order of `Page.Kind`."""
    # Chosen here and not by SQL: there are few, and this stands on every public page.
    newest = {page.kind: page for page in conference.pages.defer("body").order_by("version")}
    return sorted(newest.values(), key=lambda page: _ORDER[page.kind])


def newest_page(conference: Conference, kind: str) -> Page | None:
    return conference.pages.filter(kind=kind).order_by("-version").first()


def newest_notice(conference_id: int) -> int | None:
    """The number of the privacy statement that is shown now, without its text: what consents refer to."""
    notices = Page.objects.filter(conference=conference_id, kind=Page.Kind.PRIVACY)
    return notices.order_by("-version").values_list("pk", flat=True).first()
