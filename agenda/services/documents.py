"""Speakers' documents: keeping what passed the checks, replacing, taking away, and what is still missing."""

import logging
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from agenda.kinds import Role
from agenda.models import Appearance, Document, Presentation, Release, Speaker
from agenda.uploads import check
from conference import files, history

logger = logging.getLogger(__name__)

# A speaker has one of these (for each presentation), the newest; of speeches as many as they hold.
_ONE_EACH = frozenset({Document.Kind.PHOTO, Document.Kind.SLIDES, Document.Kind.ABSTRACT})
MOST_SPEECHES = 5
FOLDER = "documents"


class DocumentRefused(Exception):
    """The document cannot be kept; the message says why, and that nothing else is lost."""


def add(
    speaker: Speaker,
    *,
    kind: str,
    upload: UploadedFile,
    by: User | None,
    presentation: Presentation | None = None,
) -> Document:
    """Checks and keeps an upload; an earlier one of the same place is replaced. `by=None` is the speaker.

    Raises UploadRefused for what the file is, DocumentRefused where it could not be stored. The file is stored before
    the transaction: a slow store must not hold locks. If the transaction fails, the file is taken away again.
    """
    if presentation is not None and presentation.speaker_id != speaker.pk:
        raise DocumentRefused(_("This presentation is no longer yours. Nothing was stored."))
    checked = check(upload, kind)
    document = Document(
        speaker=speaker,
        presentation=presentation,
        kind=kind,
        name=checked.name,
        content_type=checked.content_type,
        size=checked.size,
    )
    _store(document, checked.content)
    try:
        return _keep(document, by=by)
    except BaseException:
        files.discard(document.file.storage, str(document.file.name))
        raise


def _store(document: Document, content: "File[bytes]") -> None:
    try:
        document.file.save(document.name, content, save=False)
    # A full disk, a store that does not answer: each storage backend has errors of its own.
    except Exception as error:
        logger.exception("A document could not be stored.")
        raise DocumentRefused(
            _("“%(name)s” could not be stored just now. Please try again in a few minutes.") % {"name": document.name}
        ) from error


@transaction.atomic
def _keep(document: Document, *, by: User | None) -> Document:
    speaker = Speaker.objects.select_for_update(no_key=True).get(pk=document.speaker_id)
    earlier = list(_same_place(document))
    if document.kind in _ONE_EACH:
        _supersede(earlier, speaker)
    elif len(earlier) >= MOST_SPEECHES:
        raise DocumentRefused(
            _("You have sent %(number)d already. Delete one of them first.") % {"number": MOST_SPEECHES}
        )
    document.save()
    _record(speaker, "document sent", document, by=by)
    return document


def _same_place(document: Document) -> Iterable[Document]:
    return Document.objects.filter(
        speaker=document.speaker_id, kind=document.kind, presentation=document.presentation_id
    ).exclude(pk=document.pk)


def _supersede(earlier: Iterable[Document], speaker: Speaker) -> None:
    """Forgets what is replaced. A photograph that the published release shows stays until another release."""
    shown = _photographs_shown(speaker.conference_id)
    for document in earlier:
        if document.key not in shown:
            _forget(document)


def _photographs_shown(conference_id: int) -> set[UUID]:
    """Keys of the photographs in the newest release."""
    release = Release.objects.filter(conference=conference_id).order_by("-number").first()
    return {UUID(person.photo) for person in release.programme.people if person.photo} if release else set()


@transaction.atomic
def delete(document: Document, *, by: User | None) -> None:
    """Takes a document away at once, with what it had replaced; where the programme shows it, a gap is left."""
    speaker = Speaker.objects.select_for_update(no_key=True).get(pk=document.speaker_id)
    if document.kind in _ONE_EACH:
        for earlier in _same_place(document):
            _forget(earlier)
    _record(speaker, "document deleted", document, by=by)
    _forget(document)


def _forget(document: Document) -> None:
    """Deletes the row, and the file once that is certain."""
    storage, name = document.file.storage, str(document.file.name)
    document.delete()
    transaction.on_commit(lambda: files.discard(storage, name))


