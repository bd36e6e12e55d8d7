"""Somebody's own calendar feed: whoever has the address reads it, so it is long, hashed at rest and revocable."""

import hashlib

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from agenda import personal
from agenda.exchange import calendars
from agenda.queries import newest_release, speaker_codes, starred_guids
from agenda.services import readers


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Where the reader appears and what they starred; dropped sessions stay in it as cancelled."""
    reader = readers.find_by_feed(token)
    release = newest_release(reader.conference) if reader else None
    if reader is None or release is None:
        raise Http404
    guids = personal.guids_of(
        release.programme,
        codes=speaker_codes(reader.conference, reader.user),
        stars=starred_guids(reader.conference, reader.user),
    )
    # Of what the file is made of, not of the file: most calendars ask many times a day and get a 304.
    made_of = f"{release.pk} {' '.join(sorted(map(str, guids)))}"
    etag = f'"{hashlib.sha256(made_of.encode()).hexdigest()[:32]}"'
    response = get_conditional_response(request, etag=etag) or HttpResponse(
        calendars.personal_feed(release.programme, guids),
        content_type="text/calendar; charset=utf-8; method=PUBLISH",
        headers={"Content-Disposition": f'inline; filename="{reader.conference.slug}.ics"'},
    )
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response
