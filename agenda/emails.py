"""The mails to speakers and readers of the programme: which kinds there are, and what their placeholders hold."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from agenda.kinds import Role
from agenda.models import Plan, Speaker
from agenda.programme import Programme, PublicPresentation, PublicSession
from conference.models import Conference
from mailings import kinds, services
from mailings.models import Mail
from mailings.services import Draft

_CONFERENCE = {
    "conference": gettext_lazy("title of the conference"),
    "date": gettext_lazy("its date"),
    "venue": gettext_lazy("venue and address on one line"),
    "organiser": gettext_lazy("name of the organiser"),
    "mailbox": gettext_lazy("functional mailbox"),
    "conference_link": gettext_lazy("address of the public page"),
}
_SPEAKER = {
    **_CONFERENCE,
    "name": gettext_lazy("title and name of the speaker"),
    "sessions": gettext_lazy("the speaker's sessions, one a line: time, title, room, role"),
    "reply_when": gettext_lazy("until when to reply: “by Friday 1 February 2019”, or “as soon as you can”"),
    "documents_when": gettext_lazy("until when slides and speech are needed, in the same words"),
    "speaker_link": gettext_lazy("personal link to the speaker's page"),
}
_DOCUMENTS = {**_SPEAKER, "missing": gettext_lazy("what is still missing, one a line")}
_SESSION = {
    **_CONFERENCE,
    "name": gettext_lazy("title and name of the speaker"),
    "session": gettext_lazy("title of the session"),
    "session_date": gettext_lazy("its day"),
    "session_times": gettext_lazy("when it begins and ends"),
    "zone": gettext_lazy("the city whose clock these times are read from"),
    "room": gettext_lazy("its room"),
    "role": gettext_lazy("what the speaker does in it"),
    "programme_link": gettext_lazy("address of the public programme"),
}
_CHANGED = {**_SESSION, "change": gettext_lazy("what changed, in words")}
_PROGRAMME = {
    **_CONFERENCE,
    "changes": gettext_lazy("what changed, one a line"),
    "release": gettext_lazy("number of the new version"),
    "programme_link": gettext_lazy("address of the public programme"),
    "wish_link": gettext_lazy("address of the page where the reader ends these mails"),
}
_LINK = ("speaker_link",)


@dataclass(frozen=True)
class SessionNotice:
    """What to tell one speaker about one session of a release.

    REQUEST puts the session into the speaker's calendar or updates it; CANCEL takes it out. `what` is the change in
    words, empty where the session is told of for the first time.
    """

    speaker: Speaker
    session: PublicSession
    method: Literal["REQUEST", "CANCEL"]
    what: str = ""

    @property
    def kind(self) -> str:
        if self.method == "CANCEL":
            return "session_dropped"
        return "session_changed" if self.what else "session_announced"


def register_kinds() -> None:
    """Tells mailings which mails an organiser can rewrite."""
    for name, label, placeholders, required, secret in [
        ("speaker_request", gettext_lazy("Request to speak"), _SPEAKER, _LINK, _LINK),
        ("speaker_reminder", gettext_lazy("Reminder to a speaker who has not replied"), _SPEAKER, _LINK, _LINK),
        ("speaker_confirmed", gettext_lazy("Thanks to a speaker who accepted"), _SPEAKER, _LINK, _LINK),
        ("documents_reminder", gettext_lazy("Reminder of slides and speech"), _DOCUMENTS, _LINK, _LINK),
        ("session_announced", gettext_lazy("A speaker's session is in the programme"), _SESSION, (), ()),
        ("session_changed", gettext_lazy("A speaker's session changed"), _CHANGED, (), ()),
        ("session_dropped", gettext_lazy("A speaker's session was dropped"), _CHANGED, (), ()),
        ("programme_changed", gettext_lazy("The programme changed, to readers who asked"), _PROGRAMME, (), ()),
    ]:
        kinds.register(kinds.MailKind(name, label, placeholders, _examples, required, secret))


def _examples(conference: Conference) -> dict[str, str]:
    day = formats.date_format(conference.held_on, "l j F Y")
    return {
        **_conference_values(conference),
        "name": "Ms Jana Štěpánková",
        "sessions": _("9.30–10.30, Panel 1, Plenary room: moderator"),
        "reply_when": when(conference.held_on - datetime.timedelta(weeks=5)),
        "documents_when": when(conference.held_on - datetime.timedelta(weeks=1)),
        "missing": _("slides for “Working with schools”"),
        "speaker_link": f"{settings.SITE_URL}/speaker/example/",
        "session": _("Panel 1"),
        "session_date": day,
        "session_times": "9.30–10.30",
        "zone": conference.venue.city,
        "room": _("Plenary room"),
        "role": _("moderator"),
        "change": _("It begins at 9.30 instead of 9.15."),
        "changes": _("Panel 1 begins at 9.30 instead of 9.15."),
        "release": "2",
        **_programme_links(conference),
    }


def _conference_values(conference: Conference) -> dict[str, str]:
    return {
        "conference": conference.title,
        "date": formats.date_format(conference.held_on, "l j F Y"),
        "venue": conference.venue.address_on_one_line,
        "organiser": conference.organiser_name,
        "mailbox": conference.mailbox,
        "conference_link": settings.SITE_URL + conference.get_absolute_url(),
    }


def _programme_links(conference: Conference) -> dict[str, str]:
    return {
        "programme_link": settings.SITE_URL + reverse("agenda:programme", args=[conference.slug]),
        "wish_link": settings.SITE_URL + reverse("agenda:my_programme", args=[conference.slug]),
    }


def when(day: datetime.date | None) -> str:
    """A deadline as a mail says it."""
    return _("by %(day)s") % {"day": formats.date_format(day, "l j F Y")} if day else _("as soon as you can")


# To speakers, with their personal link -----------------------------------------------------------


def speaker_draft(
    speaker: Speaker,
    conference: Conference,
    plan: Plan,
    *,
    kind: str,
    number: int,
    link: str,
    sessions: Sequence[str],
    missing: Sequence[str] = (),
) -> Draft:
    """The mail `kind` with the personal link `link`; `number` tells the mails of one speaker apart."""
    with translation.override(settings.LANGUAGE_CODE):
        values = {
            **_conference_values(conference),
            "name": speaker.addressed_name,
            "sessions": _lines(sessions),
            "reply_when": when(plan.speakers_reply_by),
            "documents_when": when(plan.documents_due_on),
            "missing": _lines(missing),
        }
    return Draft(
        kind=kind,
        key=f"{kind}:{speaker.pk}:{number}",
        to=[speaker.email_now],
        values=values,
        secrets={"speaker_link": link},
        language=speaker.language_now,
    )


def _lines(items: Iterable[str]) -> str:
    return "\n".join(f"– {item}" for item in items)


# After a release ---------------------------------------------------------------------------------


def queue_session_entries(
    conference: Conference, release_number: int, programme: Programme, notices: Sequence[SessionNotice]
) -> list[Mail]:
    """Tells speakers about their sessions of a release, each with the calendar entry; who has no address is left out.

    `programme` is that of the release. Called again for the same release, it writes nothing twice.
    """
    with translation.override(settings.LANGUAGE_CODE):
        drafts = [
            _session_draft(conference, release_number, programme, notice)
            for notice in notices
            if notice.speaker.email_now
        ]
        return services.enqueue_many(conference, drafts) if drafts else []


def _session_draft(conference: Conference, release_number: int, programme: Programme, notice: SessionNotice) -> Draft:
    from agenda.exchange import calendars

    speaker, session = notice.speaker, notice.session
    return Draft(
        kind=notice.kind,
        key=f"session:{release_number}:{session.guid}:{speaker.pk}",
        to=[speaker.email_now],
        values={
            **_conference_values(conference),
            "name": speaker.addressed_name,
            "session": session.title,
            "session_date": formats.date_format(programme.day_of(session), "l j F Y"),
            "session_times": times(session.starts_at, session.ends_at, programme.zone),
            "zone": programme.city,
            "room": session.room or _("room to be announced"),
            "role": roles_in(session, speaker.code),
            "change": notice.what,
            "programme_link": programme.url,
        },
        language=speaker.language_now,
        calendar=calendars.session_entry(
            programme,
            session,
            method=notice.method,
            attendee_email=speaker.email_now,
            attendee_name=speaker.full_name,
            mailbox=conference.mailbox,
        ),
        calendar_method=notice.method,
    )


def queue_programme_changes(
    conference: Conference, release_number: int, changes: Sequence[str], readers: Sequence[User]
) -> list[Mail]:
    """Tells readers who asked what a release changed, a sentence each. Writes nothing twice, nor without changes."""
    if not changes or not readers:
        return []
    with translation.override(settings.LANGUAGE_CODE):
        values = {
            **_conference_values(conference),
            "changes": _lines(changes),
            "release": str(release_number),
            **_programme_links(conference),
        }
    return services.enqueue_many(
        conference,
        [
            Draft(
                kind="programme_changed",
                key=f"programme_changed:{conference.pk}:{release_number}:{reader.pk}",
                to=[reader.email],
                values=values,
                priority=Mail.Priority.BULK,
            )
            for reader in readers
        ],
    )


# In words ---------------------------------------------------------------------------------------


def times(starts_at: datetime.datetime, ends_at: datetime.datetime, zone: datetime.tzinfo) -> str:
    """From when to when, by the clock of `zone`: 9.30–10.30."""
    return "–".join(formats.time_format(timezone.localtime(instant, zone)) for instant in (starts_at, ends_at))


def roles_in(session: PublicSession, code: str) -> str:
    """What the person does in the session: “moderator, presents “Working with schools” (5 minutes)”."""
    return in_words(
        [appearance.role for appearance in session.appearances if appearance.person == code],
        [presentation for presentation in session.presentations if presentation.speaker == code],
    )


def in_words(roles: Iterable[str], presentations: Iterable[PublicPresentation]) -> str:
    labels: Mapping[str, str] = {role.value: str(role.label) for role in Role}
    return ", ".join(
        [
            *(labels[role] for role in roles),
            *(
                ngettext(
                    "presents “%(title)s” (%(minutes)d minute)",
                    "presents “%(title)s” (%(minutes)d minutes)",
                    talk.minutes,
                )
                % {"title": talk.title, "minutes": talk.minutes}
                for talk in presentations
            ),
        ]
    )
