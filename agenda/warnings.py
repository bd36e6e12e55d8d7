"""What may be wrong with a programme. Warnings, never walls: each says what and where, and can be set aside."""

import datetime
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agenda.kinds import Role, SessionKind
from agenda.models import DismissedWarning, Document, Plan, Presentation, Session, Speaker
from agenda.queries import plan_of
from agenda.rearranging import Changed
from agenda.states import OPEN, SpeakerStatus
from conference.models import Conference, Room
from registrations import commitments
from registrations.commitments import Commitment

CHANGEOVER = datetime.timedelta(minutes=5)
# Three to five presentations of a panel are normal (domain facts of such conferences).
FEWEST_PRESENTATIONS, MOST_PRESENTATIONS = 3, 5
DEADLINE_IS_NEAR = datetime.timedelta(days=7)


@dataclass(frozen=True)
class ProgrammeWarning:
    """`key` names rule, session, people and facts: once the facts change it is another warning.

    `session`, `speaker` and `presentation` are what to look at; `successor` a participant who could step in.
    """

    rule: str
    key: str
    text: str
    session: Session | None = None
    speaker: Speaker | None = None
    presentation: Presentation | None = None
    successor: Any = None
    dismissed: DismissedWarning | None = None

    @property
    def is_open(self) -> bool:
        return self.dismissed is None


def find(conference: Conference) -> list[ProgrammeWarning]:
    """All warnings of the working version, in the order of the day, those that were dismissed with their reason.

    The number of queries does not depend on the number of sessions.
    """
    found = _found(_sessions(conference), conference)
    dismissed = {warning.key: warning for warning in DismissedWarning.objects.filter(conference=conference)}
    return [_with(warning, dismissed.get(warning.key)) for warning in found]


def arising(conference: Conference, changed: Changed) -> list[ProgrammeWarning]:
    """The warnings that there would be once the sessions have the times and rooms of `changed`, and are not there now.

    Those that were dismissed for the very same facts are left out. The number of queries does not depend on the number
    of sessions.
    """
    sessions = _sessions(conference)
    known = {warning.key for warning in _found(sessions, conference)}
    known.update(DismissedWarning.objects.filter(conference=conference).values_list("key", flat=True))
    rooms = Room.objects.in_bulk({slot.room for slot in changed.values() if slot.room})
    for session in sessions:
        if slot := changed.get(session.pk):
            session.starts_at, session.minutes = slot.starts_at, slot.minutes
            session.room = rooms[slot.room] if slot.room else None
    sessions.sort(key=lambda session: (session.starts_at, session.room.name if session.room else "", session.number))
    return [warning for warning in _found(sessions, conference) if warning.key not in known]


def _sessions(conference: Conference) -> list[Session]:
    return list(
        Session.objects.filter(conference=conference)
        .with_people()
        .prefetch_related(
            "appearances__speaker__participant__replaced_by", "presentations__speaker__participant__replaced_by"
        )
        .in_order()
    )


def _found(sessions: Sequence[Session], conference: Conference) -> list[ProgrammeWarning]:
    return check(
        sessions,
        conference=conference,
        plan=plan_of(conference),
        today=conference.today,
        elsewhere=commitments.of(conference, without="agenda"),
    )


def _with(warning: ProgrammeWarning, dismissed: DismissedWarning | None) -> ProgrammeWarning:
    return ProgrammeWarning(**{**warning.__dict__, "dismissed": dismissed})


def check(
    sessions: Sequence[Session],
    *,
    conference: Conference,
    plan: Plan,
    today: datetime.date,
    elsewhere: Iterable[Commitment] = (),
) -> list[ProgrammeWarning]:
    """The rules, one after the other, over sessions in order of time that were read `with_people`. Reads nothing."""
    warnings = [
        *_day(sessions, conference),
        *_rooms(sessions, conference),
        *_people(sessions, conference),
        *_commitments(sessions, elsewhere, conference),
        *_hours(sessions, conference, plan),
        *_panels(sessions),
        *_speakers(sessions),
        *_documents(sessions, plan, today),
    ]
    order = {session.pk: position for position, session in enumerate(sessions)}
    return sorted(warnings, key=lambda warning: order.get(warning.session.pk if warning.session else 0, -1))


def _key(rule: str, *facts: object) -> str:
    return ":".join([rule, *map(str, facts)])


def _clock(instant: datetime.datetime, conference: Conference) -> str:
    return formats.time_format(instant.astimezone(conference.zone))


def _times(session: Session) -> str:
    return f"{session.starts_at.timestamp():.0f}+{session.minutes}"


# Rooms ----------------------------------------------------------------------------------------


