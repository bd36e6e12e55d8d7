"""What a speaker is asked to do: each session they appear in, with role, presentations, and who else is there."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from agenda import emails
from agenda.kinds import Role
from agenda.models import Appearance, Presentation, Session, Speaker


@dataclass(frozen=True)
class Part:
    """One session of a speaker. `others` are those who accepted, with their roles in words."""

    session: Session
    roles: tuple[str, ...]
    presentations: tuple[Presentation, ...]
    others: tuple[tuple[Speaker, str], ...]

    @property
    def role(self) -> str:
        return emails.in_words(self.roles, self.presentations)

    @property
    def moderates(self) -> bool:
        return Role.MODERATOR in self.roles

    @property
    def room(self) -> str:
        return self.session.room.name if self.session.room else _("room to be announced")

    @property
    def times(self) -> str:
        """9.30–10.30, by the clock of the venue."""
        return emails.times(self.session.starts_at, self.session.ends_at, self.session.conference.zone)

    @property
    def day(self) -> str:
        return formats.date_format(timezone.localtime(self.session.starts_at, self.session.conference.zone), "l j F Y")

    @property
    def line(self) -> str:
        """All of it on one line of a mail."""
        return _("%(day)s, %(times)s, %(title)s, %(room)s: %(role)s") % {
            "day": self.day,
            "times": self.times,
            "title": self.session.title,
            "room": self.room,
            "role": self.role,
        }


def parts_of(speaker: Speaker) -> list[Part]:
    """The speaker's sessions in the working version, in order of time. A number of queries that does not grow."""
    mine = Q(appearances__speaker=speaker) | Q(presentations__speaker=speaker)
    sessions = Session.objects.filter(
        pk__in=Session.objects.filter(mine, conference=speaker.conference_id).values("pk")
    )
    return [_part(session, speaker) for session in sessions.select_related("conference").with_people().in_order()]


def _part(session: Session, speaker: Speaker) -> Part:
    appearances: list[Appearance] = list(session.appearances.all())
    presentations: list[Presentation] = list(session.presentations.all())
    own = tuple(talk for talk in presentations if talk.speaker_id == speaker.pk)
    present: dict[int, tuple[Speaker, list[str], list[Presentation]]] = {}
    for appearance in appearances:
        present.setdefault(appearance.speaker_id, (appearance.speaker, [], []))[1].append(appearance.role)
    for talk in presentations:
        if talk.speaker:
            present.setdefault(talk.speaker.pk, (talk.speaker, [], []))[2].append(talk)
    return Part(
        session=session,
        roles=tuple(appearance.role for appearance in appearances if appearance.speaker_id == speaker.pk),
        presentations=own,
        others=tuple(
            (other, emails.in_words(roles, talks))
            for pk, (other, roles, talks) in present.items()
            if pk != speaker.pk and other.is_public
        ),
    )


def needs_speech(parts: Iterable[Part]) -> bool:
    """Whether the interpreters would like a text: the speaker holds a speech or a presentation that is interpreted."""
    return any(part.session.languages and (part.presentations or Role.SPEAKER in part.roles) for part in parts)
