"""Reminding speakers of their reply and of what they send: by hand, and by itself before the dates of the plan."""

import datetime
from collections.abc import Callable, Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from agenda.models import Plan, Speaker
from agenda.parts import parts_of
from agenda.services import documents
from agenda.services.speakers import SpeakerRefused, check_can_be_asked, locked, write_mail
from agenda.states import SpeakerStatus
from conference import history


@transaction.atomic
def remind(speaker: Speaker, *, by: User | None) -> None:
    """A reminder by hand: of the reply, or, after it, of the documents that are missing."""
    speaker = locked(speaker)
    check_can_be_asked(speaker)
    if not speaker.email_now:
        raise SpeakerRefused(_("There is no e-mail address of %(person)s.") % {"person": speaker})
    parts = parts_of(speaker)
    if speaker.status == SpeakerStatus.ASKED:
        write_mail(speaker, "speaker_reminder", parts=parts)
    elif speaker.status == SpeakerStatus.ACCEPTED:
        missing = documents.missing_of([speaker])[speaker.pk]
        if not missing:
            raise SpeakerRefused(_("Nothing of %(person)s is missing.") % {"person": speaker})
        write_mail(speaker, "documents_reminder", parts=parts, missing=missing)
    else:
        raise SpeakerRefused(_("%(person)s has not been asked, or does not come.") % {"person": speaker})
    history.record(speaker, "reminded", by=by)


def remind_due() -> int:
    """The reminders of today: of the reply and of documents, each once a speaker. Returns how many were written."""
    written = 0
    for plan in Plan.objects.exclude(remind_days_before=None).select_related("conference"):
        if _is_near(plan.speakers_reply_by, plan):
            # Who was asked yesterday needs no reminder yet.
            since = timezone.now() - datetime.timedelta(days=1)
            waiting = plan.conference.speakers.filter(
                status=SpeakerStatus.ASKED, reminded_to_reply_at=None, asked_at__lte=since
            )
            written += _remind_each(waiting, _remind_to_reply)
        if _is_near(plan.documents_due_on, plan):
            accepted = plan.conference.speakers.filter(status=SpeakerStatus.ACCEPTED, reminded_of_documents_at=None)
            written += _remind_each(accepted, _remind_of_documents)
    return written


def _is_near(day: datetime.date | None, plan: Plan) -> bool:
    if day is None or plan.remind_days_before is None:
        return False
    return day - datetime.timedelta(days=plan.remind_days_before) <= plan.conference.today <= day


def _remind_each(speakers: Iterable[Speaker], remind_one: Callable[[int], bool]) -> int:
    return sum(remind_one(pk) for pk in [speaker.pk for speaker in speakers])


@transaction.atomic
def _remind_to_reply(pk: int) -> bool:
    speaker = locked(Speaker(pk=pk))
    if speaker.is_gone or not speaker.email_now:
        return False
    # The update itself compares: of two workers at the same instant one reminds.
    due = Speaker.objects.filter(pk=pk, status=SpeakerStatus.ASKED, reminded_to_reply_at=None)
    if not due.update(reminded_to_reply_at=timezone.now()):
        return False
    write_mail(speaker, "speaker_reminder", parts=parts_of(speaker))
    history.record(speaker, "reminded", by=None)
    return True


@transaction.atomic
def _remind_of_documents(pk: int) -> bool:
    speaker = locked(Speaker(pk=pk))
    missing = documents.missing_of([speaker])[pk]
    if speaker.is_gone or not speaker.email_now or not missing:
        return False
    due = Speaker.objects.filter(pk=pk, status=SpeakerStatus.ACCEPTED, reminded_of_documents_at=None)
    if not due.update(reminded_of_documents_at=timezone.now()):
        return False
    write_mail(speaker, "documents_reminder", parts=parts_of(speaker), missing=missing)
    history.record(speaker, "reminded", by=None)
    return True