def _rooms(sessions: Sequence[Session], conference: Conference) -> Iterator[ProgrammeWarning]:
    """Two at a time in one room, and too little time between two."""
    by_room: dict[int, list[Session]] = defaultdict(list)
    for session in sessions:
        if session.room_id:
            by_room[session.room_id].append(session)
    for row in by_room.values():
        # Lunch and market place share the atrium, so only what is spoken needs a room of its own. All that may overlap
        # a session stands before it in the row, until one has ended before it begins.
        running: list[Session] = []
        for session in row:
            running = [other for other in running if other.ends_at > session.starts_at]
            for other in running:
                if not (other.is_break and session.is_break):
                    yield ProgrammeWarning(
                        "room overlap",
                        _key("room overlap", other.pk, _times(other), session.pk, _times(session)),
                        _("“%(other)s” is still in %(room)s until %(time)s.")
                        % {"other": other, "room": session.room, "time": _clock(other.ends_at, conference)},
                        session=session,
                    )
            running.append(session)
        for earlier, later in itertools.pairwise(row):
            pause = later.starts_at - earlier.ends_at
            both_spoken = not earlier.is_break and not later.is_break
            if both_spoken and _is_changeover(earlier, later) and datetime.timedelta(0) <= pause < CHANGEOVER:
                minutes = int(pause.total_seconds() // 60)
                words = ngettext(
                    "Only %(minutes)s minute to change over from “%(other)s”.",
                    "Only %(minutes)s minutes to change over from “%(other)s”.",
                    minutes,
                )
                if not minutes:
                    words = _("No time to change over from “%(other)s”.")
                yield ProgrammeWarning(
                    "changeover",
                    _key("changeover", earlier.pk, later.pk, minutes),
                    words % {"minutes": minutes, "other": earlier},
                    session=later,
                )


def _is_changeover(earlier: Session, later: Session) -> bool:
    """Whether the stage has to be prepared anew: welcome words lead into the opening without a pause."""
    return SessionKind.PANEL in {earlier.kind, later.kind}


# People ---------------------------------------------------------------------------------------


def _in(session: Session) -> dict[int, Speaker]:
    """Everybody in a session, by speaker."""
    people = {appearance.speaker_id: appearance.speaker for appearance in session.appearances.all()}
    return people | {talk.speaker_id: talk.speaker for talk in session.presentations.all() if talk.speaker}


def _people(sessions: Sequence[Session], conference: Conference) -> Iterator[ProgrammeWarning]:
    """One person in two sessions at once."""
    by_speaker: dict[int, list[Session]] = defaultdict(list)
    for session in sessions:
        for speaker in _in(session):
            by_speaker[speaker].append(session)
    for number, row in by_speaker.items():
        running: list[Session] = []
        for session in row:
            running = [other for other in running if other.ends_at > session.starts_at]
            for other in running:
                speaker = _in(session)[number]
                yield ProgrammeWarning(
                    "person overlap",
                    _key("person overlap", number, other.pk, _times(other), session.pk, _times(session)),
                    _("%(person)s is also in “%(other)s” until %(time)s.")
                    % {"person": speaker, "other": other, "time": _clock(other.ends_at, conference)},
                    session=session,
                    speaker=speaker,
                )
            running.append(session)


def _commitments(
    sessions: Sequence[Session], elsewhere: Iterable[Commitment], conference: Conference
) -> Iterator[ProgrammeWarning]:
    """A speaker who also sits in a meeting or stands at a stand."""
    by_participant: dict[int, list[Commitment]] = defaultdict(list)
    for commitment in elsewhere:
        by_participant[commitment.participant].append(commitment)
    for session in sessions:
        for speaker in _in(session).values():
            for commitment in by_participant.get(speaker.participant_id or 0, ()):
                if commitment.starts_at < session.ends_at and commitment.ends_at > session.starts_at:
                    yield ProgrammeWarning(
                        "commitment",
                        _key(
                            "commitment",
                            speaker.pk,
                            session.pk,
                            _times(session),
                            f"{commitment.starts_at.timestamp():.0f}",
                            commitment.what[:60],
                        ),
                        _("%(person)s has something else at %(time)s: %(what)s.")
                        % {
                            "person": speaker,
                            "time": _clock(commitment.starts_at, conference),
                            "what": commitment.what,
                        },
                        session=session,
                        speaker=speaker,
                    )


# Day and hours --------------------------------------------------------------------------------


def _day(sessions: Sequence[Session], conference: Conference) -> Iterator[ProgrammeWarning]:
    """The conference was postponed, and its programme stayed where it was."""
    days = {session.starts_at.astimezone(conference.zone).date() for session in sessions}
    if days and conference.held_on not in days:
        yield ProgrammeWarning(
            "day",
            _key("day", conference.held_on, *sorted(days)),
            _("No session is on the day of the conference, %(day)s. “Move a day” takes them there.")
            % {"day": formats.date_format(conference.held_on)},
        )


def _hours(sessions: Sequence[Session], conference: Conference, plan: Plan) -> Iterator[ProgrammeWarning]:
    opens = plan.venue_opens_at or conference.opens_at
    closes = plan.venue_closes_at or conference.closes_at
    for session in sessions:
        begins, ends = (instant.astimezone(conference.zone) for instant in (session.starts_at, session.ends_at))
        # By the clock of the day on which it begins: what runs past midnight is outside.
        if begins.time() < opens or ends.date() > begins.date() or ends.time() > closes:
            yield ProgrammeWarning(
                "hours",
                _key("hours", session.pk, _times(session), opens, closes),
                _("The venue is open from %(opens)s to %(closes)s.")
                % {"opens": formats.time_format(opens), "closes": formats.time_format(closes)},
                session=session,
            )


# Panels ---------------------------------------------------------------------------------------


def _panels(sessions: Sequence[Session]) -> Iterator[ProgrammeWarning]:
    for session in sessions:
        talks = list(session.presentations.all())
        presented = sum(talk.minutes for talk in talks)
        if presented > session.minutes:
            yield ProgrammeWarning(
                "too long",
                _key("too long", session.pk, presented, session.minutes),
                _("The presentations take %(presented)s minutes, the session has %(minutes)s.")
                % {"presented": presented, "minutes": session.minutes},
                session=session,
            )
        if session.kind != SessionKind.PANEL:
            continue
        if not any(appearance.role == Role.MODERATOR for appearance in session.appearances.all()):
            yield ProgrammeWarning(
                "no moderator", _key("no moderator", session.pk), _("Nobody moderates."), session=session
            )
        if not FEWEST_PRESENTATIONS <= len(talks) <= MOST_PRESENTATIONS:
            words = ngettext(
                "%(number)s presentation; three to five are usual.",
                "%(number)s presentations; three to five are usual.",
                len(talks),
            )
            if not talks:
                words = _("No presentation yet; three to five are usual.")
            yield ProgrammeWarning(
                "presentations",
                _key("presentations", session.pk, len(talks)),
                words % {"number": len(talks)},
                session=session,
            )
        yield from _balance(session)


def _balance(session: Session) -> Iterator[ProgrammeWarning]:
    """No woman or no man among the panellists: only where all of them said so, without the moderator."""
    moderating = {
        appearance.speaker_id for appearance in session.appearances.all() if appearance.role == Role.MODERATOR
    }
    panellists = [speaker for number, speaker in _in(session).items() if number not in moderating]
    genders = {speaker.gender for speaker in panellists if not speaker.is_gone}
    if not genders or "" in genders:
        return
    for missing, text in [
        (Speaker.Gender.WOMAN, _("There is no woman among the panellists.")),
        (Speaker.Gender.MAN, _("There is no man among the panellists.")),
    ]:
        if missing not in genders:
            people = ",".join(str(speaker.pk) for speaker in sorted(panellists, key=lambda speaker: speaker.pk))
            yield ProgrammeWarning("balance", _key("balance", session.pk, missing, people)[:200], text, session=session)


# Speakers -------------------------------------------------------------------------------------


def _speakers(sessions: Sequence[Session]) -> Iterator[ProgrammeWarning]:
    """Who has not confirmed, and who is gone and leaves a gap."""
    for session in sessions:
        for speaker in _in(session).values():
            key = (speaker.pk, session.pk, speaker.status)
            if speaker.is_gone:
                declined = speaker.status == SpeakerStatus.DECLINED
                yield ProgrammeWarning(
                    "gone",
                    _key("gone", *key),
                    (_("%(person)s has declined.") if declined else _("%(person)s no longer takes part."))
                    % {"person": speaker},
                    session=session,
                    speaker=speaker,
                    successor=_successor(speaker),
                )
            elif speaker.status in OPEN:
                asked = speaker.status == SpeakerStatus.ASKED
                yield ProgrammeWarning(
                    "unconfirmed",
                    _key("unconfirmed", *key),
                    (_("%(person)s has not replied yet.") if asked else _("%(person)s has not been asked yet."))
                    % {"person": speaker},
                    session=session,
                    speaker=speaker,
                )


def _successor(speaker: Speaker) -> Any:
    """The participant who took the seat of one who left; None where nobody did."""
    return getattr(speaker.participant, "replaced_by", None) if speaker.participant else None


# Documents ------------------------------------------------------------------------------------


def _documents(sessions: Sequence[Session], plan: Plan, today: datetime.date) -> Iterator[ProgrammeWarning]:
    due = plan.documents_due_on
    if due is None or today < due - DEADLINE_IS_NEAR:
        return
    for session in sessions:
        for talk in session.presentations.all():
            if any(document.kind == Document.Kind.SLIDES for document in talk.documents.all()):
                continue
            yield ProgrammeWarning(
                "no slides",
                _key("no slides", talk.pk, due),
                _("No slides yet for “%(title)s”, due on %(date)s.")
                % {"title": talk, "date": formats.date_format(due)},
                session=session,
                presentation=talk,
                speaker=talk.speaker,
            )
