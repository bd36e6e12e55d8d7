"""Changes to a conference and its public texts."""

from django.db import transaction

from accounts.models import User
from conference import history
from conference.models import Conference, Page
from conference.signals import conference_changed


def lock(conference_id: int) -> Conference:
    """The conference with its venue, its row locked until the end of the transaction: who counts places waits here.

    `no_key` leaves inserts that merely refer to the conference unblocked.
    """
    locked = Conference.objects.select_for_update(no_key=True, of=("self",))
    return locked.select_related("venue").get(pk=conference_id)


@transaction.atomic
def save_conference(conference: Conference, *, by: User | None, changed: list[str] | None = None) -> Conference:
    """Saves an organiser's changes, and lets the apps above react in the same transaction: freed places are filled."""
    is_new = conference.pk is None
    if not is_new:
        lock(conference.pk)
    conference.save()
    history.record(
        conference,
        "created" if is_new else "changed",
        by=by,
        detail=history.field_labels(Conference, changed or []),
    )
    conference_changed.send(Conference, conference=conference, by=by)
    return conference


@transaction.atomic
def publish_page(conference: Conference, kind: str, body: str, *, by: User | None) -> Page:
    """A new version of a public text; the earlier ones stay, since consents refer to them."""
    lock(conference.pk)
    newest = conference.pages.filter(kind=kind).order_by("-version").first()
    if newest and newest.body == body:
        return newest
    page = Page.objects.create(conference=conference, kind=kind, body=body, version=newest.version + 1 if newest else 1)
    history.record(conference, "page published", by=by, detail=f"{page.title}, version {page.version}")
    return page
