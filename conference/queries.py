"""Reads that several pages share."""

from conference.models import Conference, Page


def newest_page(conference: Conference, kind: str) -> Page | None:
    return conference.pages.filter(kind=kind).order_by("-version").first()


def newest_notice(conference_id: int) -> int | None:
    """The number of the privacy statement that is shown now, without its text: what consents refer to."""
    notices = Page.objects.filter(conference=conference_id, kind=Page.Kind.PRIVACY)
    return notices.order_by("-version").values_list("pk", flat=True).first()
