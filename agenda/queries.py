"""Reading the programme: the working version as plain values, and the newest release."""

import datetime
from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from agenda.kinds import Role, SessionKind
from agenda.models import Document, Plan, Presentation, Release, Session, Speaker, Star
from agenda.programme import (
    Programme,
    PublicAppearance,
    PublicDocument,
    PublicPerson,
    PublicPresentation,
    PublicRoom,
    PublicSession,
)
from conference.models import Conference
from registrations.states import ACTIVE


def newest_release(conference: Conference) -> Release | None:
    """What everybody reads; None before the first."""
    return Release.objects.filter(conference=conference).order_by("-number").first()


def end_of_last_session(conference: Conference) -> datetime.datetime | None:
    """None while no session is planned."""
    last = Session.objects.filter(conference=conference).order_by("-starts_at").first()
    return last.ends_at if last else None


def plan_of(conference: Conference) -> Plan:
    """The conference's plan; an unsaved one where nothing was planned yet."""
    return Plan.objects.filter(conference=conference).first() or Plan(conference=conference)


def speaker_codes(conference: Conference, user: User) -> set[str]:
    """The codes under which the user appears in the programme: of accounts that are linked to a participant."""
    speakers = Speaker.objects.accepted().filter(
        conference=conference, participant__user=user, participant__status__in=ACTIVE
    )
    return set(speakers.values_list("code", flat=True))


def starred_guids(conference: Conference, user: User) -> set[UUID]:
    """The sessions that the user marked, also those that have left the programme."""
    stars = Star.objects.filter(reader__conference=conference, reader__user=user)
    return set(stars.values_list("session_guid", flat=True))


def working_programme(conference: Conference) -> Programme:
    """The working version as a release of this moment would show it: only those who accepted are named.

    The number of queries does not depend on the number of sessions.
    """
    sessions = list(Session.objects.filter(conference=conference).with_people().in_order())
    named = {speaker.pk: speaker for session in sessions for speaker in _speakers_of(session) if speaker.is_public}
    photos = _photos(named)
    return Programme(
        slug=conference.slug,
        title=conference.title,
        held_on=conference.held_on,
        time_zone=conference.time_zone,
        venue=conference.venue.name,
        address=conference.venue.address_on_one_line,
        city=conference.venue.city,
        url=settings.SITE_URL + reverse("agenda:programme", args=[conference.slug]),
        organiser=conference.organiser_name,
        rooms=tuple(
            PublicRoom(room.name, room.capacity)
            for room in sorted(
                {session.room_id: session.room for session in sessions if session.room}.values(),
                key=lambda room: room.name,
            )
        ),
        people=tuple(
            _person(speaker, photos.get(speaker.pk, ""))
            for speaker in sorted(named.values(), key=lambda speaker: (speaker.sorted_name, speaker.pk))
        ),
        sessions=tuple(_session(session) for session in sessions),
    )


def _speakers_of(session: Session) -> Iterable[Speaker]:
    yield from (appearance.speaker for appearance in session.appearances.all())
    yield from (talk.speaker for talk in session.presentations.all() if talk.speaker)


def _photos(speakers: Iterable[int]) -> dict[int, str]:
    """The key of each speaker's newest photograph."""
    found = Document.objects.filter(speaker__in=speakers, kind=Document.Kind.PHOTO).order_by("uploaded_at", "pk")
    return {speaker: str(key) for speaker, key in found.values_list("speaker", "key")}


def _person(speaker: Speaker, photo: str) -> PublicPerson:
    return PublicPerson(
        code=speaker.code,
        guid=speaker.guid,
        name=speaker.addressed_name,
        function=speaker.function_now,
        organisation=speaker.organisation_now,
        biography=speaker.biography,
        photo=photo,
    )


def _session(session: Session) -> PublicSession:
    return PublicSession(
        guid=session.guid,
        code=session.code,
        number=session.number,
        kind=SessionKind(session.kind),
        title=session.title,
        starts_at=session.starts_at,
        minutes=session.minutes,
        room=session.room.name if session.room else "",
        abstract=session.abstract,
        question=session.question,
        languages=tuple(session.languages),
        appearances=tuple(
            PublicAppearance(Role(appearance.role), appearance.speaker.code)
            for appearance in session.appearances.all()
            if appearance.speaker.is_public
        ),
        presentations=tuple(_presentation(talk) for talk in session.presentations.all()),
    )


def _presentation(talk: Presentation) -> PublicPresentation:
    return PublicPresentation(
        guid=talk.guid,
        title=talk.title,
        minutes=talk.minutes,
        abstract=talk.abstract,
        delegation=talk.delegation.name if talk.delegation else "",
        speaker=talk.speaker.code if talk.speaker and talk.speaker.is_public else "",
        documents=tuple(
            PublicDocument(str(document.key), document.name, document.size)
            for document in talk.documents.all()
            if document.is_public
        ),
    )
