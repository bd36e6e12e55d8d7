"""Speakers: asking them by a personal link, their word, reminding them, and who takes the place of one who is gone."""

import secrets
from collections.abc import Callable, Iterable, Sequence

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from agenda import emails
from agenda.models import Session, Speaker, SpeakerLink
from agenda.parts import Part, parts_of
from agenda.queries import plan_of
from agenda.services import documents, planning
from agenda.states import GONE, SPEAKER_TRANSITIONS, SpeakerStatus
from conference import history
from conference.links import ends_at, links_end_at
from conference.models import Conference
from conference.transitions import TransitionRefused, move
from mailings import services as outbox
from registrations.models import Participant
from registrations.services.invitations import hash_token
from registrations.states import ACTIVE


class SpeakerRefused(Exception):
    """The change is not possible; the message says why and what to do."""


class AlreadyReplied(SpeakerRefused):
    """The same reply had arrived before: nothing was changed, nothing is wrong."""


def locked(speaker: Speaker) -> Speaker:
    """The speaker as stored, locked until the end of the transaction."""
    rows = Speaker.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("conference__venue", "participant__delegation").get(pk=speaker.pk)


def _who(speaker: Speaker, by: User | None) -> str:
    """In the history: the organiser, or the speaker who used the personal link."""
    return "" if by else _("%(name)s, by personal link") % {"name": speaker.full_name}


def _move(speaker: Speaker, to: str, *, action: str, by: User | None, by_label: str = "", **changes: object) -> None:
    try:
        move(
            speaker, to, transitions=SPEAKER_TRANSITIONS, action=action, by=by, by_label=by_label, detail="", **changes
        )
    except TransitionRefused as refusal:
        raise SpeakerRefused(str(refusal)) from refusal


# Who they are ---------------------------------------------------------------------------------


def add_speaker(
    conference: Conference, *, by: User | None, participant: Participant | None = None, **fields: str
) -> Speaker:
    """A participant, or a guest from outside described by `fields`, becomes a speaker who was not asked yet."""
    return save_speaker(Speaker(conference=conference, participant=participant, **fields), changed=[], by=by)


@transaction.atomic
def save_speaker(speaker: Speaker, *, changed: Sequence[str], by: User | None) -> Speaker:
    """Saves what an organiser typed. A corrected address ends the links that went to the wrong one.

    Raises SpeakerRefused for a participant of another conference, and for one who is a speaker already.
    """
    if speaker.participant and speaker.participant.conference_id != speaker.conference_id:
        raise SpeakerRefused(_("This participant belongs to another conference."))
    is_new = speaker.pk is None
    try:
        with transaction.atomic():
            if is_new:
                speaker.save()
            elif changed:
                # Only what was typed: the status and the speaker's own words may have changed meanwhile.
                speaker.save(update_fields=list(changed))
    except IntegrityError as error:
        raise SpeakerRefused(_("This participant is a speaker already, or the name is missing.")) from error
    if not is_new and {"email", "participant"} & set(changed):
        _revoke(speaker)
    if is_new or changed:
        detail = history.field_labels(Speaker, changed)
        history.record(speaker, "created" if is_new else "changed", by=by, detail=detail)
    return speaker


@transaction.atomic
def remove_speaker(speaker: Speaker, *, by: User | None) -> None:
    """Forgets a speaker with links and documents. Raises SpeakerRefused while they stand in the programme."""
    speaker = locked(speaker)
    if speaker.appearances.exists() or speaker.presentations.exists():
        raise SpeakerRefused(_("%(person)s stands in the programme. Replace them there first.") % {"person": speaker})
    for document in speaker.documents.all():
        documents.delete(document, by=by)
    _revoke(speaker)
    history.record(speaker.conference, "speaker deleted", by=by)
    speaker.delete()


