"""Pages for invitees and participants."""

from django.http import Http404, HttpRequest, HttpResponse


def _page(request: HttpRequest, **_kwargs: object) -> HttpResponse:
    raise Http404


invitation = invitation_opened = invitation_decline = my_registrations = add_person = participant = _page
participant_change = participant_replace = participant_withdraw = participant_pdf = participant_calendar = _page
