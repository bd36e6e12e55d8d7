"""What delegations do with their application: write, submit, change, withdraw."""

import logging
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.files.base import File
from django.core.files.storage import Storage
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from conference import files, history
from conference.services import lock
from conference.transitions import TransitionRefused, move
from marketplace import emails
from marketplace.models import Call, Link, StandApplication, Term
from marketplace.models.applications import FOLDER
from marketplace.services import index, stands
from marketplace.states import APPLICATION_TRANSITIONS, ApplicationStatus
from registrations.models import AddressNotice, Delegation, Participant
from registrations.services import notices

logger = logging.getLogger(__name__)


class ApplicationRefused(Exception):
    """The application cannot be changed so (any more); the message says why and what to do."""


class CallClosed(ApplicationRefused):
    """Too late, or too early."""


class EditedMeanwhile(ApplicationRefused):
    """Somebody else of the delegation saved the application since this form was opened."""


@dataclass(frozen=True)
class Content:
    """What a form says. `fields` are those of the model by name, `words` the chosen terms by relation, `links` title
    and address in their order. `picture` is a checked picture, None leaves the present one."""

    fields: Mapping[str, Any]
    words: Mapping[str, Sequence[Term]] = field(default_factory=dict)
    links: Sequence[tuple[str, str]] | None = None
    picture: "File[bytes] | None" = None
    without_picture: bool = False


def closed_in_words(call: Call) -> str:
    """Why nothing can be submitted now, and whom to ask; empty while the call is open."""
    now = timezone.now()
    if call.is_open_at(now):
        return ""
    if now < call.opens_at:
        return _("Applications can be submitted from %(time)s on.") % {"time": emails.moment(call, call.opens_at)}
    return _("The call closed on %(time)s. If you still want to apply, write to %(mailbox)s.") % {
        "time": emails.moment(call, call.closes_at),
        "mailbox": call.conference.mailbox,
    }


def save(
    call: Call,
    delegation: Delegation,
    content: Content,
    *,
    by: User | None,
    application: StandApplication | None = None,
    seen: str | None = None,
    as_organiser: bool = False,
) -> StandApplication:
    """Keeps what was written: begins an application, or changes the given one. A draft can be kept at any time.

    Submitted ones change until the call closes; accepted ones until the conference is over, since they are entries of
    the catalogue; organisers are not bound by this. `seen` is the version (`changed_at`) that the writer had before
    them, None where nothing is compared. Raises ApplicationRefused with the reason. A picture is stored before the
    transaction: a slow store must not hold locks.
    """
    stored = _store_picture(call, content.picture) if content.picture else None
    try:
        return _save(call, delegation, content, stored, by=by, application=application, seen=seen, free=as_organiser)
    except BaseException:
        if stored:
            files.discard(*stored)
        raise


@transaction.atomic
def _save(
    call: Call,
    delegation: Delegation,
    content: Content,
    stored: "tuple[Storage, str] | None",
    *,
    by: User | None,
    application: StandApplication | None,
    seen: str | None,
    free: bool,
) -> StandApplication:
    is_new = application is None
    if application is None:
        application = _begin(call, delegation, str(content.fields["kind"]), by=by)
    application = StandApplication.objects.select_for_update(no_key=True).get(pk=application.pk)
    if not free:
        _check_may_change(call, application)
    fields = dict(content.fields)
    if application.status in _KIND_STAYS:
        # The numbers of each kind were given by it.
        fields.pop("kind", None)
    changed = [name for name, value in fields.items() if getattr(application, name) != value]
    # The same sent twice is no quarrel.
    if changed and seen is not None and not is_new and application.changed_at.isoformat() != seen:
        raise EditedMeanwhile(
            _("Somebody else saved this application while you wrote. Save again to keep what stands here.")
        )
    for name in changed:
        setattr(application, name, fields[name])
    if stored or content.without_picture:
        _replace_picture(application, stored)
        changed.append("picture")
    application.changed_at = timezone.now()
    application.as_of = timezone.localdate(timezone=call.conference.zone)
    if by and not by.is_staff:
        application.applicant = by
    application.save()
    changed += _set_words(application, content.words) + _set_links(application, content.links)
    index.refresh_of(application)
    if "contact" in changed and application.status != ApplicationStatus.DRAFT:
        _tell_contact(application, by=by)
    if changed and not is_new:
        history.record(application, "changed", by=by, detail=history.field_labels(StandApplication, changed))
    return application


