"""What the other apps read of the programme, when participants are bound because they speak; and what “my programme”
shows of what binds them elsewhere."""

import operator
from collections.abc import Iterator

from django.utils.translation import gettext as _

from accounts.models import User
from agenda import entries
from agenda.models import Appearance, Presentation
from conference.models import Conference
from registrations import commitments
from registrations.models import Participant


def connect() -> None:
    commitments.register("agenda", commitments_at)
    entries.register(entries_of)


def commitments_at(conference: Conference, people: commitments.People) -> Iterator[commitments.Commitment]:
    """Each session of the working version once for each participant who appears in it, unless they are gone.

    The working version: who plans a duty or a meeting must know of a panel before it is published. Two queries.
    """
    whose = {"speaker__participant__isnull": False} if people is None else {"speaker__participant__in": people}
    roles = Appearance.objects.filter(session__conference=conference, **whose)
    talks = Presentation.objects.filter(session__conference=conference, **whose)
    bound = {
        (one.session.starts_at, one.session_id, one.speaker.participant_id): one.session
        for found in (roles, talks)
        for one in found.select_related("session", "speaker__participant")
        if one.speaker and not one.speaker.is_gone
    }
    for (_starts_at, _session, participant), session in sorted(bound.items(), key=operator.itemgetter(0)):
        what = _("the session “%(title)s”") % {"title": session.title}
        yield commitments.Commitment(participant, session.starts_at, session.ends_at, what)


def entries_of(user: User, conference: Conference) -> Iterator[entries.Entry]:
    """What binds the user elsewhere, such as a duty at a stand; two queries at most."""
    people = Participant.objects.confirmed().filter(user=user, conference=conference)
    own = list(people.values_list("pk", flat=True))
    for one in commitments.in_programme(conference, people=own) if own else ():
        title = f"{one.what[:1].upper()}{one.what[1:]}"
        yield entries.Entry(starts_at=one.starts_at, ends_at=one.ends_at, title=title)
