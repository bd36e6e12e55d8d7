"""Organisers' pages of the speakers: asking them, recording their word, and what they sent."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce, Lower
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from agenda.forms import WordForm
from agenda.models import Appearance, Document, Presentation, Speaker
from agenda.parts import parts_of
from agenda.services import documents, speakers
from agenda.services.speakers import AlreadyReplied, SpeakerRefused
from agenda.serving import DocumentUnreadable, attachment
from agenda.states import GONE, SpeakerStatus
from conference import history
from conference.organiser_admin import (
    Button,
    OrganiserAdmin,
    ask,
    carry_out,
    change_address,
    list_address,
    may,
    page,
    succeeds,
)
from mailings.models import Mail
from registrations.models import Participant

change_speaker = permission_required("agenda.change_speaker", raise_exception=True)
view_speaker = permission_required("agenda.view_speaker", raise_exception=True)

REFUSALS = (SpeakerRefused, documents.DocumentRefused)
# What a participant's registration says already.
GUEST = ("title", "given_name", "family_name", "function", "organisation", "email", "language")
# How many of each a search for a successor shows.
FOUND = 20


class SpeakerForm(forms.ModelForm):
    class Meta:
        model = Speaker
        fields: ClassVar = ["conference", "participant", *GUEST, "gender", "biography"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        participant, conference = data.get("participant"), data.get("conference")
        if participant and conference and participant.conference_id != conference.pk:
            self.add_error("participant", _("This participant belongs to another conference."))
        return data


@admin.register(Speaker)
class SpeakerAdmin(OrganiserAdmin):
    """Typed into is who somebody is; their word is recorded by the buttons."""

    form = SpeakerForm
    refusals = REFUSALS
    list_display = ("name", "function_shown", "organisation_shown", "status", "sessions", "missing")
    list_filter = ("conference", "status")
    list_select_related = ("participant__delegation",)
    list_defer = ("message", "participant__dietary_needs", "participant__access_needs")
    search_fields = (
        "family_name",
        "given_name",
        "organisation",
        "email",
        "participant__family_name",
        "participant__given_name",
        "participant__delegation__name",
    )
    search_help_text = gettext_lazy("Name, organisation or delegation")
    actions: ClassVar = ["ask_chosen", "accepted_chosen"]
    # Thousands of participants fit into no drop-down list: the lens opens their own list with its search.
    raw_id_fields = ("participant",)
    change_form_template = "admin/agenda/speaker/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Speaker]:
        by_name = Lower(Coalesce("participant__family_name", "family_name"))
        return super().get_queryset(request).annotate(sorted_by=by_name).order_by("sorted_by", "pk")

    def get_readonly_fields(self, request: HttpRequest, obj: Speaker | None = None) -> tuple[str, ...]:
        """Another conference or participant would be another speaker: that is what replacing is for."""
        return ("conference", "participant", "status_shown", "message_shown") if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: Speaker | None = None) -> Any:
        profile = (gettext_lazy("For the programme"), {"fields": ("biography", "gender")})
        if obj is None:
            return (
                (None, {"fields": ("conference", "participant")}),
                (gettext_lazy("Guest from outside"), {"fields": GUEST}),
                profile,
            )
        word = ("status_shown", *(("message_shown",) if obj.message else ()))
        if obj.participant:
            return (None, {"fields": ("conference", "participant", *word)}), profile
        return (None, {"fields": ("conference", *word)}), (gettext_lazy("Person"), {"fields": GUEST}), profile

    @admin.display(description=gettext_lazy("status"))
    def status_shown(self, speaker: Speaker) -> str:
        return str(SpeakerStatus(speaker.status).label)

    @admin.display(description=gettext_lazy("message of the speaker"))
    def message_shown(self, speaker: Speaker) -> str:
        return speaker.message

    # The list -------------------------------------------------------------------------------------

    def prepare_rows(self, rows: list[Speaker]) -> None:
        missing = documents.missing_of(rows)
        found: dict[int, set[int]] = defaultdict(set)
        for model in (Appearance, Presentation):
            for speaker, session in model.objects.filter(speaker__in=rows).values_list("speaker", "session"):
                found[speaker].add(session)
        for row in rows:
            row.number_of_sessions = len(found[row.pk])  # type: ignore[attr-defined]
            row.missing_now = [] if row.status in GONE else missing[row.pk]  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("name"), ordering="sorted_by")
    def name(self, speaker: Speaker) -> str:
        source = speaker.participant or speaker
        return ", ".join(part for part in (source.family_name, source.given_name) if part)

    @admin.display(description=gettext_lazy("function"))
    def function_shown(self, speaker: Speaker) -> str:
        return speaker.function_now

    @admin.display(description=gettext_lazy("organisation"))
    def organisation_shown(self, speaker: Speaker) -> str:
        return speaker.organisation_now

    @admin.display(description=gettext_lazy("sessions"))
    def sessions(self, speaker: Any) -> int:
        return speaker.number_of_sessions

    @admin.display(description=gettext_lazy("still missing"), empty_value="")
    def missing(self, speaker: Any) -> str:
        return ", ".join(speaker.missing_now)

    @admin.action(description=gettext_lazy("Ask the selected"), permissions=["change"])
    def ask_chosen(self, request: HttpRequest, queryset: QuerySet[Speaker]) -> None:
        """The request to speak, to each of the ticked who can be asked; for the others it is said why not."""
        asked, refusals = speakers.ask_many(queryset, by=request.user)
        if asked:
            said = ngettext("%(number)d speaker is asked.", "%(number)d speakers are asked.", asked)
            messages.success(request, said % {"number": asked})
        for refusal in refusals:
            messages.warning(request, refusal)

    @admin.action(description=gettext_lazy("Record that the selected have accepted"), permissions=["change"])
    def accepted_chosen(self, request: HttpRequest, queryset: QuerySet[Speaker]) -> None:
        """Words that came by telephone or letter: the confirming mail goes to all of them who have an address."""
        accepted, refusals = speakers.accept_many(queryset, by=request.user)
        if accepted:
            said = ngettext("%(number)d acceptance is recorded.", "%(number)d acceptances are recorded.", accepted)
            messages.success(request, said % {"number": accepted})
        elif not refusals:
            messages.info(request, _("All of them had accepted already."))
        for refusal in refusals:
            messages.warning(request, refusal)

    # One speaker ----------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Speaker, form: Any, change: bool) -> None:
        speakers.save_speaker(obj, changed=form.changed_data if change else [], by=request.user)

    def delete_model(self, request: HttpRequest, obj: Speaker) -> None:
        speakers.remove_speaker(obj, by=request.user)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_delete_permission(self, request: HttpRequest, obj: Speaker | None = None) -> bool:
        """Who stands in the programme is replaced there first."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or not (obj.appearances.exists() or obj.presentations.exists()))

    def get_urls(self) -> list[URLPattern]:
        views: dict[str, Callable[..., Any]] = {
            "ask": ask_one,
            "remind": remind,
            "accept": accept,
            "decline": decline,
            "withdraw": withdraw,
            "replace": replace,
            "link": link,
            "revoke": revoke,
        }
        return [
            *(self.own_path(f"<int:pk>/{name}/", view, name=name) for name, view in views.items()),
            self.own_path("<int:pk>/documents/<uuid:key>/", document, name="document"),
            self.own_path("<int:pk>/documents/<uuid:key>/public/", document_public, name="document_public"),
            *super().get_urls(),
        ]

    def buttons(self, request: HttpRequest, subject: Speaker) -> list[Button]:
        if not may(request, "change", Speaker):
            return []

        def button(label: str, name: str, *, asks: bool = True, look: str = "") -> Button:
            return Button(label, self.own_address(name, subject.pk), asks=asks, look=look)

        status, found = subject.status, []
        if status == SpeakerStatus.ASKED:
            found += [
                button(_("Record an acceptance"), "accept", look="primary"),
                button(_("Record a refusal"), "decline"),
                button(_("Remind"), "remind", asks=False),
                button(_("Ask again"), "ask", asks=False),
            ]
        elif status == SpeakerStatus.ACCEPTED:
            found += [
                button(_("Remind of documents"), "remind", asks=False),
                button(_("Record a refusal"), "decline"),
            ]
        else:
            found += [
                button(_("Ask"), "ask", asks=False, look="primary"),
                button(_("Record an acceptance"), "accept"),
            ]
            if status == SpeakerStatus.PLANNED:
                found.append(button(_("Record a refusal"), "decline"))
        found.append(button(_("Replace by another person"), "replace"))
        found.append(button(_("Link to pass on"), "link"))
        if subject.status not in GONE:
            address = reverse("agenda:briefing", args=[subject.conference.slug, subject.code])
            found.append(Button(_("Briefing (PDF)"), address, asks=True))
        if subject.links.filter(revoked_at=None).exists():
            found.append(button(_("Revoke the links"), "revoke", look="danger"))
        if status != SpeakerStatus.WITHDRAWN:
            found.append(button(_("Withdraw"), "withdraw", look="danger"))
        return found

    def page_context(self, request: HttpRequest, subject: Speaker) -> dict[str, object]:
        mails = Mail.objects.filter(pk__in=subject.links.values("mail"))
        return {
            "parts": parts_of(subject),
            "documents": documents.current(subject),
            "missing_now": [] if subject.status in GONE else documents.missing_of([subject])[subject.pk],
            "may_change": may(request, "change", Speaker),
            "mails": mails.defer("text", "html", "sealed", "calendar").order_by("pk"),
            "entries": history.of(subject)[:20],
        }


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
    return _done(request, speaker, lambda: speakers.remind(speaker, by=request.user), _("The reminder is queued."))


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
    if request.method == "POST":
        try:
            address = speakers.show_link(speaker, by=request.user)
        except SpeakerRefused as refusal:
            messages.error(request, str(refusal))
            return redirect(change_address(speaker))
        return page(
            request,
            "admin/agenda/speaker/link.html",
            Speaker,
            title=_("A link to pass on"),
            subject=speaker,
            back=change_address(speaker),
            address=address,
        )
    return ask(
        request,
        title=_("Make a link to pass on?"),
        subject=speaker,
        submit=_("Make the link"),
        explanation=_(
            "Whoever has it can reply and send files for %(name)s. It is shown once; the history says that you took it."
        )
        % {"name": speaker},
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
    query = request.GET.get("q", "").strip()
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
    try:
        return attachment(_document(pk, key))
    except DocumentUnreadable:
        raise Http404 from None


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
