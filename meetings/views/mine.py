"""My meetings: what waits, what was agreed, the day slot by slot, and a meeting itself before, during and after it."""

import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conference import pdf
from meetings import live
from meetings.acting import acting
from meetings.day import Appointment, day_of
from meetings.forms.asking import CancelForm, NoteForm
from meetings.models import Meeting
from meetings.naming import called, is_on_behalf
from meetings.queries import rules_of, shares_contact
from meetings.reasons import published_reasons, why_not
from meetings.services import meetings
from meetings.services.seats import MeetingRefused
from meetings.states import AHEAD, MeetingStatus
from registrations.models import Participant

# From so long before the first meeting of the day until so long after the last one the page asks often.
_AROUND = datetime.timedelta(minutes=30)
_OFTEN_S, _SELDOM_S = 10, 60
# A meeting further away is shown with its day.
_SOON = datetime.timedelta(hours=12)


@never_cache
@require_safe
def mine(request: HttpRequest, me: int) -> HttpResponse:
    """The page; for htmx, its living part, with a word for screen readers where more than the clock has moved on."""
    participant = acting(request, me)
    now = timezone.now()
    context = _mine(participant, now)
    if request.htmx:
        context["is_news"] = request.GET.get("known") != context["state"]
        return render(request, "meetings/mine.html#live", context)
    return render(request, "meetings/mine.html", context)


def _mine(participant: Participant, now: datetime.datetime) -> dict[str, Any]:
    rules = rules_of(participant.conference_id)
    profile = getattr(participant, "meeting_profile", None)
    # Before what it stands for is read, so that a change meanwhile is seen at the next look.
    state = live.state_of(participant.pk, now=now)
    day = day_of(participant, rules=rules, now=now)
    near = [line.slot for line in day.lines if line.slot.starts_at - _AROUND <= now <= line.slot.ends_at + _AROUND]
    return {
        "conference": participant.conference,
        "me": participant,
        "here": "mine",
        "now": now,
        "day": day,
        "next": _standing(day.next, now) if day.next else None,
        "rules": rules,
        "is_listed": profile is not None and profile.is_listed,
        "profile": profile,
        "state": state,
        "live_token": live.token_for(participant),
        "live_seconds": _OFTEN_S if near else _SELDOM_S,
    }


def _standing(appointment: Appointment, now: datetime.datetime) -> dict[str, Any]:
    """A meeting and where it stands by the server's clock: phones may be wrong."""
    starts_at, ends_at = appointment.slot.starts_at, appointment.slot.ends_at
    is_now = starts_at <= now < ends_at
    until = starts_at - now
    if is_now:
        words = _("Now, until %(time)s.") % {"time": formats.time_format(_local(ends_at, appointment))}
    elif ends_at <= now:
        words = ""
    elif until <= live.COUNTDOWN:
        minutes = live.minutes_until(starts_at, now)
        words = ngettext("Begins in %(minutes)d minute.", "Begins in %(minutes)d minutes.", minutes)
        words %= {"minutes": minutes}
    else:
        words = ""
    is_open = appointment.meeting.status == MeetingStatus.PUBLISHED and ends_at > now
    return {
        "appointment": appointment,
        "called": called(appointment.partner, agreed=True),
        "is_now": is_now,
        "is_open": is_open,
        "words": words,
        "day": "" if until < _SOON else formats.date_format(_local(starts_at, appointment), "l j F"),
        "may_say_late": is_open and until <= meetings.LATE_FROM and appointment.own.late_at is None,
        "may_say_held": appointment.meeting.is_shown and starts_at <= now,
    }


def _local(moment: datetime.datetime, appointment: Appointment) -> datetime.datetime:
    """By the clock at the venue."""
    return timezone.localtime(moment, appointment.meeting.conference.zone)


# A meeting ---------------------------------------------------------------------------------------


def _meeting(request: HttpRequest, me: int, pk: int) -> tuple[Participant, Meeting]:
    """A meeting of the participant, whatever became of it; else 404."""
    participant = acting(request, me)
    return participant, get_object_or_404(Meeting.objects.of(participant).with_people(), pk=pk)


@never_cache
@require_safe
def meeting(request: HttpRequest, me: int, pk: int) -> HttpResponse:
    """Time, table, with whom, how to reach them; what can be said and done now."""
    participant, found = _meeting(request, me, pk)
    return _page(request, participant, found)


