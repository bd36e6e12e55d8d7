"""What organisers do about one speaker: asking, recording the word given, links, another person instead, documents."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import permission_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from agenda.forms import WordForm
from agenda.models import Document, Speaker
from agenda.parts import parts_of
from agenda.services import documents, reminders, speakers
from agenda.services.speakers import AlreadyReplied, SpeakerRefused
from agenda.serving import DocumentUnreadable, attachment
from agenda.states import GONE, SpeakerStatus
from conference import history
from conference.organiser_admin import ask, carry_out, change_address, list_address, show_link_once, succeeds
from conference.requests import line
from registrations.models import Participant

change_speaker = permission_required("agenda.change_speaker", raise_exception=True)
view_speaker = permission_required("agenda.view_speaker", raise_exception=True)

REFUSALS = (SpeakerRefused, documents.DocumentRefused)
# How many of each a search for a successor shows.
FOUND = 20


def _speaker(pk: int) -> Speaker:
    rows = Speaker.objects.select_related("conference__venue", "participant__delegation")
    return get_object_or_404(rows, pk=pk)


def _done(request: HttpRequest, speaker: Speaker, change: Callable[[], object], done: str) -> HttpResponse:
    return carry_out(request, change, refusals=REFUSALS, done=done, to=change_address(speaker))


# Their word -----------------------------------------------------------------------------------


@require_POST
@change_speaker
def ask_one(request: HttpRequest, pk: int) -> HttpResponse:
    speaker = _speaker(pk)
    return _done(request, speaker, lambda: speakers.ask(speaker, by=request.user), _("The request is queued."))


@require_POST
@change_speaker
def remind(request: HttpRequest, pk: int) -> HttpResponse:
    speaker = _speaker(pk)
    return _done(request, speaker, lambda: reminders.remind(speaker, by=request.user), _("The reminder is queued."))


@change_speaker
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """An acceptance that came by telephone or letter."""
    return _record(
        request,
        pk,
        speakers.accept,
        title=_("Record an acceptance"),
        submit=_("Record the acceptance"),
        done=_("The acceptance is recorded."),
        explanation=_("The speaker gets a mail that confirms it, with the link to send slides and speech by."),
    )


@change_speaker
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """A refusal that came by telephone or letter."""
    return _record(
        request,
        pk,
        speakers.decline,
        title=_("Record a refusal"),
        submit=_("Record the refusal"),
        done=_("The refusal is recorded."),
        explanation=_("The gap shows among the warnings of the programme. No mail says so."),
    )


def _record(request: HttpRequest, pk: int, change: Callable[..., None], *, done: str, **words: str) -> HttpResponse:
    speaker = _speaker(pk)
    form = WordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():

        def record() -> None:
            try:
                change(speaker, by=request.user, message=form.cleaned_data["message"])
            except AlreadyReplied:
                # Pressed twice, or the speaker was faster: it stands as it was meant.
                return

        if succeeds(form, record, refusals=REFUSALS):
            return _done(request, speaker, lambda: None, done)
    return ask(request, subject=speaker, form=form, **words)


@change_speaker
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    speaker = _speaker(pk)
    if request.method == "POST":
        return _done(
            request,
            speaker,
            lambda: speakers.withdraw(speaker, by=request.user),
            _("%(name)s is withdrawn.") % {"name": speaker},
        )
    return ask(
        request,
        title=_("Withdraw %(name)s?") % {"name": speaker},
        subject=speaker,
        submit=_("Withdraw"),
        danger=True,
        explanation=_("The gap shows among the warnings of the programme. No mail says so before the next release."),
    )


# Links ----------------------------------------------------------------------------------------


@change_speaker
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """A new link, made by a POST and shown once."""
    speaker = _speaker(pk)
    return show_link_once(
        request,
        speaker,
        lambda: speakers.show_link(speaker, by=request.user),
        refusals=SpeakerRefused,
        explanation=_(
            "Whoever has it can reply and send files for %(name)s. It is shown once; the history says that you took it."
        )
        % {"name": speaker},
        back_label=_("Back to the speaker"),
    )


@change_speaker
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    speaker = _speaker(pk)
    if request.method == "POST":
        return _done(
            request, speaker, lambda: speakers.revoke_links(speaker, by=request.user), _("The links have ended.")
        )
    return ask(
        request,
        title=_("Revoke the links of %(name)s?") % {"name": speaker},
        subject=speaker,
        submit=_("Revoke the links"),
        danger=True,
        explanation=_(
            "All links that were sent or passed on end at once. Ask or remind the speaker to send a new one."
        ),
    )


# Somebody else --------------------------------------------------------------------------------


class SuccessorForm(forms.Form):
    successor = forms.ChoiceField(label=gettext_lazy("Who speaks instead?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, people: dict[str, Speaker | Participant], **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.people = people
        self.fields["successor"].choices = [(key, _described(person)) for key, person in people.items()]
        self.fields["successor"].error_messages["required"] = _("Choose a person.")
        if len(people) == 1:
            self.fields["successor"].initial = next(iter(people))

    @property
    def person(self) -> Speaker | Participant:
        return self.people[self.cleaned_data["successor"]]


def _described(person: Speaker | Participant) -> str:
    if isinstance(person, Speaker):
        status = _("speaker, %(status)s") % {"status": SpeakerStatus(person.status).label}
        return ", ".join(filter(None, (str(person), person.function_now, person.organisation_now, status)))
    return ", ".join(filter(None, (person.full_name, person.function, person.delegation.name, _("participant"))))


def _successors(speaker: Speaker, query: str) -> dict[str, Speaker | Participant]:
    """Who could step in: whoever took the seat first, then speakers and participants whose names match the query."""
    found: dict[str, Speaker | Participant] = {}
    taken = Participant.objects.filter(replaces=speaker.participant_id) if speaker.participant_id else None
    people = Participant.objects.active().filter(conference=speaker.conference_id).select_related("delegation")
    others = speaker.conference.speakers.exclude(pk=speaker.pk).exclude(status__in=GONE).with_names()
    if taken is not None and (heir := people.filter(pk__in=taken).first()):
        found[f"participant-{heir.pk}"] = heir
    for word in query.split():
        names = Q(given_name__icontains=word) | Q(family_name__icontains=word)
        people = people.filter(names | Q(delegation__name__icontains=word))
        others = others.filter(
            names
            | Q(organisation__icontains=word)
            | Q(participant__given_name__icontains=word)
            | Q(participant__family_name__icontains=word)
            | Q(participant__delegation__name__icontains=word)
        )
    found |= {f"speaker-{other.pk}": other for other in others.order_by("pk")[:FOUND] if not other.is_gone}
    if query:
        # Those who are speakers already stand above.
        free = people.exclude(speakers__conference=speaker.conference_id).order_by("family_name", "pk")
        found |= {f"participant-{person.pk}": person for person in free[:FOUND]}
    return found


@change_speaker
def replace(request: HttpRequest, pk: int) -> HttpResponse:
    """Another person takes all sessions and presentations. The search works without any script."""
    speaker = _speaker(pk)
    query = line(request.GET.get("q"), most=100)
    people = _successors(speaker, query)
    form = SuccessorForm(request.POST or None, people=people) if people else None
    if request.method == "POST" and form is not None and form.is_valid():
        made: list[Speaker] = []

        def change() -> None:
            made.append(speakers.replace_speaker(speaker, successor=form.person, by=request.user))

        if succeeds(form, change, refusals=REFUSALS):
            return _done(request, made[0], lambda: None, _("%(name)s takes over. Ask them now.") % {"name": made[0]})
    return ask(
        request,
        title=_("Replace %(name)s by another person") % {"name": speaker},
        subject=speaker,
        submit=_("Replace"),
        form=form,
        template="admin/agenda/speaker/replace.html",
        query=query,
        parts=parts_of(speaker),
        add_address=list_address(Speaker) + "add/",
    )


# Documents ------------------------------------------------------------------------------------


def _document(pk: int, key: UUID) -> Document:
    return get_object_or_404(Document.objects.select_related("speaker__participant"), speaker=pk, key=key)


@view_speaker
def document(request: HttpRequest, pk: int, key: UUID) -> HttpResponseBase:
    found = _document(pk, key)
    try:
        response = attachment(found)
    except DocumentUnreadable:
        raise Http404 from None
    history.record_export(found.speaker, str(Document.Kind(found.kind).label), by=request.user)
    return response


@require_POST
@change_speaker
def document_public(request: HttpRequest, pk: int, key: UUID) -> HttpResponse:
    """Whether the next release offers it on the session's page."""
    found = _document(pk, key)
    public = request.POST.get("public") == "yes"
    said = _("“%(name)s” is offered from the next release on.") if public else _("“%(name)s” is not offered any more.")
    return _done(
        request,
        found.speaker,
        lambda: documents.set_public(found, public=public, by=request.user),
        said % {"name": found.name},
    )
