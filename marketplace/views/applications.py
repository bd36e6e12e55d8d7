"""A delegation's own page of its stand: applying, changing, withdrawing, and who stands there when."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from marketplace.forms import ApplicationForm
from marketplace.models import Call, StandApplication
from marketplace.permissions import can_see_catalogue, delegations_managed_by
from marketplace.queries import newest_application
from marketplace.services import applications
from marketplace.services.applications import ApplicationRefused, CallClosed, EditedMeanwhile
from marketplace.states import ApplicationStatus
from registrations.models import Delegation

_SUBMIT = "submit"


def own_delegation(request: HttpRequest, pk: int) -> tuple[Delegation, Call]:
    """The delegation, if the user manages people of it and its conference has a call; else 404."""
    mine = delegations_managed_by(request.user).select_related("conference__venue", "organisation", "city")
    delegation = get_object_or_404(mine, pk=pk)
    call = get_object_or_404(Call.objects.select_related("conference__venue", "room"), conference=delegation.conference)
    return delegation, call


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: HttpRequest, delegation: int) -> HttpResponse:
    """The application with all that can be done with it now: the form while it can be changed, else what it says."""
    own, call = own_delegation(request, delegation)
    application = newest_application(call, own)
    if application and application.status == ApplicationStatus.WITHDRAWN and request.GET.get("again"):
        application = None
    if request.method == "POST":
        if application and application.status == ApplicationStatus.WITHDRAWN:
            application = None
        return _keep(request, own, call, application)
    return _page(request, own, call, application, None)


def _page(
    request: HttpRequest,
    delegation: Delegation,
    call: Call,
    application: StandApplication | None,
    form: ApplicationForm | None,
    *,
    status: int = 200,
) -> HttpResponse:
    closed = applications.closed_in_words(call)
    changeable = applications.may_change(call, application) and (application is not None or not closed)
    if form is None and changeable:
        form = ApplicationForm(call=call, delegation=delegation, application=application)
    is_draft = application is None or application.status == ApplicationStatus.DRAFT
    stand = getattr(application, "stand", None) if application else None
    context: dict[str, Any] = {
        "conference": call.conference,
        "call": call,
        "delegation": delegation,
        "application": application,
        "stand": stand if stand and stand.released_at is None else None,
        "form": form,
        "is_draft": is_draft,
        "closed": closed,
        "may_submit": is_draft and not closed,
        "may_apply_again": not closed and application and application.status == ApplicationStatus.WITHDRAWN,
        "may_withdraw": application and _may_withdraw(application),
    }
    with timezone.override(call.conference.zone):
        return render(request, "marketplace/apply.html", context, status=status)


def _may_withdraw(application: StandApplication) -> bool:
    return application.status not in {ApplicationStatus.WITHDRAWN, ApplicationStatus.DECLINED}


def _keep(
    request: HttpRequest, delegation: Delegation, call: Call, application: StandApplication | None
) -> HttpResponse:
    """Saves, and submits where that was asked. What cannot be kept stays on the page as it was typed."""
    is_draft = application is None or application.status == ApplicationStatus.DRAFT
    submitting = is_draft and _SUBMIT in request.POST
    form = ApplicationForm(
        request.POST,
        request.FILES,
        call=call,
        delegation=delegation,
        application=application,
        complete=submitting or not is_draft,
    )
    if not form.is_valid() and not (is_draft and form.is_keepable):
        return _page(request, delegation, call, application, form, status=422)
    try:
        application = applications.save(
            call, delegation, form.content(), by=request.user, application=application, seen=form.cleaned_data["seen"]
        )
    except EditedMeanwhile as refusal:
        form.add_error(None, str(refusal))
        if present := newest_application(call, delegation):
            application = present
            form.with_version(present.changed_at.isoformat())
        return _page(request, delegation, call, application, form, status=409)
    except ApplicationRefused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, delegation, call, application, form, status=409)
    if form.errors:
        form.with_version(application.changed_at.isoformat())
        if submitting:
            messages.info(request, _("What you typed is saved, but not submitted yet."))
        else:
            messages.info(request, _("The text is saved; only the picture was not kept."))
        return _page(request, delegation, call, application, form, status=422)
    if submitting:
        return _submit(request, delegation, call, application, form)
    if application.status == ApplicationStatus.DRAFT:
        messages.success(request, _("Your draft is saved. It is not submitted yet; you can come back to it."))
    else:
        messages.success(request, _("The changes are saved."))
    return redirect("marketplace:apply", delegation.pk)


def _submit(
    request: HttpRequest, delegation: Delegation, call: Call, application: StandApplication, form: ApplicationForm
) -> HttpResponse:
    try:
        applications.submit(application, by=request.user)
    except CallClosed as refusal:
        messages.error(request, str(refusal))
    except ApplicationRefused as refusal:
        form.add_error(None, str(refusal))
        form.with_version(application.changed_at.isoformat())
        return _page(request, delegation, call, application, form, status=409)
    else:
        messages.success(request, _("Your application is submitted. A receipt is on its way to you."))
    return redirect("marketplace:apply", delegation.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, delegation: int) -> HttpResponse:
    """Asks first: a stand goes to the next at once."""
    own, call = own_delegation(request, delegation)
    application = newest_application(call, own)
    if application is None or not _may_withdraw(application):
        if application:
            messages.info(request, _("The application is withdrawn already."))
        return redirect("marketplace:apply", own.pk)
    if request.method == "POST":
        try:
            applications.withdraw(application, by=request.user)
        except ApplicationRefused as refusal:
            messages.info(request, str(refusal))
        else:
            messages.success(request, _("The application is withdrawn."))
        return redirect("marketplace:apply", own.pk)
    context = {"conference": call.conference, "call": call, "delegation": own, "application": application}
    return render(request, "marketplace/withdraw.html", context)


@login_not_required
@require_safe
def picture(request: HttpRequest, slug: str, key: UUID) -> HttpResponseBase:
    """The picture of an initiative: with a live stand for all who see the catalogue, else for its delegation and
    organisers. It is a JPEG that we have drawn, and nothing in an answer from here may run."""
    found = get_object_or_404(
        StandApplication.objects.exclude(picture="").select_related("call", "stand"),
        conference__slug=slug,
        picture_key=key,
    )
    if not _may_see_picture(request, found):
        raise Http404
    etag = f'"{key}"'
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        try:
            file = found.picture.open("rb")
        except FileNotFoundError as error:
            raise Http404 from error
        response = FileResponse(file, content_type="image/jpeg")
    response["ETag"] = etag
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    # Another picture has another key.
    response["Cache-Control"] = "private, max-age=86400"
    return response


def _may_see_picture(request: HttpRequest, application: StandApplication) -> bool:
    stand = getattr(application, "stand", None)
    if stand and stand.released_at is None and can_see_catalogue(request.user, application.call):
        return True
    if not request.user.is_authenticated:
        return False
    return request.user.is_staff or delegations_managed_by(request.user).filter(pk=application.delegation_id).exists()
