"""Answers to those of whom nothing is known, before anybody asks who they are."""

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils import translation

from agenda.views.answers import is_stranger

# Part of every address that may be answered here, so that all others cost nothing.
_MARK = "/programme/"


class PublicProgrammeMiddleware:
    """Calls the views of the public programme for visitors without a session, past all that serves sessions.

    It stands behind the middleware that sets the security headers and before sessions, messages and sign-in, which
    together cost more than the answer itself: see docs/decisions/0006-public-programme.md. Everybody else, and every
    other address, goes the usual way to the same views.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _MARK not in request.path_info or not is_stranger(request):
            return self.get_response(request)
        try:
            match = resolve(request.path_info, urlconf="agenda.public_urls")
        except Resolver404:
            return self.get_response(request)
        # As CommonMiddleware does: raises for a host that is not ours.
        request.get_host()
        # As LocaleMiddleware does: the thread may still speak the language of the request before.
        translation.activate(translation.get_language_from_request(request))
        request.user = AnonymousUser()
        return match.func(request, *match.args, **match.kwargs)
