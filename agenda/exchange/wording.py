"""What the exchange formats say alike: addresses of pages, times, and a session in readable text."""

import datetime
import re
from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agenda.kinds import Role
from agenda.programme import Programme, PublicPerson, PublicPresentation, PublicSession
from conference.languages import language_name

# What neither XML 1.0 (2.2) nor a calendar's text (RFC 5545, 3.3.11) may contain; half characters, too.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def plain(text: str) -> str:
    """`text` with a blank for each character that the formats forbid, and with simple line ends."""
    return _FORBIDDEN.sub(" ", text).replace("\r\n", "\n").replace("\r", "\n")


def session_address(programme: Programme, session: PublicSession) -> str:
    return f"{programme.url}sessions/{session.code}/"


def speaker_address(programme: Programme, person: PublicPerson) -> str:
    return f"{programme.url}speakers/{person.code}/"


def photo_address(programme: Programme, person: PublicPerson) -> str:
    return f"{programme.url}photos/{person.photo}.jpg"


def document_address(programme: Programme, key: str) -> str:
    return f"{programme.url}documents/{key}/"


def local(programme: Programme, instant: datetime.datetime) -> str:
    """The instant by the venue's clock, with the offset that holds at that instant."""
    return programme.local(instant).isoformat()


def hours_and_minutes(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def version(programme: Programme) -> str:
    """The release's number, which readers compare to see whether anything is new."""
    return str(programme.release)


def description(programme: Programme, session: PublicSession) -> str:
    """All about a session that has no field of its own elsewhere: question, abstract, presentations, people."""
    return "\n\n".join(part for part in (session.question, session.abstract, *details(programme, session)) if part)


def details(programme: Programme, session: PublicSession) -> Iterator[str]:
    """Presentations, people and interpretation of a session, a paragraph each."""
    if session.presentations:
        talks = "\n".join(f"- {presentation(programme, talk)}" for talk in session.presentations)
        yield _("Presentations:") + f"\n{talks}"
    for role, label in (
        (Role.MODERATOR, _("Moderator")),
        (Role.SPEAKER, _("Speakers")),
        (Role.PANELLIST, _("Panellists")),
    ):
        people = [programme.person[code].described for code in session.people(role) if code in programme.person]
        if people:
            yield f"{label}: {'; '.join(people)}"
    if session.languages:
        yield _("Interpretation: %(languages)s") % {"languages": ", ".join(map(language_name, session.languages))}


def presentation(programme: Programme, talk: PublicPresentation) -> str:
    """Such as “Housing first (5 minutes), Aarhus, Ms Jana Štěpánková”."""
    minutes = ngettext("%(number)d minute", "%(number)d minutes", talk.minutes) % {"number": talk.minutes}
    speaker = programme.person.get(talk.speaker)
    return ", ".join(
        part for part in (f"{talk.title} ({minutes})", talk.delegation, speaker.name if speaker else "") if part
    )
