"""Reads that several pages share."""

from django.db.models import OuterRef, QuerySet, Subquery

from conference.models import Conference, Page


def newest_pages(conference: Conference) -> QuerySet[Page]:
    """The newest version of each public text, in the order of `Page.Kind`."""
    newest = (
        Page.objects.filter(conference=OuterRef("conference"), kind=OuterRef("kind")).order_by("-version").values("pk")
    )
    return conference.pages.filter(pk=Subquery(newest[:1]))


def newest_page(conference: Conference, kind: str) -> Page | None:
    return conference.pages.filter(kind=kind).order_by("-version").first()
