"""The warnings of a programme: what and where, set aside with a reason, and raised again."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agenda import warnings
from agenda.admin.addresses import board_address, plan_address
from agenda.admin.forms import ReasonForm
from agenda.models import DismissedWarning, Plan
from agenda.services import planning
from agenda.warnings import ProgrammeWarning
from conference.models import Conference
from conference.organiser_admin import Button, change_address, may, page, succeeds
from conference.requests import row_key

view_sessions = permission_required("agenda.view_session", raise_exception=True)
dismiss_warnings = permission_required("agenda.add_dismissedwarning", raise_exception=True)


def _links(warning: ProgrammeWarning) -> list[Button]:
    """Where the warning can be mended."""
    links = []
    if warning.speaker:
        if warning.rule == "gone":
            label = (
                _("Replace by %(person)s …") % {"person": warning.successor} if warning.successor else _("Replace …")
            )
            replace = reverse("admin:agenda_speaker_replace", args=[warning.speaker.pk])
            links.append(Button(label, replace, asks=True))
        links.append(Button(str(warning.speaker), change_address(warning.speaker), asks=True))
    return links


@view_sessions
@require_safe
def warnings_page(request: HttpRequest, pk: int) -> HttpResponse:
    """All open warnings, and below them those that were set aside."""
    conference = get_object_or_404(Conference.objects.select_related("venue"), pk=pk)
    found = warnings.find(conference)
    set_aside_url = plan_address("set_aside", conference)
    dismissed = DismissedWarning.objects.filter(conference=conference).select_related("by")
    standing = {warning.key for warning in found}
    return page(
        request,
        "admin/agenda/plan/warnings.html",
        Plan,
        title=_("Warnings"),
        subject=conference,
        back=board_address(conference),
        conference=conference,
        rows=[(warning, _links(warning)) for warning in found if warning.is_open],
        dismissed=[(one, one.key in standing) for one in dismissed],
        set_aside_url=set_aside_url,
        again_url=plan_address("raise_again", conference),
        session_url=reverse("admin:agenda_session_change", args=[0]).removesuffix("0/change/"),
        may_dismiss=may(request, "add", DismissedWarning),
        may_raise=may(request, "delete", DismissedWarning),
    )


@dismiss_warnings
@require_http_methods(["GET", "HEAD", "POST"])
def set_aside(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for the reason. The warning is named by its key; its words come from the programme as it is now."""
    conference = get_object_or_404(Conference.objects.select_related("venue"), pk=pk)
    key = request.POST.get("key") or request.GET.get("key", "")
    warning = next((one for one in warnings.find(conference) if one.key == key), None)
    if warning is None:
        messages.error(request, _("This warning is gone: the programme has changed."))
        return redirect(plan_address("warnings", conference))
    form = ReasonForm(request.POST or None, initial={"reason": warning.dismissed.reason if warning.dismissed else ""})
    if form.is_valid() and succeeds(
        form,
        lambda: planning.dismiss_warning(
            conference, key=key, text=_full(warning), reason=form.cleaned_data["reason"], by=request.user
        ),
        refusals=planning.PlanRefused,
    ):
        return redirect(plan_address("warnings", conference))
    return page(
        request,
        "admin/agenda/plan/set_aside.html",
        Plan,
        title=_("Set this warning aside?"),
        subject=conference,
        back=plan_address("warnings", conference),
        submit=_("Set aside"),
        form=form,
        warning=warning,
        key=key,
    )


def _full(warning: ProgrammeWarning) -> str:
    """With the session's title, since the list of those set aside stands alone."""
    return f"{warning.session}: {warning.text}" if warning.session else warning.text


@permission_required("agenda.delete_dismissedwarning", raise_exception=True)
@require_POST
def raise_again(request: HttpRequest, pk: int) -> HttpResponse:
    conference = get_object_or_404(Conference, pk=pk)
    dismissed = DismissedWarning.objects.filter(conference=conference, pk=row_key(request.POST.get("warning"))).first()
    if dismissed is not None:
        planning.raise_warning_again(dismissed, by=request.user)
        messages.success(request, _("The warning is raised again."))
    return redirect(plan_address("warnings", conference))
