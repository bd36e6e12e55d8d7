"""What participants say of themselves: what they seek and offer, when they cannot meet, who may act for them."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from conference.models import Page
from conference.queries import newest_notice, newest_page
from conference.requests import row_key
from meetings.acting import acting
from meetings.forms.profiles import AbsenceForm, AssistantForm, OptInForm, ProfileForm, initial_of
from meetings.models import Absence, Assistant, Meeting, MeetingRequest, MeetingSeat, Profile, Slot, Term
from meetings.permissions import can_name_assistants
from meetings.services import profiles
from meetings.services.profiles import ProfileChanged, ProfileRefused
from registrations.models import Participant


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest, me: int) -> HttpResponse:
    """The question whether they want meetings, and after it all that others can find them by."""
    participant = acting(request, me)
    own = _profile_of(participant)
    if own is None or not own.opted_in or own.no_meetings:
        return _question(request, participant, own)
    form = _profile_form(own, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            profiles.describe(participant, form.said(), version=form.cleaned_data["version"], by=request.user)
        except ProfileChanged as refusal:
            # All that was typed, with the version of now: the next click says that it is meant.
            typed = request.POST.copy()
            typed["version"] = str(Profile.objects.values_list("version", flat=True).get(pk=own.pk))
            form = _profile_form(own, typed)
            form.add_error(None, str(refusal))
        except ProfileRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The profile is saved."))
            return redirect("meetings:suggestions", participant.pk)
    context = {"profile": own, "form": form, "may_name_assistants": can_name_assistants(request.user, participant)}
    return _render(request, "meetings/profile.html", participant, **context)


def _question(request: HttpRequest, participant: Participant, own: Profile | None) -> HttpResponse:
    """Do they want meetings? Where the organiser keeps them free, the page says so."""
    form = OptInForm(
        request.POST if request.method == "POST" else None,
        initial={"names_shown": bool(own and own.names_shown)},
        may_name=newest_notice(participant.conference_id) is not None,
    )
    if form.is_valid():
        try:
            profiles.opt_in(participant, names_shown=form.names_are_shown, by=request.user)
        except ProfileRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("You can be found now. Say what you seek and offer, so that others see why."))
            return redirect("meetings:profile", participant.pk)
    notice = newest_page(participant.conference, Page.Kind.PRIVACY)
    return _render(request, "meetings/profile_question.html", participant, profile=own, form=form, notice=notice)


def _profile_form(own: Profile, data: Any) -> ProfileForm:
    """Bound to `data`, else to what the profile says."""
    terms = Term.objects.filter(conference=own.conference_id).filter(Q(is_retired=False) | Q(profiles=own))
    return ProfileForm(
        data,
        initial=initial_of(profiles.said_by(own), own.version),
        conference=own.conference,
        terms=terms.distinct(),
        may_name=newest_notice(own.conference_id) is not None,
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def opt_out(request: HttpRequest, me: int) -> HttpResponse:
    """Asks first: open requests are closed."""
    participant = acting(request, me)
    if request.method == "POST":
        profiles.opt_out(participant, by=request.user)
        messages.success(request, _("Nobody finds or asks you any more."))
        return redirect("meetings:profile", participant.pk)
    requests = MeetingRequest.objects.pending().filter(Q(asker=participant) | Q(asked=participant))
    context = {"open_requests": requests.count(), "agreed": Meeting.objects.ahead().of(participant).count()}
    return _render(request, "meetings/profile_opt_out.html", participant, **context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def times(request: HttpRequest, me: int) -> HttpResponse:
    """When the participant can meet: each slot with a switch, and any other stretch of the day."""
    participant = acting(request, me)
    slots = list(Slot.objects.of(participant.conference).open().select_related("block").order_by("starts_at"))
    zone = participant.conference.zone
    days = sorted({slot.starts_at.astimezone(zone).date() for slot in slots})
    form = AbsenceForm(request.POST if request.method == "POST" else None, conference=participant.conference, days=days)
    if form.is_valid():
        starts_at, ends_at = form.span
        reason = form.cleaned_data["reason"]
        try:
            profiles.be_absent(participant, starts_at=starts_at, ends_at=ends_at, reason=reason, by=request.user)
        except ProfileRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved: nobody can meet you then."))
            return redirect("meetings:times", participant.pk)
    absences = list(Absence.objects.filter(participant=participant))
    taken = set(MeetingSeat.objects.filter(participant=participant, slot__in=slots).values_list("slot", flat=True))
    lines = [
        {
            "slot": slot,
            "is_past": slot.starts_at <= timezone.now(),
            "is_taken": slot.pk in taken,
            "absence": next(
                (one for one in absences if one.starts_at < slot.ends_at and slot.starts_at < one.ends_at), None
            ),
        }
        for slot in slots
    ]
    of_slots = {(slot.starts_at, slot.ends_at) for slot in slots}
    others = [absence for absence in absences if (absence.starts_at, absence.ends_at) not in of_slots]
    return _render(request, "meetings/profile_times.html", participant, form=form, lines=lines, others=others)


@require_POST
def absent(request: HttpRequest, me: int) -> HttpResponse:
    """`slot`: they cannot meet then. `absence`: they can after all."""
    participant = acting(request, me)
    if number := request.POST.get("absence", ""):
        profiles.be_back(participant, row_key(number), by=request.user)
        messages.success(request, _("Saved: you can be met then."))
        return redirect("meetings:times", participant.pk)
    slots = Slot.objects.of(participant.conference).open()
    slot = get_object_or_404(slots, pk=row_key(request.POST.get("slot")))

    def be_absent() -> None:
        profiles.be_absent(participant, starts_at=slot.starts_at, ends_at=slot.ends_at, by=request.user)

    return _done(request, be_absent, _("Saved: nobody can meet you then."), "meetings:times", participant)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def assistants(request: HttpRequest, me: int) -> HttpResponse:
    """Who may act for the participant. Assistants themselves see the list, and name nobody."""
    participant = acting(request, me)
    may_name = can_name_assistants(request.user, participant)
    form = AssistantForm(request.POST if request.method == "POST" and may_name else None)
    if form.is_valid():
        email = form.cleaned_data["email"]
        try:
            profiles.name_assistant(participant, email, by=request.user)
        except ProfileRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(email)s can act for you once signed in.") % {"email": email})
            return redirect("meetings:assistants", participant.pk)
    named = Assistant.objects.filter(participant=participant)
    context = {"form": form, "named": named, "may_name": may_name}
    return _render(request, "meetings/profile_assistants.html", participant, **context)


@require_POST
def assistant_dismiss(request: HttpRequest, me: int, pk: int) -> HttpResponse:
    participant = acting(request, me)
    if can_name_assistants(request.user, participant):
        profiles.dismiss_assistant(participant, pk, by=request.user)
        messages.success(request, _("They can no longer act for you."))
    return redirect("meetings:assistants", participant.pk)


def _profile_of(participant: Participant) -> Profile | None:
    return getattr(participant, "meeting_profile", None)


def _done(
    request: HttpRequest, change: Callable[[], object], done: str, to: str, participant: Participant
) -> HttpResponse:
    try:
        change()
    except ProfileRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect(to, participant.pk)


def _render(request: HttpRequest, template: str, participant: Participant, **context: Any) -> HttpResponse:
    known = {"conference": participant.conference, "me": participant, "here": "profile"}
    return render(request, template, {**known, **context})
