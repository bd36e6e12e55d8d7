"""Organisers' pages of the guest list: upload, dry run, import, export."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import permission_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from conference import history, uploads
from conference.incoming_admin import incoming_page, incoming_progress
from conference.models import Conference
from conference.organiser_admin import Button, list_address, may, page
from registrations.guestlist import exporting
from registrations.guestlist.applying import (
    AlreadyApplied,
    ImportRefused,
    PlanOutdated,
    apply_import,
    check_again,
    discard_import,
    receive_import,
)
from registrations.guestlist.columns import Kind
from registrations.guestlist.exporting import Table
from registrations.guestlist.reading import MAX_BYTES, FileProblem
from registrations.models import Category, Delegation, GuestListImport, Participant

# Rows that a page shows of each kind; the rest is in the file of the report.
SHOWN = 50
_CSV, _XLSX = "csv", "xlsx"
_MEDIA_TYPES = {
    _CSV: "text/csv; charset=utf-8",
    _XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

may_import = permission_required(
    ("registrations.add_delegation", "registrations.change_delegation"), raise_exception=True
)
may_export = permission_required("registrations.view_delegation", raise_exception=True)


def guest_list_urls(site: AdminSite) -> list[URLPattern]:
    """The addresses of these pages, for the admin of delegations: `admin:registrations_guestlist_…`."""
    return [
        path("guest-list/import/", site.admin_view(import_upload), name="registrations_guestlist_import"),
        path(
            "guest-list/import/<int:pk>/",
            site.admin_view(import_review),
            name="registrations_guestlist_import_review",
        ),
        path(
            "guest-list/import/<int:pk>/progress/",
            site.admin_view(import_progress),
            name="registrations_guestlist_import_progress",
        ),
        path(
            "guest-list/import/<int:pk>/report.csv",
            site.admin_view(import_report),
            name="registrations_guestlist_import_report",
        ),
        path("guest-list/template.xlsx", site.admin_view(template), name="registrations_guestlist_template"),
        path("guest-list/export/", site.admin_view(export), name="registrations_guestlist_export"),
        path(
            "guest-list/export/<slug:conference>/<slug:content>.<slug:form>",
            site.admin_view(export_file),
            name="registrations_guestlist_export_file",
        ),
    ]


def guest_list_buttons(request: HttpRequest) -> list[Button]:
    """What may be done above the list of delegations, for the conference that its address names, if any."""
    conference = request.GET.get("conference__id__exact", "")
    query = f"?{urlencode({'conference': conference})}" if conference else ""
    buttons = []
    if may(request, "add", Delegation) and may(request, "change", Delegation):
        address = reverse("admin:registrations_guestlist_import")
        buttons.append(Button(_("Import a guest list"), f"{address}{query}", asks=True))
    if may(request, "view", Delegation):
        address = reverse("admin:registrations_guestlist_export")
        buttons.append(Button(_("Export lists"), f"{address}{query}", asks=True))
    return buttons


# Import ---------------------------------------------------------------------------------------


class UploadForm(forms.Form):
    conference = forms.ModelChoiceField(label=gettext_lazy("Conference"), queryset=Conference.objects.all())
    file = forms.FileField(
        label=gettext_lazy("Guest list"),
        help_text=gettext_lazy("An .xlsx workbook, or a .csv file with one of its sheets. At most 10 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={"empty": gettext_lazy("The file is empty."), "required": gettext_lazy("Choose a file.")},
    )
    include_outside = forms.BooleanField(
        label=gettext_lazy("Also take in cities of states that are not Member States on the day"),
        required=False,
        help_text=gettext_lazy("Otherwise their rows are left out, each with the reason."),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        # Before it is read into memory.
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(limit)d MB.") % {"limit": MAX_BYTES // 1024 // 1024}
            )
        try:
            uploads.admit(file, MAX_BYTES)
        except uploads.NotAcceptable as reason:
            accepted = _("an .xlsx workbook or a .csv file")
            raise forms.ValidationError(
                uploads.refusal(uploads.clean_name(file.name or ""), reason, accepted)
            ) from reason
        return file


@may_import
@require_http_methods(["GET", "HEAD", "POST"])
def import_upload(request: HttpRequest) -> HttpResponse:
    """Asks for a file and leads to its dry run, which a worker makes. Nothing is imported yet."""
    newest = Conference.objects.first()
    form = UploadForm(
        request.POST or None,
        request.FILES or None,
        initial={"conference": request.GET.get("conference") or (newest.pk if newest else None)},
    )
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            upload = receive_import(
                form.cleaned_data["conference"],
                file.read(),
                file_name=file.name or "",
                include_outside=form.cleaned_data["include_outside"],
                by=request.user,
            )
        except FileProblem as problem:
            form.add_error("file", str(problem))
        else:
            return redirect("admin:registrations_guestlist_import_review", upload.pk)
    return page(
        request,
        "admin/registrations/guestlist/upload.html",
        Delegation,
        title=_("Import a guest list"),
        form=form,
        back=list_address(Delegation),
    )


@may_import
@require_http_methods(["GET", "HEAD", "POST"])
def import_review(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows what the import would do. A POST imports, checks once more, or discards, as its button says."""
    upload = _find_upload(pk)
    if request.method == "POST":
        return _decide(request, upload)
    if not upload.was_read:
        return incoming_page(
            request,
            Delegation,
            upload,
            name=upload.file_name,
            title=_("Guest list for %(conference)s") % {"conference": upload.conference},
            progress_url=reverse("admin:registrations_guestlist_import_progress", args=[upload.pk]),
            again=_upload_address(upload.conference_id),
            back=list_address(Delegation),
        )
    report = upload.report
    return page(
        request,
        "admin/registrations/guestlist/review.html",
        Delegation,
        title=_("Guest list for %(conference)s") % {"conference": upload.conference},
        upload=upload,
        report=report,
        is_pending=upload.status == GuestListImport.Status.PENDING,
        changes_something=bool(report["created"] or report["changed"]),
        submit=_("Import %(what)s") % {"what": _in_words(report)},
        sections=[
            _Section(report[key], label, key)
            for key, label in (
                ("errors", _("Errors")),
                ("changed", _("Changed")),
                ("left_out", _("Left out")),
                ("notices", _("Please note")),
                ("created", _("New")),
            )
            if report[key]
        ],
        back=list_address(Delegation),
    )


