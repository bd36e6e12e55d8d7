"""What the other apps read of the programme, when participants are bound because they speak; and what “my programme”
shows of what binds them elsewhere."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from accounts.models import User
from agenda import entries
from agenda.models import Session, Speaker
from conference.models import Conference
from registrations import commitments
from registrations.models import Participant


def connect() -> None:
    commitments.register("agenda", commitments_at)
    entries.register(entries_of)


def commitments_at(conference: Conference) -> Iterator[commitments.Commitment]:
    """Each session of the working version once for each participant who appears in it, unless they are gone.

    The working version: who plans a duty or a meeting must know of a panel before it is published. The number of
    queries does not depend on the number of sessions.
    """
    for session in Session.objects.filter(conference=conference).with_people().in_order():
        for speaker in _speakers(session):
            if speaker.participant_id and not speaker.is_gone:
                what = _("the session “%(title)s”") % {"title": session.title}
                yield commitments.Commitment(speaker.participant_id, session.starts_at, session.ends_at, what)


def _speakers(session: Session) -> list[Speaker]:
    speakers = [appearance.speaker for appearance in session.appearances.all()]
    speakers += [talk.speaker for talk in session.presentations.all() if talk.speaker]
    return list({speaker.pk: speaker for speaker in speakers}.values())


def entries_of(user: User, conference: Conference) -> Iterator[entries.Entry]:
    """What binds the user elsewhere, such as a duty at a stand; two queries at most."""
    bound = commitments.in_programme(conference)
    if not bound:
        return
    people = Participant.objects.confirmed().filter(user=user, conference=conference)
    own = set(people.values_list("pk", flat=True))
    for one in bound:
        if one.participant in own:
            title = f"{one.what[:1].upper()}{one.what[1:]}"
            yield entries.Entry(starts_at=one.starts_at, ends_at=one.ends_at, title=title)
