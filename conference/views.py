"""The public pages of a conference."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import TooManyFieldsSent
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import requires_csrf_token
from django.views.decorators.http import require_safe

from conference.models import Conference
from conference.prepared import Prepared
from conference.queries import newest_page

_CONFERENCE = Prepared(
    lambda slug: Conference.objects.published().filter(slug=slug).select_related("venue"), stand_in="address"
)


def _published(slug: str) -> Conference:
    found = _CONFERENCE.first(slug)
    if found is None:
        raise Http404
    return found


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The list of conferences; a site with one shows that one."""
    conferences = list(Conference.objects.published().select_related("venue"))
    if len(conferences) == 1:
        return redirect(conferences[0])
    return render(request, "conference/home.html", {"conferences": conferences})


@login_not_required
@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    return render(request, "conference/detail.html", {"conference": _published(slug)})


@login_not_required
@require_safe
def page(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """One public text in its newest version."""
    conference = _published(slug)
    text = newest_page(conference, kind)
    if text is None:
        raise Http404
    return render(request, "conference/page.html", {"conference": conference, "page": text})


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for a request that cannot be read, with the reason where the sender can do something about it."""
    reason = ""
    if isinstance(exception, MultiPartParserError) and "header size" in str(exception):
        # Before anything else of the form could be read.
        reason = _("The name of a file that you sent is too long. Rename the file to fewer than 200 characters.")
    elif isinstance(exception, TooManyFieldsSent):
        reason = _("The request has more fields than a form of this site has.")
    return render(request, "400.html", {"reason": reason}, status=400)


@login_not_required
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """For load balancers: 200 while the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