def _tell_contact(application: StandApplication, *, by: User | None) -> None:
    """Whoever is named as the contact person by somebody else reads so once."""
    contact = application.contact
    if contact is not None:
        notices.notify(
            contact.email,
            reason=AddressNotice.Reason.STAND_CONTACT,
            delegation=application.delegation,
            conference=application.conference,
            by=by,
            participant=contact,
            language=contact.language,
        )


_KIND_STAYS = frozenset({ApplicationStatus.ACCEPTED, ApplicationStatus.WAITING})


def _begin(call: Call, delegation: Delegation, kind: str, *, by: User | None) -> StandApplication:
    try:
        with transaction.atomic():
            application = StandApplication.objects.create(
                conference_id=call.conference_id, call=call, delegation=delegation, kind=kind
            )
    except IntegrityError as error:
        # Begun at this instant by a colleague, or by a second click.
        raise EditedMeanwhile(
            _("An application of %(delegation)s was begun meanwhile. Open this page again to see it.")
            % {"delegation": delegation.name}
        ) from error
    history.record(application, "begun", by=by, to_status=application.status)
    return application


def may_change(call: Call, application: StandApplication | None) -> bool:
    """Whether the delegation can still change what stands there."""
    if call.conference.is_over:
        return False
    if application is None or application.status in {ApplicationStatus.DRAFT, ApplicationStatus.ACCEPTED}:
        return True
    if application.status in {ApplicationStatus.SUBMITTED, ApplicationStatus.SHORTLISTED}:
        return call.is_open_at(timezone.now())
    return False


def _check_may_change(call: Call, application: StandApplication) -> None:
    if may_change(call, application):
        return
    mailbox = call.conference.mailbox
    if call.conference.is_over:
        raise ApplicationRefused(_("The conference is over."))
    if application.status in {ApplicationStatus.SUBMITTED, ApplicationStatus.SHORTLISTED}:
        raise CallClosed(
            _("The call closed on %(time)s: your application stays as you submitted it. Write to %(mailbox)s.")
            % {"time": emails.moment(call, call.closes_at), "mailbox": mailbox}
        )
    raise ApplicationRefused(
        _("This application can no longer be changed: its status is “%(status)s”. Write to %(mailbox)s.")
        % {"status": application.get_status_display(), "mailbox": mailbox}
    )


def _set_words(application: StandApplication, words: Mapping[str, Sequence[Term]]) -> list[str]:
    changed = []
    for name, terms in words.items():
        relation = getattr(application, name)
        if set(relation.values_list("pk", flat=True)) != {term.pk for term in terms}:
            relation.set(terms)
            changed.append(name)
    return changed


def _set_links(application: StandApplication, links: Sequence[tuple[str, str]] | None) -> list[str]:
    if links is None or list(application.links.values_list("title", "url")) == list(links):
        return []
    application.links.all().delete()
    Link.objects.bulk_create(
        [
            Link(application=application, position=position, title=title, url=url)
            for position, (title, url) in enumerate(links, start=1)
        ]
    )
    return ["links"]


# Pictures -------------------------------------------------------------------------------------


def _store_picture(call: Call, picture: "File[bytes]") -> "tuple[Storage, str]":
    """Under a new key, so that another picture has another address."""
    kept = StandApplication(conference_id=call.conference_id, picture_key=uuid.uuid4())
    try:
        kept.picture.save("picture.jpg", picture, save=False)
    # A full disk, a store that does not answer: each storage backend has errors of its own.
    except Exception as error:
        logger.exception("A picture of a stand could not be stored.")
        raise ApplicationRefused(
            _("The picture could not be stored just now. Please try again in a few minutes.")
        ) from error
    return kept.picture.storage, str(kept.picture.name)