def _page(request: HttpRequest, participant: Participant, found: Meeting, form: NoteForm | None = None) -> HttpResponse:
    now = timezone.now()
    partner = found.partner_of(participant)
    seats = {seat.participant_id: seat for seat in found.seats.all()}
    own = seats.get(participant.pk)
    own_page = not is_on_behalf(participant, request.user)
    context = {
        "conference": participant.conference,
        "me": participant,
        "here": "mine",
        "meeting": found,
        "other": partner,
        "called": called(partner, agreed=True),
        "why_without": why_not(found, participant, published_reasons(participant.conference))
        if found.status == MeetingStatus.UNPLACED
        else "",
        "shares_contact": found.status != MeetingStatus.CANCELLED and shares_contact(partner),
        "may_cancel": found.status in AHEAD and not found.is_over_at(now),
        # A note is read by its writer alone: not by those who act for them either.
        "note_form": form or (NoteForm(initial={"note": own.note}) if own and own_page else None),
    }
    if own and found.is_shown:
        own.participant = participant
        context["next"] = _standing(Appointment(found, own, seats.get(partner.pk)), now)
    return render(request, "meetings/meeting.html", context)


def _back(request: HttpRequest, participant: Participant, found: Meeting) -> HttpResponse:
    """To the page on which the button stood."""
    if request.POST.get("from") == "mine":
        return redirect("meetings:mine", participant.pk)
    return redirect("meetings:meeting", participant.pk, found.pk)


@never_cache
@require_POST
def late(request: HttpRequest, me: int, pk: int) -> HttpResponse:
    """“I'm late”: the other one sees it on their page."""
    participant, found = _meeting(request, me, pk)
    try:
        meetings.say_late(found, person=participant, by=request.user)
    except MeetingRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("They see on their page that you will be late."))
    return _back(request, participant, found)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, me: int, pk: int) -> HttpResponse:
    """Asks for a reason; then slot and table are free for others at once."""
    participant, found = _meeting(request, me, pk)
    if found.status == MeetingStatus.CANCELLED:
        messages.info(request, _("This meeting is cancelled."))
        return redirect("meetings:meeting", participant.pk, found.pk)
    form = CancelForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            meetings.cancel(found, person=participant, by=request.user, reason=form.cleaned_data["reason"])
        except MeetingRefused as refusal:
            messages.info(request, str(refusal))
            return redirect("meetings:meeting", participant.pk, found.pk)
        messages.success(request, _("The meeting is cancelled, and they are told. Your time is free again."))
        return redirect("meetings:mine", participant.pk)
    context = {
        "conference": participant.conference,
        "me": participant,
        "here": "mine",
        "meeting": found,
        "called": called(found.partner_of(participant), agreed=True),
        "form": form,
    }
    return render(request, "meetings/cancel.html", context)


@never_cache
@require_POST
def held(request: HttpRequest, me: int, pk: int) -> HttpResponse:
    """One tap after it: `held` is 1 or 0."""
    participant, found = _meeting(request, me, pk)
    try:
        meetings.say_held(found, person=participant, held=request.POST.get("held") == "1", by=request.user)
    except MeetingRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Thank you, that is noted."))
    return _back(request, participant, found)


@never_cache
@require_POST
def note(request: HttpRequest, me: int, pk: int) -> HttpResponse:
    """The participant's own note; nobody who acts for them writes or reads it."""
    participant, found = _meeting(request, me, pk)
    if is_on_behalf(participant, request.user):
        messages.error(request, _("A note is read and written by its writer alone."))
        return redirect("meetings:meeting", participant.pk, found.pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, participant, found, form)
    try:
        meetings.write_note(found, person=participant, note=form.cleaned_data["note"])
    except MeetingRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Your note is saved."))
    return redirect("meetings:meeting", participant.pk, found.pk)


# An empty slot, and the day on paper --------------------------------------------------------------


@never_cache
@require_safe
def printed(request: HttpRequest, me: int) -> HttpResponse:
    """The participant's meetings on a page to print; without Pango the page that says so."""
    participant = acting(request, me)
    conference = participant.conference
    context = {
        "conference": conference,
        "me": participant,
        "day": day_of(participant, rules=rules_of(conference.pk), now=timezone.now()),
        "made_at": timezone.now(),
    }
    try:
        document = pdf.render("pdf/meetings/my_meetings.html", context)
    except pdf.PdfUnavailable:
        return pdf.unavailable(request, conference, back=reverse("meetings:mine", args=[participant.pk]))
    headers = {"Content-Disposition": f'inline; filename="meetings-{conference.slug}.pdf"'}
    return HttpResponse(document, content_type="application/pdf", headers=headers)
