"""Addresses that no database can look up are answered before any view sees them."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponseBase

from conference.requests import LARGEST_KEY


class UnreadableAddressMiddleware:
    """Refuses NUL in an address with 400, and takes a number beyond all primary keys for a row that does not exist.

    SQLite raises an error for such numbers and PostgreSQL for NUL, wherever they are looked up. It comes first, since
    some of the middleware behind it answers requests itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        query = request.META.get("QUERY_STRING", "")
        if "\x00" in request.path_info or "%00" in query or "\x00" in query:
            raise BadRequest("The address contains a NUL character.")
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., object], args: object, kwargs: dict[str, object]
    ) -> None:
        if any(isinstance(value, int) and value > LARGEST_KEY for value in kwargs.values()):
            raise Http404