@transaction.atomic
def save_profile(speaker: Speaker, *, biography: str, language: str = "", by: User | None) -> None:
    """What the public programme tells of the speaker; for a guest from outside also the language of our mails.

    A participant's language is that of the registration and stays as it is.
    """
    present = locked(speaker)
    wanted = {"biography": biography}
    if language and not present.participant:
        wanted["language"] = language
    changed = [name for name, value in wanted.items() if getattr(present, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(present, name, wanted[name])
        setattr(speaker, name, wanted[name])
    present.save(update_fields=changed)
    detail = history.field_labels(Speaker, changed)
    history.record(present, "changed", by=by, by_label=_who(present, by), detail=detail)


# Links ----------------------------------------------------------------------------------------


def find_link(token: str) -> SpeakerLink | None:
    """The personal link with this token, good or not, with its speaker; None for an unknown one."""
    links = SpeakerLink.objects.select_related("speaker__conference__venue", "speaker__participant__delegation")
    return links.filter(token_sha256=hash_token(token)).first()


def link_address(token: str) -> str:
    return settings.SITE_URL + reverse("agenda:speaker_link", args=[token])


def _new_link(speaker: Speaker) -> tuple[str, SpeakerLink]:
    """A new token, and its unsaved row."""
    token = secrets.token_urlsafe(32)
    expires_at = links_end_at(speaker.conference)
    return token, SpeakerLink(speaker=speaker, token_sha256=hash_token(token), expires_at=expires_at)


@transaction.atomic
def show_link(speaker: Speaker, *, by: User) -> str:
    """A new personal link for an organiser to pass on by hand: who was not asked before is asked by it.

    Shown once; in the history it stands who took it.
    """
    speaker = locked(speaker)
    check_can_be_asked(speaker)
    if speaker.status != SpeakerStatus.ACCEPTED:
        _mark_asked(speaker, by=by)
    token, link = _new_link(speaker)
    link.save()
    history.record(speaker, "link shown to the organiser", by=by)
    return link_address(token)


@transaction.atomic
def revoke_links(speaker: Speaker, *, by: User | None) -> int:
    """Ends all links of the speaker, and cancels the mails that would bring more. Returns how many ended."""
    ended = _revoke(locked(speaker))
    if ended:
        history.record(speaker, "links revoked", by=by)
    return ended


def _revoke(speaker: Speaker) -> int:
    outbox.cancel(speaker.links.exclude(mail=None).values_list("mail", flat=True))
    return speaker.links.filter(revoked_at=None).update(revoked_at=timezone.now())


# Asking ---------------------------------------------------------------------------------------


@transaction.atomic
def ask(speaker: Speaker, *, by: User | None) -> None:
    """Sends the request to speak with a personal link; once more to who was asked before and has not replied.

    Raises SpeakerRefused without an address or a session, for who has accepted, and for who no longer takes part.
    """
    speaker = locked(speaker)
    if speaker.status == SpeakerStatus.ACCEPTED:
        raise SpeakerRefused(_("%(person)s has accepted already.") % {"person": speaker})
    check_can_be_asked(speaker)
    if not speaker.email_now:
        raise SpeakerRefused(_("There is no e-mail address of %(person)s.") % {"person": speaker})
    parts = parts_of(speaker)
    if not parts:
        raise SpeakerRefused(_("%(person)s is in no session yet.") % {"person": speaker})
    _mark_asked(speaker, by=by)
    write_mail(speaker, "speaker_request", parts=parts)


def check_can_be_asked(speaker: Speaker) -> None:
    """Raises SpeakerRefused for who no longer takes part in the conference, and for all once it is over."""
    if speaker.participant and speaker.participant.status not in ACTIVE:
        raise SpeakerRefused(_("%(person)s no longer takes part in the conference.") % {"person": speaker})
    if timezone.now() > ends_at(speaker.conference):
        raise SpeakerRefused(_("The conference is over."))


def _mark_asked(speaker: Speaker, *, by: User | None) -> None:
    if speaker.status == SpeakerStatus.ASKED:
        history.record(speaker, "asked again", by=by)
        return
    _move(
        speaker,
        SpeakerStatus.ASKED,
        action="asked",
        by=by,
        asked_at=timezone.now(),
        replied_at=None,
        reminded_to_reply_at=None,
    )


def ask_many(speakers: Iterable[Speaker], *, by: User | None) -> tuple[int, list[str]]:
    """Asks each. Returns how many were asked, and for the others why not."""
    return _each(speakers, lambda speaker: ask(speaker, by=by))


def _each(speakers: Iterable[Speaker], change: Callable[[Speaker], None]) -> tuple[int, list[str]]:
    """Each in a transaction of its own: one that is refused keeps no other from it."""
    done, refusals = 0, []
    for speaker in speakers:
        try:
            change(speaker)
        except SpeakerRefused as refusal:
            refusals.append(str(refusal))
        else:
            done += 1
    return done, refusals


def write_mail(speaker: Speaker, kind: str, *, parts: Sequence[Part], missing: Sequence[str] = ()) -> None:
    """Writes one mail with a new personal link; the earlier links stay good. Needs the lock of the speaker."""
    token, link = _new_link(speaker)
    draft = emails.speaker_draft(
        speaker,
        speaker.conference,
        plan_of(speaker.conference),
        kind=kind,
        number=speaker.links.count() + 1,
        link=link_address(token),
        sessions=[part.line for part in parts],
        missing=missing,
    )
    link.mail = outbox.enqueue(speaker.conference, draft)
    link.save()


# Their word -----------------------------------------------------------------------------------


@transaction.atomic
def accept(speaker: Speaker, *, by: User | None, message: str = "") -> None:
    """The speaker comes; `by` is the organiser who records it. A mail confirms it, with a link to send documents by.

    Raises AlreadyReplied where that was known, SpeakerRefused where it is not possible any more.
    """
    speaker = locked(speaker)
    if speaker.status == SpeakerStatus.ACCEPTED:
        raise AlreadyReplied(_("The acceptance has arrived before."))
    check_can_be_asked(speaker)
    _check_own_word(speaker, by=by)
    _move(
        speaker,
        SpeakerStatus.ACCEPTED,
        action="accepted",
        by=by,
        by_label=_who(speaker, by),
        replied_at=timezone.now(),
        message=message,
    )
    if speaker.email_now:
        write_mail(speaker, "speaker_confirmed", parts=parts_of(speaker))


def accept_many(speakers: Iterable[Speaker], *, by: User) -> tuple[int, list[str]]:
    """Records the acceptance of each, as after a round of telephone calls: each with an address gets the mail.

    Returns of how many it is new, and for those who cannot accept why not.
    """
    known = [speaker for speaker in speakers if speaker.status != SpeakerStatus.ACCEPTED]
    return _each(known, lambda speaker: accept(speaker, by=by))


@transaction.atomic
def decline(speaker: Speaker, *, by: User | None, message: str = "") -> None:
    """The speaker does not come, also after having accepted. The gap shows among the warnings of the programme."""
    speaker = locked(speaker)
    if speaker.status == SpeakerStatus.DECLINED:
        raise AlreadyReplied(_("The refusal has arrived before."))
    _check_own_word(speaker, by=by)
    _move(
        speaker,
        SpeakerStatus.DECLINED,
        action="declined",
        by=by,
        by_label=_who(speaker, by),
        replied_at=timezone.now(),
        message=message,
    )


def _check_own_word(speaker: Speaker, *, by: User | None) -> None:
    """What an organiser may record any time, the link allows until the conference ends, and not once withdrawn."""
    if by is not None:
        return
    if speaker.status == SpeakerStatus.WITHDRAWN:
        raise SpeakerRefused(_("You are no longer in the programme. Please write to the organiser."))
    if timezone.now() > ends_at(speaker.conference):
        raise SpeakerRefused(_("The conference is over."))


@transaction.atomic
def withdraw(speaker: Speaker, *, by: User | None) -> None:
    """The organiser takes the speaker's part away; where they stood in the programme a gap shows."""
    speaker = locked(speaker)
    _move(speaker, SpeakerStatus.WITHDRAWN, action="withdrawn", by=by)


@transaction.atomic
def withdraw_with(participant: Participant, *, by: User | None) -> None:
    """Whoever no longer takes part in the conference does not speak there either."""
    for found in Speaker.objects.filter(participant=participant).exclude(status__in=GONE):
        speaker = locked(found)
        if speaker.status not in GONE:
            _move(speaker, SpeakerStatus.WITHDRAWN, action="withdrawn", by=by)


@transaction.atomic
def replace_speaker(speaker: Speaker, *, successor: Speaker | Participant, by: User | None) -> Speaker:
    """`successor` takes all appearances and presentations; the speaker's links end. Returns who speaks now.

    Documents stay with who sent them: slides of a presentation remain its slides until the successor sends others.
    Raises SpeakerRefused where the successor is the same person, of another conference, or gone.
    """
    plan = planning.lock(speaker.conference)
    speaker = locked(speaker)
    heir = _as_speaker(successor, by=by)
    if heir.pk == speaker.pk:
        raise SpeakerRefused(_("Choose another person."))
    if heir.conference_id != speaker.conference_id:
        raise SpeakerRefused(_("This person belongs to another conference."))
    if heir.is_gone:
        raise SpeakerRefused(_("%(person)s no longer takes part.") % {"person": heir})
    sessions = Session.objects.filter(pk__in=[part.session.pk for part in parts_of(speaker)])
    # Who is in a session already is not in it twice.
    speaker.appearances.filter(session__in=heir.appearances.values("session")).delete()
    speaker.appearances.update(speaker=heir)
    # After the appearances: this filter reads them no more.
    speaker.presentations.update(speaker=heir)
    sessions.update(version=F("version") + 1)
    history.record_many(
        list(sessions), "changed", by=by, detail=_("%(new)s for %(old)s") % {"new": heir, "old": speaker}
    )
    planning.touch(plan, by=by)
    if speaker.status not in GONE:
        _move(speaker, SpeakerStatus.WITHDRAWN, action="replaced", by=by)
    _revoke(speaker)
    return heir


def _as_speaker(person: Speaker | Participant, *, by: User | None) -> Speaker:
    if isinstance(person, Participant):
        found = Speaker.objects.filter(conference=person.conference_id, participant=person).first()
        return locked(found) if found else add_speaker(person.conference, participant=person, by=by)
    return locked(person)
