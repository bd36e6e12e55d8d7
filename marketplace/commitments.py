"""What the other apps read of the market place: when participants stand at a stand."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from conference.models import Conference
from marketplace.models import Duty
from registrations import commitments


def connect() -> None:
    commitments.register("marketplace", commitments_at, in_programme=True)


def commitments_at(conference: Conference, people: commitments.People) -> Iterator[commitments.Commitment]:
    """The duties at live stands, in one query."""
    duties = Duty.objects.filter(stand__call__conference=conference, stand__released_at=None)
    if people is not None:
        duties = duties.filter(participant__in=people)
    for duty in duties.select_related("stand__application", "stand__place"):
        words = {"initiative": duty.stand.application.initiative}
        if duty.stand.place:
            what = _("duty at stand %(number)s, %(initiative)s") % {"number": duty.stand.place.number, **words}
        else:
            what = _("duty at the stand “%(initiative)s”") % words
        yield commitments.Commitment(duty.participant_id, duty.starts_at, duty.ends_at, what)
