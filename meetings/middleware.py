"""The look of phones at whether anything has changed, answered before anybody asks who they are."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, resolve

_START = "/meetings/live/"


class LiveMiddleware:
    """Calls the view of that look past all that serves sessions, which costs more than the answer itself.

    The address itself holds the permission: see live.py. It stands behind the middleware that sets the security
    headers. Every other address goes the usual way.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(_START):
            return self.get_response(request)
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        # As CommonMiddleware does: raises for a host that is not ours.
        request.get_host()
        return match.func(request, *match.args, **match.kwargs)
