"""Reads that several pages share."""

from django.db.models import Case, OuterRef, QuerySet, Subquery, When

from conference.models import Conference, Page

_IN_ORDER = Case(*[When(kind=kind, then=number) for number, kind in enumerate(Page.Kind.values)])


def newest_pages(conference: Conference) -> QuerySet[Page]:
    """The newest version of each public text, in the order of `Page.Kind`."""
    newest = (
        Page.objects.filter(conference=OuterRef("conference"), kind=OuterRef("kind")).order_by("-version").values("pk")
    )
    return conference.pages.filter(pk=Subquery(newest[:1])).order_by(_IN_ORDER)


def newest_page(conference: Conference, kind: str) -> Page | None:
    return conference.pages.filter(kind=kind).order_by("-version").first()
