"""Organisers take in a programme that was planned elsewhere: upload, dry run, import, and what was imported before."""

import datetime
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from agenda.admin.addresses import board_address
from agenda.admin.moving import version_seen
from agenda.exchange import columns
from agenda.exchange.foreign import MAX_BYTES
from agenda.exchange.takein import ImportReport, Item
from agenda.models import ProgrammeImport, Session, Speaker
from agenda.services import imports as service
from agenda.services import planning
from conference import uploads
from conference.authors import author_column
from conference.incoming_admin import incoming_page, incoming_progress
from conference.models import Conference, Room
from conference.organiser_admin import Button, ReadOnlyAdmin, list_address, may, page
from conference.requests import row_key

# Rows that the page shows of each kind.
SHOWN = 200

may_import = permission_required(("agenda.add_session", "agenda.change_session"), raise_exception=True)


@admin.register(ProgrammeImport)
class ProgrammeImportAdmin(ReadOnlyAdmin):
    """What was uploaded when and by whom, and what became of it. A row leads to its dry run."""

    list_display = ("name", "conference", "status", "uploaded_at", "by")
    list_filter = ("conference", "status")
    list_select_related = ("conference", "uploaded_by")
    list_defer = ("content", "raw")
    search_fields = ("name",)

    by = staticmethod(author_column("uploaded_by", description=gettext_lazy("by")))

    def list_buttons(self, request: HttpRequest) -> list[Button]:
        if not _may_import(request):
            return []
        return [
            Button(_("Import a programme"), upload_address(request.GET.get("conference__id__exact", "")), asks=True)
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Where rows of the list and links of the history lead."""
        return redirect("admin:agenda_import_review", row_key(object_id))

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site
        return [
            path("upload/", site.admin_view(upload), name="agenda_import_upload"),
            path("<int:pk>/review/", site.admin_view(review), name="agenda_import_review"),
            path("<int:pk>/progress/", site.admin_view(progress), name="agenda_import_progress"),
            *super().get_urls(),
        ]


def _may_import(request: HttpRequest) -> bool:
    return may(request, "add", Session) and may(request, "change", Session)


def upload_address(conference: object = "") -> str:
    address = reverse("admin:agenda_import_upload")
    return f"{address}?conference={conference}" if conference else address


# The file -------------------------------------------------------------------------------------


class UploadForm(forms.Form):
    conference = forms.ModelChoiceField(label=gettext_lazy("Conference"), queryset=Conference.objects.all())
    file = forms.FileField(
        label=gettext_lazy("Programme"),
        help_text=gettext_lazy("A schedule.json or an .xlsx workbook. At most 5 MB."),
        widget=forms.FileInput(attrs={"accept": ".json,.xlsx"}),
        error_messages={"empty": gettext_lazy("The file is empty."), "required": gettext_lazy("Choose a file.")},
    )
    remove_missing = forms.BooleanField(
        label=gettext_lazy("Remove the sessions that are not in the file"),
        required=False,
        help_text=gettext_lazy(
            "Otherwise they stay, and so does what the file leaves empty. You see which they are before they go."
        ),
    )

    def __init__(self, *args: Any, may_remove: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_remove:
            del self.fields["remove_missing"]

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        # Before it is read into memory.
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than %(limit)d MB.") % {"limit": MAX_BYTES >> 20})
        try:
            uploads.admit(file, MAX_BYTES)
        except uploads.NotAcceptable as reason:
            accepted = _("a schedule.json or an .xlsx workbook")
            raise forms.ValidationError(
                uploads.refusal(uploads.clean_name(file.name or ""), reason, accepted)
            ) from reason
        return file


@may_import
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Asks for a file and leads to its dry run, which a worker makes. Nothing is imported yet."""
    conference = _named_conference(request)
    form = UploadForm(
        request.POST or None, request.FILES or None, initial={"conference": conference}, may_remove=_may_remove(request)
    )
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            received = service.receive_import(
                form.cleaned_data["conference"],
                file.read(),
                name=file.name or "",
                remove_missing=form.cleaned_data.get("remove_missing", False),
                by=request.user,
            )
        except service.FileRefused as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("admin:agenda_import_review", received.pk)
    return page(
        request,
        "admin/agenda/programmeimport/upload.html",
        ProgrammeImport,
        title=_("Import a programme"),
        form=form,
        back=board_address(conference) if conference else list_address(ProgrammeImport),
        sheets=[_SheetHelp.of(sheet) for sheet in columns.ALL],
    )


@dataclass(frozen=True)
class _SheetHelp:
    """What the page says of one sheet of a workbook: headings, without those that only our own exports have."""

    title: str
    needed: str
    besides: str

    @classmethod
    def of(cls, sheet: columns.SheetColumns) -> "_SheetHelp":
        shown = [column for column in sheet.columns if column.key not in columns.OUR_OWN]
        return cls(
            title=sheet.title,
            needed=", ".join(column.label for column in shown if column.required),
            besides=", ".join(column.label for column in shown if not column.required),
        )


def _named_conference(request: HttpRequest) -> Conference | None:
    """The one that the address names, else the newest."""
    named = Conference.objects.filter(pk=row_key(request.GET.get("conference"))).first()
    return named or Conference.objects.first()


def _may_remove(request: HttpRequest) -> bool:
    return may(request, "delete", Session)


# The dry run ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Row:
    """A session in the report; times are local."""

    begins: datetime.datetime
    title: str
    changes: str
    moved_from: datetime.datetime | None


@dataclass(frozen=True)
class _Section:
    """One kind of sessions, cut to what a page shows."""

    key: str
    label: str
    hint: str
    rows: list[_Row]
    total: int

    @property
    def more(self) -> int:
        return self.total - len(self.rows)

    @property
    def shows_changes(self) -> bool:
        return self.key in {"changed", "moved"}


@may_import
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows what the import would do. A POST imports or discards, as its button says."""
    found = _find(pk)
    if request.method == "POST":
        return _decide(request, found)
    if not found.was_read:
        return incoming_page(
            request,
            ProgrammeImport,
            found,
            name=found.name,
            title=_("Programme for %(conference)s") % {"conference": found.conference},
            progress_url=reverse("admin:agenda_import_progress", args=[found.pk]),
            again=upload_address(found.conference_id),
            back=board_address(found.conference),
        )
    is_pending = found.status == ProgrammeImport.Status.PENDING
    report = service.report_of(found) if is_pending else None
    return page(
        request,
        "admin/agenda/programmeimport/review.html",
        ProgrammeImport,
        title=_("Programme for %(conference)s") % {"conference": found.conference},
        upload=found,
        report=report,
        refusals=_refusals(request, found, report) if report else [],
        sections=_sections(report, found.conference) if report else [],
        problems=report.problems[:SHOWN] if report else [],
        submit=_("Import: %(what)s") % {"what": _in_words(report)} if report else "",
        again=upload_address(found.conference_id),
        back=board_address(found.conference),
    )


def _find(pk: int) -> ProgrammeImport:
    rows = ProgrammeImport.objects.select_related("conference__venue", "uploaded_by").defer("raw")
    return get_object_or_404(rows, pk=pk)


@may_import
@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that shows how far the check is; asked for every two seconds while somebody waits."""
    return incoming_progress(request, _find(pk), request.path)


def _refusals(request: HttpRequest, found: ProgrammeImport, report: ImportReport) -> list[str]:
    """Why this organiser cannot import it as it is."""
    refusals = []
    if found.content["remove_missing"] and report.errors:
        refusals.append(_("Parts of the file could not be read, so nothing may be removed. Mend the file first."))
    if report.removed and not _may_remove(request):
        refusals.append(_("It removes sessions, which your account may not do."))
    if report.new_rooms and not may(request, "add", Room):
        refusals.append(_("It needs new rooms, which your account may not add."))
    if report.new_people and not may(request, "add", Speaker):
        refusals.append(_("It needs new speakers, whom your account may not add."))
    return refusals


def _sections(report: ImportReport, conference: Conference) -> list[_Section]:
    moved = [item for item in report.changed if item.moved_from]
    changed = [item for item in report.changed if not item.moved_from]
    kinds = [
        ("added", _("New sessions"), "", report.added),
        ("moved", _("Moved"), "", moved),
        ("changed", _("Changed"), "", changed),
        ("removed", _("Removed"), _("They are not in the file. Their presentations go with them."), report.removed),
        ("left", _("Not in the file"), _("They stay as they are."), report.left),
        ("same", _("As stored"), _("Nothing changes here."), report.same),
    ]
    return [
        _Section(key, label, hint, [_row(item, conference) for item in items[:SHOWN]], len(items))
        for key, label, hint, items in kinds
        if items
    ]


def _row(item: Item, conference: Conference) -> _Row:
    return _Row(
        begins=item.starts_at.astimezone(conference.zone),
        title=item.title,
        changes=", ".join(item.changes),
        moved_from=item.moved_from.astimezone(conference.zone) if item.moved_from else None,
    )


def _in_words(report: ImportReport) -> str:
    """What would be imported, such as “12 new, 2 changed”."""
    numbers = [
        (len(report.added), lambda n: ngettext("%(number)d new session", "%(number)d new sessions", n)),
        (len(report.changed), lambda n: ngettext("%(number)d changed", "%(number)d changed", n)),
        (len(report.removed), lambda n: ngettext("%(number)d removed", "%(number)d removed", n)),
    ]
    return ", ".join(say(number) % {"number": number} for number, say in numbers if number)


def _decide(request: HttpRequest, found: ProgrammeImport) -> HttpResponse:
    board = board_address(found.conference)
    here = reverse("admin:agenda_import_review", args=[found.pk])
    decision = request.POST.get("decision")
    try:
        if decision == "import":
            if found.status == ProgrammeImport.Status.PENDING and (
                refusals := _refusals(request, found, service.report_of(found))
            ):
                raise service.ImportRefused(" ".join(refusals))
            report = service.apply_import(found, seen=version_seen(request), by=request.user)
            messages.success(request, _("Imported: %(what)s.") % {"what": _in_words(report) or _("nothing new")})
            return redirect(board)
        if decision == "discard":
            service.discard_import(found)
            messages.success(request, _("The upload was discarded. Nothing was imported."))
            return redirect(upload_address(found.conference_id))
    except service.AlreadyApplied as done:
        messages.info(request, str(done))
        return redirect(board)
    except planning.EditedMeanwhile as edited:
        messages.warning(
            request, f"{edited} " + _("Nothing was imported yet, and the upload is kept: this is what it would do now.")
        )
        return redirect(here)
    except service.ImportRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(here if ProgrammeImport.objects.filter(pk=found.pk).exists() else upload_address())
    raise Http404