def _record(speaker: Speaker, action: str, document: Document, *, by: User | None) -> None:
    by_label = "" if by else _("%(name)s, by personal link") % {"name": speaker.full_name}
    history.record(speaker, action, by=by, by_label=by_label, detail=str(Document.Kind(document.kind).label))


@transaction.atomic
def set_public(document: Document, *, public: bool, by: User | None) -> None:
    """Whether the next release offers the document on its session's page."""
    if document.presentation_id is None:
        raise DocumentRefused(_("Only what belongs to a presentation can be shown on the programme."))
    if Document.objects.filter(pk=document.pk).exclude(is_public=public).update(is_public=public):
        document.is_public = public
        _record(document.speaker, "document made public" if public else "document no longer public", document, by=by)


# Reading --------------------------------------------------------------------------------------


def current(speaker: Speaker) -> list[Document]:
    """The speaker's documents without those that newer ones replaced; newest first."""
    seen: set[tuple[str, int | None]] = set()
    found = []
    for document in speaker.documents.select_related("presentation__session").order_by("-uploaded_at", "-pk"):
        place = (document.kind, document.presentation_id)
        if document.kind in _ONE_EACH and place in seen:
            continue
        seen.add(place)
        found.append(document)
    return found


def missing_of(speakers: Sequence[Speaker]) -> dict[int, list[str]]:
    """What each speaker could still send, in words, by primary key. Three queries, however many speakers.

    Slides are expected for every presentation, a speech of who speaks where is interpreted, biography and photograph
    of everybody.
    """
    kinds: dict[int, set[str]] = {speaker.pk: set() for speaker in speakers}
    with_slides: set[int | None] = set()
    for speaker, kind, presentation in Document.objects.filter(speaker__in=kinds).values_list(
        "speaker", "kind", "presentation"
    ):
        kinds[speaker].add(kind)
        if kind == Document.Kind.SLIDES:
            with_slides.add(presentation)
    missing: dict[int, list[str]] = {pk: [] for pk in kinds}
    interpreted: set[int] = set()
    for talk in Presentation.objects.filter(speaker__in=kinds).select_related("session"):
        if talk.speaker_id is None:
            continue
        if talk.session.languages:
            interpreted.add(talk.speaker_id)
        if talk.pk not in with_slides:
            missing[talk.speaker_id].append(_("slides for “%(title)s”") % {"title": talk.title})
    for pk, languages in Appearance.objects.filter(speaker__in=kinds, role=Role.SPEAKER).values_list(
        "speaker", "session__languages"
    ):
        if languages:
            interpreted.add(pk)
    for person in speakers:
        if person.pk in interpreted and Document.Kind.SPEECH not in kinds[person.pk]:
            missing[person.pk].append(_("text of the speech, for the interpreters"))
        if not person.biography:
            missing[person.pk].append(_("biography"))
        if Document.Kind.PHOTO not in kinds[person.pk]:
            missing[person.pk].append(_("photograph"))
    return missing


# Tidying --------------------------------------------------------------------------------------


def tidy() -> int:
    """Deletes replaced documents that no release shows any more, and files that belong to no document.

    Such files are left by a process that died between storing and committing. Returns how many files went.
    """
    return _tidy_replaced() + files.sweep(FOLDER, named=_named)


def _tidy_replaced() -> int:
    gone = 0
    for speaker in Speaker.objects.filter(documents__kind__in=_ONE_EACH).distinct():
        kept = {document.pk for document in current(speaker)}
        replaced = [document for document in speaker.documents.all() if document.pk not in kept]
        if not replaced:
            continue
        shown = _photographs_shown(speaker.conference_id)
        for document in replaced:
            if document.key not in shown:
                with transaction.atomic():
                    _forget(document)
                gone += 1
    return gone


def _named(conference: int) -> Iterable[str]:
    return Document.objects.filter(speaker__conference=conference).values_list("file", flat=True)
