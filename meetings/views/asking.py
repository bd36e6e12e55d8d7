"""Asking for a meeting, and answering: each answer is one page, one form, one call of a service."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conference.models import Conference
from conference.requests import row_key
from meetings.acting import acting
from meetings.forms.asking import AcceptForm, AskForm, CounterForm, DeclineForm
from meetings.models import Meeting, MeetingRequest, Profile, Slot
from meetings.naming import called
from meetings.queries import common_slots, free_slots, requests_left, rules_of
from meetings.services import requests
from meetings.services.requests import AlreadyAgreed, AlreadyAsked, AlreadyClosed
from meetings.services.seats import MeetingRefused, TimeTaken
from registrations.models import Participant


def _posted(request: HttpRequest) -> Any:
    """What a form is bound to: nothing while it is only looked at."""
    return request.POST if request.method == "POST" else None


# Asking ------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, me: int, other: int) -> HttpResponse:
    """The form of a request; `?slot=` proposes a time. Who has asked or agreed already is led to that."""
    participant = acting(request, me)
    asked = _somebody_listed(participant, other)
    try:
        requests.check_may_ask(participant, asked)
    except MeetingRefused as refusal:
        if lead := _lead_on(request, participant, refusal):
            return lead
        return _ask_page(request, participant, asked, None, refusal=str(refusal))
    slots = common_slots(participant, asked, now=timezone.now())
    wanted = _slot(participant.conference, request.GET.get("slot", ""))
    form = AskForm(_posted(request), slots=slots, without=_("No fixed time: we agree on one later"), wanted=wanted)
    if form.is_valid():
        try:
            made = requests.ask(
                participant, asked, message=form.cleaned_data["message"], slot=form.slot, by=request.user
            )
        except MeetingRefused as refusal:
            if lead := _lead_on(request, participant, refusal):
                return lead
            form = _refused(form, refusal, lambda: common_slots(participant, asked, now=timezone.now()))
        else:
            messages.success(request, _("Your request is on its way. You will get an e-mail with the answer."))
            return redirect("meetings:request", participant.pk, made.pk)
    return _ask_page(request, participant, asked, form, wanted=wanted, is_gone=bool(wanted) and wanted not in slots)


def _ask_page(
    request: HttpRequest, participant: Participant, asked: Participant, form: AskForm | None, **more: Any
) -> HttpResponse:
    free = free_slots(participant.conference, [participant.pk], now=timezone.now())[participant.pk]
    context = {
        "conference": participant.conference,
        "me": participant,
        "here": "directory",
        "other": asked,
        "called": called(asked, agreed=False),
        "form": form,
        "left": requests_left(rules_of(participant.conference_id), participant, free=len(free)),
        **more,
    }
    return render(request, "meetings/ask.html", context)


def _somebody_listed(participant: Participant, other: int) -> Participant:
    """Somebody else of the same conference whom the participant could find, or knows from a request; else 404."""
    people = Participant.objects.filter(conference=participant.conference_id).exclude(pk=participant.pk)
    found = get_object_or_404(
        people.select_related("conference__venue", "delegation__member_state", "meeting_profile"), pk=other
    )
    is_listed = Profile.objects.listed().filter(participant=found).exists()
    if not is_listed and not MeetingRequest.objects.between(participant.pk, found.pk).exists():
        raise Http404
    return found


def _slot(conference: Conference, number: str) -> Slot | None:
    """The slot of a link, if there is one."""
    return Slot.objects.of(conference).select_related("block__conference").filter(pk=row_key(number)).first()


def _lead_on(request: HttpRequest, participant: Participant, refusal: MeetingRefused) -> HttpResponse | None:
    """Where what is wished is there already: a kind word, and the way to it."""
    if isinstance(refusal, AlreadyAgreed):
        messages.info(request, str(refusal))
        return redirect("meetings:meeting", participant.pk, refusal.meeting.pk)
    if isinstance(refusal, AlreadyAsked):
        if refusal.request.asker_id == participant.pk:
            messages.info(request, _("Your request has been sent. It waits for an answer."))
        else:
            messages.info(request, _("They have asked you already: you can answer here."))
        return redirect("meetings:request", participant.pk, refusal.request.pk)
    return None


def _refused(form: Any, refusal: MeetingRefused, slots: Any) -> Any:
    """The form with the refusal at its place; where a time is gone, with the ones that are left."""
    if isinstance(refusal, TimeTaken):
        form.offer(slots())
        form.add_error("slot", str(refusal))
    else:
        form.add_error(None, str(refusal))
    return form


# A request, and the answers to it -----------------------------------------------------------------


def _request(request: HttpRequest, me: int, pk: int) -> tuple[Participant, MeetingRequest]:
    """A request that the participant sent or received; else 404."""
    participant = acting(request, me)
    mine = MeetingRequest.objects.filter(conference=participant.conference_id).of(participant).with_people()
    return participant, get_object_or_404(mine, pk=pk)


def _to_answer(request: HttpRequest, me: int, pk: int) -> tuple[Participant, MeetingRequest]:
    """A request that the participant received; else 404."""
    participant, found = _request(request, me, pk)
    get_object_or_404(MeetingRequest, pk=found.pk, asked=participant)
    return participant, found


def _context(participant: Participant, found: MeetingRequest, **more: Any) -> dict[str, Any]:
    other = found.partner_of(participant)
    return {
        "conference": participant.conference,
        "me": participant,
        "here": "mine",
        "found": found,
        "other": other,
        "called": called(other, agreed=False),
        "is_asker": found.asker_id == participant.pk,
        **more,
    }


def _accept_form(data: Any, found: MeetingRequest) -> AcceptForm:
    if found.slot:
        return AcceptForm(data, slots=[], without=_("The proposed time"))
    slots = common_slots(found.asker, found.asked, now=timezone.now())
    return AcceptForm(data, slots=slots, without=_("Leave the time to the organiser"))


@never_cache
@require_safe
def show(request: HttpRequest, me: int, pk: int) -> HttpResponse:
    """What was asked, by whom, and the ways to answer; for the asker, the way to withdraw."""
    participant, found = _request(request, me, pk)
    return _page(request, participant, found)


def _page(
    request: HttpRequest, participant: Participant, found: MeetingRequest, form: AcceptForm | None = None
) -> HttpResponse:
    now = timezone.now()
    is_open = found.is_pending and not found.is_expired_at(now)
    may_answer = is_open and found.asked_id == participant.pk
    context = _context(participant, found, is_open=is_open, may_answer=may_answer)
    if may_answer:
        context["form"] = form or _accept_form(None, found)
        agreed = Meeting.objects.unplaced().of(participant).count()
        free = len(free_slots(participant.conference, [participant.pk], now=now)[participant.pk])
        context["is_crowded"] = not found.slot and agreed >= free
    context["meeting"] = Meeting.objects.filter(request=found).first()
    context["countered_by"] = MeetingRequest.objects.filter(counters=found).first()
    return render(request, "meetings/request.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, me: int, pk: int) -> HttpResponse:
    """Agrees: on the proposed time, on the chosen one, or without one."""
    participant, found = _to_answer(request, me, pk)
    if request.method != "POST" or not found.is_pending:
        return _closed(request, participant, found)
    form = _accept_form(request.POST, found)
    if form.is_valid():
        try:
            meeting = requests.accept(found, slot=form.slot, by=request.user)
        except AlreadyClosed as refusal:
            return _closed(request, participant, refusal.request)
        except TimeTaken as refusal:
            if found.slot:
                # The proposed time is what is gone: another one is another proposal.
                messages.warning(request, _("%(why)s Your proposal goes to the other one.") % {"why": refusal})
                return redirect("meetings:counter", participant.pk, found.pk)
            _refused(form, refusal, lambda: common_slots(found.asker, found.asked, now=timezone.now()))
        except MeetingRefused as refusal:
            messages.error(request, str(refusal))
            return redirect("meetings:request", participant.pk, found.pk)
        else:
            if meeting.slot:
                messages.success(request, _("You have agreed. Both of you get the entry for the calendar by e-mail."))
            else:
                messages.success(request, _("You have agreed. Time and table follow by e-mail."))
            return redirect("meetings:meeting", participant.pk, meeting.pk)
    return _page(request, participant, found, form)


def _closed(request: HttpRequest, participant: Participant, found: MeetingRequest) -> HttpResponse:
    """Back to the request's page, with a word where it was closed meanwhile; to the meeting where there is one."""
    if meeting := Meeting.objects.filter(request=found).first():
        messages.info(request, _("This request is accepted."))
        return redirect("meetings:meeting", participant.pk, meeting.pk)
    if not found.is_pending:
        messages.info(request, str(AlreadyClosed(found)))
    return redirect("meetings:request", participant.pk, found.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def counter(request: HttpRequest, me: int, pk: int) -> HttpResponse:
    """Another time instead of the proposed one, or of none."""
    participant, found = _to_answer(request, me, pk)
    if not found.is_pending:
        return _closed(request, participant, found)

    def slots() -> list[Slot]:
        return [slot for slot in common_slots(found.asker, found.asked, now=timezone.now()) if slot != found.slot]

    form = CounterForm(_posted(request), slots=slots())
    if form.is_valid():
        try:
            proposal = requests.counter(found, slot=form.slot, message=form.cleaned_data["message"], by=request.user)
        except AlreadyClosed as refusal:
            return _closed(request, participant, refusal.request)
        except MeetingRefused as refusal:
            _refused(form, refusal, slots)
        else:
            messages.success(request, _("Your proposal is on its way. The time is kept for you both until the answer."))
            return redirect("meetings:request", participant.pk, proposal.pk)
    return render(request, "meetings/counter.html", _context(participant, found, form=form))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def decline(request: HttpRequest, me: int, pk: int) -> HttpResponse:
    """With a word or without one; the page also offers “no thanks”."""
    participant, found = _to_answer(request, me, pk)
    if not found.is_pending:
        return _closed(request, participant, found)
    form = DeclineForm(_posted(request))
    if form.is_valid():
        try:
            requests.decline(found, answer=form.cleaned_data["answer"], by=request.user)
        except AlreadyClosed as refusal:
            return _closed(request, participant, refusal.request)
        messages.success(request, _("You have declined. They are told by e-mail."))
        return redirect("meetings:mine", participant.pk)
    return render(request, "meetings/decline.html", _context(participant, found, form=form))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def refuse(request: HttpRequest, me: int, pk: int) -> HttpResponse:
    """“No thanks”: the other one reads “declined”, and the two never meet."""
    participant, found = _to_answer(request, me, pk)
    if request.method != "POST" or not found.is_pending:
        return _closed(request, participant, found)
    try:
        requests.refuse(found, by=request.user)
    except AlreadyClosed as refusal:
        return _closed(request, participant, refusal.request)
    messages.success(
        request, _("You will not be asked by them again, nor suggested to each other. They read that you declined.")
    )
    return redirect("meetings:mine", participant.pk)


@never_cache
@require_POST
def withdraw(request: HttpRequest, me: int, pk: int) -> HttpResponse:
    """The asker takes the request back."""
    participant, found = _request(request, me, pk)
    get_object_or_404(MeetingRequest, pk=found.pk, asker=participant)
    try:
        requests.withdraw(found, by=request.user)
    except AlreadyClosed as refusal:
        return _closed(request, participant, refusal.request)
    messages.success(request, _("Your request is withdrawn."))
    return redirect("meetings:mine", participant.pk)