@may_import
@require_safe
def import_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that shows how far the check is; asked for every two seconds while somebody waits."""
    return incoming_progress(request, _find_upload(pk), request.path)


def _upload_address(conference: int) -> str:
    return f"{reverse('admin:registrations_guestlist_import')}?{urlencode({'conference': conference})}"


class _Section:
    """One kind of rows of the report, cut to what a page shows."""

    def __init__(self, rows: list[dict[str, Any]], label: str, key: str) -> None:
        self.label, self.key = label, key
        self.total = len(rows)
        self.rows = rows[:SHOWN]
        self.more = self.total - len(self.rows)
        # Entries are records with fields; the others are remarks with a place.
        self.is_entries = key in {"created", "changed"}


def _find_upload(pk: int) -> GuestListImport:
    return get_object_or_404(
        GuestListImport.objects.select_related("conference", "uploaded_by", "applied_by").defer("content", "raw"), pk=pk
    )


def _in_words(report: Mapping[str, Any]) -> str:
    """What would be imported, such as “241 cities, 13 organisations”."""
    numbers = {sheet["kind"]: sheet["created"] + sheet["changed"] for sheet in report["sheets"]}
    words = {
        Kind.CITY: lambda n: ngettext("%(number)d city", "%(number)d cities", n),
        Kind.ORGANISATION: lambda n: ngettext("%(number)d organisation", "%(number)d organisations", n),
        Kind.INSTITUTION: lambda n: ngettext("%(number)d institution", "%(number)d institutions", n),
        Kind.MEMBER_STATE: lambda n: ngettext("%(number)d Member State", "%(number)d Member States", n),
    }
    return ", ".join(say(numbers[kind]) % {"number": numbers[kind]} for kind, say in words.items() if numbers.get(kind))


def _decide(request: HttpRequest, upload: GuestListImport) -> HttpResponse:
    guests = list_address(Delegation, conference__id__exact=upload.conference_id)
    here = reverse("admin:registrations_guestlist_import_review", args=[upload.pk])
    decision = request.POST.get("decision")
    try:
        if decision == "import":
            applied = apply_import(upload, by=request.user)
            messages.success(request, _("Imported: %(what)s.") % {"what": _in_words(applied.report)})
            return redirect(guests)
        if decision == "discard":
            discard_import(upload)
            messages.success(request, _("The upload was discarded. Nothing was imported."))
            return redirect("admin:registrations_guestlist_import")
        if decision == "check":
            check_again(upload)
            messages.success(request, _("Checked again with the present data."))
            return redirect(here)
    except AlreadyApplied as done:
        messages.info(request, str(done))
        return redirect(guests)
    except PlanOutdated as outdated:
        check_again(upload)
        messages.warning(request, f"{outdated} " + _("It was checked again: this is what it would do now."))
        return redirect(here)
    except (ImportRefused, GuestListImport.DoesNotExist) as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:registrations_guestlist_import")
    return HttpResponse(_("Unknown decision."), status=400, content_type="text/plain; charset=utf-8")


@may_import
@require_safe
def import_report(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole report of a dry run, as a CSV file."""
    upload = _find_upload(pk)
    if not upload.report:
        raise Http404
    headings = [_("What"), _("Place"), _("Name"), _("Column"), _("Before"), _("After"), _("Remark")]
    rows: list[list[str]] = []
    for key, what in (("errors", _("error")), ("left_out", _("left out")), ("notices", _("notice"))):
        rows += [[what, one["place"], "", "", "", "", one["message"]] for one in upload.report[key]]
    for key, what in (("changed", _("changed")), ("created", _("new"))):
        for entry in upload.report[key]:
            place = f"{entry['sheet']}, " + _("row %(number)d") % {"number": entry["row"]}
            changes = entry["changes"] or [{"label": "", "old": "", "new": ""}]
            rows += [
                [what, place, entry["name"], change["label"], change["old"], change["new"], ""] for change in changes
            ]
    table = Table(_("Report"), [(heading, 20) for heading in headings], rows)
    history.record_export(upload.conference, _("report of an import (CSV)"), by=request.user, rows=len(rows))
    return _download(exporting.to_csv(table), f"{upload.conference.slug}-import-{upload.pk}", _CSV)


