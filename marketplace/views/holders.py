"""What the people of a stand see of the interest in it: numbers, and the contacts that visitors left for them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from conference import history
from marketplace.listing import contacts_left_at
from marketplace.models import Stand
from marketplace.views.access import Admission, for_its_holders
from registrations.guestlist.exporting import Table, to_csv, to_xlsx

# Fewer who remember a stand are not counted out: one or two could be guessed from who came by.
FEWEST_COUNTED = 3

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@for_its_holders
@require_safe
def visitors(request: HttpRequest, admission: Admission, stand: Stand) -> HttpResponse:
    """How many remember the stand, and who left a contact."""
    remembered = stand.remembered.count()
    context = {
        "conference": admission.conference,
        "stand": stand,
        "remembered": remembered if remembered >= FEWEST_COUNTED else None,
        "fewest_counted": FEWEST_COUNTED,
        "contacts": contacts_left_at(stand),
    }
    return render(request, "marketplace/visitors.html", context)


def _table(admission: Admission, stand: Stand) -> Table:
    headings = [
        (_("Family name"), 24),
        (_("First name"), 20),
        (_("Title"), 12),
        (_("Function"), 36),
        (_("Delegation"), 36),
        (_("Country"), 18),
        (_("E-mail"), 36),
        (_("Left on"), 20),
    ]
    rows = [
        [
            person.family_name,
            person.given_name,
            person.title,
            person.function,
            person.delegation.name,
            person.delegation.member_state.name if person.delegation.member_state else "",
            person.email,
            date_format(localtime(contact.consented_at, admission.conference.zone), "j F Y H:i"),
        ]
        for contact in contacts_left_at(stand)
        for person in [contact.participant]
    ]
    return Table(_("Contacts"), headings, rows)


@for_its_holders
@require_safe
def contacts_csv(request: HttpRequest, admission: Admission, stand: Stand) -> HttpResponse:
    table = _table(admission, stand)
    _record(request, admission, stand, table)
    return _file(stand, to_csv(table), "text/csv; charset=utf-8", "csv")


@for_its_holders
@require_safe
def contacts_xlsx(request: HttpRequest, admission: Admission, stand: Stand) -> HttpResponse:
    table = _table(admission, stand)
    _record(request, admission, stand, table)
    return _file(stand, to_xlsx([table]), _XLSX, "xlsx")


def _record(request: HttpRequest, admission: Admission, stand: Stand, table: Table) -> None:
    what = _("contacts left at stand %(number)s") % {"number": stand.stand_no}
    history.record_export(admission.conference, what, by=request.user, rows=len(list(table.rows)))


def _file(stand: Stand, content: bytes, content_type: str, ending: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="contacts-stand-{stand.pk}.{ending}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)
