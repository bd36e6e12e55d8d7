"""The pages behind a speaker's personal link: the request, the reply to it, and what the speaker sends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.counting import count_within
from agenda.forms import DocumentForm, ProfileForm, WordForm
from agenda.models import Document, Speaker
from agenda.papers import briefing, run_of_show
from agenda.parts import Part, needs_speech, parts_of
from agenda.queries import plan_of, working_programme
from agenda.services import documents, speakers
from agenda.services.documents import DocumentRefused
from agenda.services.speakers import AlreadyReplied, SpeakerRefused
from agenda.serving import DocumentUnreadable, attachment
from agenda.states import SpeakerStatus
from agenda.uploads import UploadRefused
from conference import pdf
from conference.links import ends_at
from registrations.views.links import unknown_link

# For each speaker, not each address: a whole venue shares one.
UPLOADS = 60
UPLOADS_WITHIN = 3600  # seconds

_REFUSALS = (UploadRefused, DocumentRefused)


def _by_personal_link(
    view: Callable[..., HttpResponseBase], *, once_accepted: bool = False
) -> Callable[..., HttpResponseBase]:
    """Gives the view the speaker that the token leads to, and answers itself where there is none any more.

    What is sent is for those who accepted; the others are led back to the page where they can.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, token: str, **more: object) -> HttpResponseBase:
        link = speakers.find_link(token)
        response: HttpResponseBase
        if link is None:
            response = unknown_link(request)
        elif not link.is_good:
            response = _closed(request, link.speaker, "revoked" if link.revoked_at else "expired")
        elif link.speaker.status == SpeakerStatus.WITHDRAWN or (
            link.speaker.is_gone and link.speaker.status != SpeakerStatus.DECLINED
        ):
            response = _closed(request, link.speaker, "withdrawn")
        elif once_accepted and link.speaker.status != SpeakerStatus.ACCEPTED:
            response = redirect("agenda:speaker_link", token)
        else:
            response = view(request, link.speaker, token, **more)
        # The address of the page is a secret. Without any Referer, browsers would send no Origin either, which the
        # check against forged requests needs.
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return login_not_required(never_cache(wrapped))