@may_import
@require_safe
def template(request: HttpRequest) -> HttpResponse:
    """An empty guest list to fill in."""
    return _download(exporting.to_xlsx(exporting.template()), "guest-list-template", _XLSX)


# Export ---------------------------------------------------------------------------------------


@may_export
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Offers the lists of one conference as files."""
    conferences = list(Conference.objects.all())
    chosen = request.GET.get("conference", "")
    conference = next((one for one in conferences if str(one.pk) == chosen), conferences[0] if conferences else None)
    return page(
        request,
        "admin/registrations/guestlist/export.html",
        Delegation,
        title=_("Export lists"),
        conference=conference,
        conferences=conferences,
        categories=Category.choices,
        may_see_participants=may(request, "view", Participant),
        back=list_address(Delegation),
    )


@may_export
@require_safe
def export_file(request: HttpRequest, conference: str, content: str, form: str) -> HttpResponse:
    """One list as a file. `content` is guest-list, a category, confirmed or attendance; `form` is xlsx or csv.

    CSV holds one table, so a whole guest list is a workbook. E-mail addresses of participants only for those who
    may change participants.
    """
    found = get_object_or_404(Conference, slug=conference)
    if content == "confirmed" and may(request, "view", Participant):
        tables = [exporting.confirmed_list(found, with_email=may(request, "change", Participant))]
    elif content == "attendance" and may(request, "view", Participant):
        tables = [exporting.attendance_list(found)]
    elif content == "guest-list" and form == _XLSX:
        tables = exporting.guest_list(found)
    elif content in Category.values:
        tables = exporting.guest_list(found, [content])
    else:
        raise Http404
    # Some rows are read while they are written: for counting them they have to be there.
    tables = [replace(table, rows=list(table.rows)) for table in tables]
    if form == _XLSX:
        data = exporting.to_xlsx(tables)
    elif form == _CSV:
        data = exporting.to_csv(tables[0])
    else:
        raise Http404
    _record(request, found, content, form, sum(len(table.rows) for table in tables))
    return _download(data, f"{found.slug}-{content}", form)


def _record(request: HttpRequest, conference: Conference, content: str, form: str, rows: int) -> None:
    names = {"confirmed": _("confirmed list"), "attendance": _("attendance"), "guest-list": _("guest list")}
    name = names.get(content) or _("guest list of one category")
    history.record_export(conference, f"{name} ({form.upper()})", by=request.user, rows=rows)


def _download(data: bytes, name: str, form: str) -> HttpResponse:
    # The day tells versions of a list apart on the organiser's disk.
    stamp = timezone.localdate().isoformat()
    return HttpResponse(
        data,
        content_type=_MEDIA_TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="{name}-{stamp}.{form}"'},
    )