def _replace_picture(application: StandApplication, stored: "tuple[Storage, str] | None") -> None:
    if application.picture:
        earlier = (application.picture.storage, str(application.picture.name))
        transaction.on_commit(lambda: files.discard(*earlier))
    application.picture = stored[1] if stored else ""
    if stored:
        application.picture_key = uuid.UUID(stored[1].rsplit("/", 1)[-1].removesuffix(".jpg"))


def tidy() -> int:
    """Deletes pictures that no application names, left by a process that died between storing and committing.

    Returns how many.
    """
    return files.sweep(FOLDER, named=_pictures_named)


def _pictures_named(conference: int) -> Iterable[str]:
    return StandApplication.objects.filter(conference=conference).values_list("picture", flat=True)


# Submitting and withdrawing -------------------------------------------------------------------


def missing_of(application: StandApplication) -> list[str]:
    """Names of the fields without which an application cannot be submitted."""
    wanted = ["initiative", "challenge", "approach", "evidence", "stage", "languages"]
    missing = [name for name in wanted if not getattr(application, name)]
    if application.picture and not application.picture_says:
        missing.append("picture_says")
    return missing


@transaction.atomic
def submit(application: StandApplication, *, by: User | None, as_organiser: bool = False) -> None:
    """The organisers see it from now on, and whoever wrote it gets a receipt.

    Raises CallClosed outside of the call's time, for organisers never, and ApplicationRefused where something is
    missing or it was submitted already.
    """
    application = StandApplication.objects.select_for_update(no_key=True).get(pk=application.pk)
    call = Call.objects.select_related("conference__venue").get(pk=application.call_id)
    if not as_organiser and (reason := closed_in_words(call)):
        raise CallClosed(_("Your application was not submitted; it is kept as a draft.") + " " + reason)
    if missing := missing_of(application):
        raise ApplicationRefused(
            _("Still missing: %(fields)s.") % {"fields": history.field_labels(StandApplication, missing)}
        )
    _move(application, ApplicationStatus.SUBMITTED, action="submitted", by=by, submitted_at=timezone.now())
    _tell_contact(application, by=by)
    emails.queue_submitted(application)


@transaction.atomic
def withdraw(application: StandApplication, *, by: User | None, reason: str = "") -> None:
    """Ends the application. A stand falls free, and the next of the waiting list gets it and is told, at once.

    Raises ApplicationRefused where it is withdrawn or declined already.
    """
    lock(application.conference_id)
    application = StandApplication.objects.select_related("call__conference__venue").get(pk=application.pk)
    was_draft = application.status == ApplicationStatus.DRAFT
    _move(application, ApplicationStatus.WITHDRAWN, action="withdrawn", by=by, detail=reason)
    stands.release_of(application)
    if not was_draft:
        emails.queue_withdrawn(application)
    stands.fill_free(application.call, by=by)


@transaction.atomic
def withdraw_with(participant: Participant, *, by: User | None) -> None:
    """A person who no longer takes part is no contact and stands nowhere; with the last one of a delegation its
    application ends. In the transaction of the withdrawal, which holds the conference's lock."""
    StandApplication.objects.filter(contact=participant).update(contact=None)
    participant.stand_duties.all().delete()
    if Participant.objects.active().filter(delegation=participant.delegation_id).exists():
        return
    for application in StandApplication.objects.filter(
        delegation=participant.delegation_id, status__in=_CAN_BE_WITHDRAWN
    ):
        withdraw(application, by=by, reason=_("Nobody of the delegation takes part any more."))


_CAN_BE_WITHDRAWN = [
    status for status, following in APPLICATION_TRANSITIONS.items() if ApplicationStatus.WITHDRAWN in following
]


def _move(application: StandApplication, to: str, *, action: str, by: User | None, **changes: Any) -> None:
    try:
        move(application, to, transitions=APPLICATION_TRANSITIONS, action=action, by=by, **changes)
    except TransitionRefused as error:
        raise ApplicationRefused(str(error)) from error