def _once_accepted(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    return _by_personal_link(view, once_accepted=True)


def _closed(request: HttpRequest, speaker: Speaker, because: str) -> HttpResponse:
    context = {"conference": speaker.conference, "because": because}
    return render(request, "agenda/speaker/closed.html", context, status=410)


def _context(speaker: Speaker, token: str, **more: object) -> dict[str, object]:
    return {
        "conference": speaker.conference,
        "plan": plan_of(speaker.conference),
        "speaker": speaker,
        "token": token,
        "is_over": timezone.now() > ends_at(speaker.conference),
        **more,
    }


# To print ----------------------------------------------------------------------------------------


@require_safe
@_once_accepted
def speaker_briefing(request: HttpRequest, speaker: Speaker, token: str) -> HttpResponse:
    """All that the speaker needs on the day."""
    return _printed(request, speaker, token, "briefing", lambda: briefing.briefing_pdf(speaker))


@require_safe
@_once_accepted
def speaker_run_of_show(request: HttpRequest, speaker: Speaker, token: str, code: str) -> HttpResponse:
    """The working version of a session minute by minute, with the organisers' note, for who moderates it."""
    session = next((part.session for part in parts_of(speaker) if part.moderates and part.session.code == code), None)
    if session is None:
        raise Http404
    programme, notes = working_programme(speaker.conference), {code: session.note} if session.note else {}
    return _printed(
        request,
        speaker,
        token,
        f"run-of-show-{code}",
        lambda: run_of_show.run_of_show_pdf(programme, notes=notes, session=code),
    )


def _printed(request: HttpRequest, speaker: Speaker, token: str, name: str, make: Callable[[], bytes]) -> HttpResponse:
    """The PDF; without Pango the page that says so."""
    try:
        document = make()
    except pdf.PdfUnavailable:
        return pdf.unavailable(request, speaker.conference, back=reverse("agenda:speaker_link", args=[token]))
    headers = {"Content-Disposition": f'inline; filename="{speaker.conference.slug}-{name}.pdf"'}
    return HttpResponse(document, content_type="application/pdf", headers=headers)


# The request and the reply ---------------------------------------------------------------------


@require_safe
@_by_personal_link
def speaker_link(request: HttpRequest, speaker: Speaker, token: str) -> HttpResponse:
    """What is asked, and how it stands. Looking at it changes nothing: mail scanners look, too."""
    return _page(request, speaker, token, WordForm())


def _page(request: HttpRequest, speaker: Speaker, token: str, form: WordForm) -> HttpResponse:
    context = _context(speaker, token, parts=parts_of(speaker), form=form)
    if speaker.status == SpeakerStatus.ACCEPTED:
        context["sent"] = documents.current(speaker)
        context["missing"] = documents.missing_of([speaker])[speaker.pk]
    return render(request, "agenda/speaker/link.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@_by_personal_link
def speaker_accept(request: HttpRequest, speaker: Speaker, token: str) -> HttpResponse:
    if request.method != "POST":
        return redirect("agenda:speaker_link", token)
    form = WordForm(request.POST)
    if not form.is_valid():
        return _page(request, speaker, token, form)
    return _reply(
        request,
        token,
        lambda: speakers.accept(speaker, by=None, message=form.cleaned_data["message"]),
        done=_("Thank you: your reply has arrived."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@_by_personal_link
def speaker_decline(request: HttpRequest, speaker: Speaker, token: str) -> HttpResponse:
    form = WordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _reply(
            request,
            token,
            lambda: speakers.decline(speaker, by=None, message=form.cleaned_data["message"]),
            done=_("Your reply has arrived."),
        )
    if request.method != "POST" and speaker.status == SpeakerStatus.DECLINED:
        return redirect("agenda:speaker_link", token)
    return render(request, "agenda/speaker/decline.html", _context(speaker, token, form=form))


def _reply(request: HttpRequest, token: str, change: Callable[[], None], *, done: str) -> HttpResponse:
    try:
        change()
    except AlreadyReplied:
        messages.info(request, _("Your reply has already arrived."))
    except SpeakerRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("agenda:speaker_link", token)


# What the speaker sends ------------------------------------------------------------------------


def _too_many_uploads(speaker: Speaker) -> bool:
    """Counts this upload, and says whether there were too many within the hour."""
    return count_within(f"uploads:{speaker.pk}", seconds=UPLOADS_WITHIN) > UPLOADS


_TOO_MANY = gettext_lazy("That were too many files within an hour. Please go on later; nothing you sent is lost.")


@require_http_methods(["GET", "HEAD", "POST"])
@_once_accepted
def speaker_profile(request: HttpRequest, speaker: Speaker, token: str) -> HttpResponse:
    """Biography and photograph. The text is saved even where the photograph is refused."""
    form = ProfileForm(request.POST or None, request.FILES or None, speaker=speaker)
    if request.method == "POST" and form.is_valid():
        speakers.save_profile(
            speaker,
            biography=form.cleaned_data["biography"],
            language=form.cleaned_data.get("language", ""),
            by=None,
        )
        photo = form.cleaned_data["photo"]
        refusal = _keep(speaker, Document.Kind.PHOTO, photo) if photo else ""
        if not refusal:
            messages.success(request, _("Your profile is saved."))
            return redirect("agenda:speaker_link", token)
        form.add_error("photo", refusal)
        messages.info(request, _("The text is saved; only the photograph was not kept."))
    photos = [document for document in documents.current(speaker) if document.kind == Document.Kind.PHOTO]
    context = _context(speaker, token, form=form, photo=photos[0] if photos else None)
    return render(request, "agenda/speaker/profile.html", context, status=422 if form.errors else 200)


def _keep(speaker: Speaker, kind: str, upload: object, **more: object) -> str:
    """Keeps the upload; says why it could not, empty where it could."""
    if _too_many_uploads(speaker):
        return str(_TOO_MANY)
    try:
        documents.add(speaker, kind=kind, upload=upload, by=None, **more)
    except _REFUSALS as refusal:
        return str(refusal)
    return ""


@dataclass(frozen=True)
class _Place:
    """Where one file goes, with what lies there."""

    form: DocumentForm
    sent: Sequence[Document]


@require_http_methods(["GET", "HEAD", "POST"])
@_once_accepted
def speaker_documents(request: HttpRequest, speaker: Speaker, token: str) -> HttpResponse:
    """Slides and abstract of each presentation, and speeches for the interpreters; one file at a time."""
    parts = parts_of(speaker)
    chosen = None
    forms = _document_forms(parts, request)
    if request.method == "POST":
        chosen = next((form for form in forms if form.place == request.POST.get("place")), None)
        if chosen is None:
            messages.error(request, _("Your presentations have changed meanwhile. Look at this page again."))
            return redirect("agenda:speaker_documents", token)
        if chosen.is_valid():
            refusal = _keep(speaker, chosen.kind, chosen.cleaned_data["file"], presentation=chosen.presentation)
            if not refusal:
                messages.success(request, _("The file has arrived."))
                return redirect("agenda:speaker_documents", token)
            chosen.add_error("file", refusal)
    sent = [document for document in documents.current(speaker) if document.kind != Document.Kind.PHOTO]
    places = [
        _Place(
            form,
            [
                document
                for document in sent
                if (document.kind, document.presentation_id)
                == (form.kind, form.presentation.pk if form.presentation else None)
            ],
        )
        for form in forms
    ]
    placed = {document.pk for place in places for document in place.sent}
    context = _context(
        speaker,
        token,
        places=places,
        others=[document for document in sent if document.pk not in placed],
        chosen=chosen,
        speech_wanted=needs_speech(parts),
    )
    return render(request, "agenda/speaker/documents.html", context, status=422 if chosen else 200)


def _document_forms(parts: Sequence[Part], request: HttpRequest) -> list[DocumentForm]:
    """The form that was sent is bound, the others wait."""
    presentations = [presentation for part in parts for presentation in part.presentations]
    wanted = [
        (kind, label, presentation)
        for presentation in presentations or [None]
        for kind, label in (
            (Document.Kind.SLIDES, _("Slides")),
            *([(Document.Kind.ABSTRACT, _("Abstract"))] if presentation else []),
        )
    ]
    wanted.append((Document.Kind.SPEECH, _("Text of the speech"), None))
    forms = []
    for kind, label, presentation in wanted:
        form = DocumentForm(kind=kind, label=label, presentation=presentation)
        if request.method == "POST" and request.POST.get("place") == form.place:
            form = DocumentForm(request.POST, request.FILES, kind=kind, label=label, presentation=presentation)
        forms.append(form)
    return forms


def _own(speaker: Speaker, key: UUID) -> Document:
    """Raises Http404 for what is somebody else's."""
    document = speaker.documents.filter(key=key).first()
    if document is None:
        raise Http404
    return document


@require_safe
@_once_accepted
def speaker_document(request: HttpRequest, speaker: Speaker, token: str, key: UUID) -> HttpResponseBase:
    try:
        return attachment(_own(speaker, key))
    except DocumentUnreadable:
        messages.error(request, _("The file cannot be read just now. Please try again in a few minutes."))
        return redirect("agenda:speaker_documents", token)


@require_POST
@_once_accepted
def speaker_document_delete(request: HttpRequest, speaker: Speaker, token: str, key: UUID) -> HttpResponse:
    document = speaker.documents.filter(key=key).first()
    back = "agenda:speaker_documents"
    # Gone already where the button was pressed twice.
    if document is not None:
        if document.kind == Document.Kind.PHOTO:
            back = "agenda:speaker_profile"
        documents.delete(document, by=None)
    messages.success(request, _("The file is deleted."))
    return redirect(back, token)
