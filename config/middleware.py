"""What every answer of the site carries."""

from collections.abc import Callable

from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase


class ContentSecurityPolicyMiddleware:
    """Sets CONTENT_SECURITY_POLICY on every answer that brings no policy of its own.

    django-csp's middleware can vary the policy from view to view and therefore builds it anew, twice, for each
    answer. Here it is one and the same for the whole site.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.policy = build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        # Django's pages about an error, which only developers see, are styled inline.
        if not (settings.DEBUG and response.status_code in {404, 500}):
            response.headers.setdefault(HEADER, self.policy)
        return response


class HeadMiddleware:
    """Answers HEAD as GET, without the body.

    Views see a GET, so that none has to know of HEAD. The body is taken off here: Django leaves that to the web server,
    and gunicorn writes a warning each time. This comes before all other middleware, some of which answer without
    calling the next one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method != "HEAD":
            return self.get_response(request)
        request.method = "GET"
        response = self.get_response(request)
        request.method = "HEAD"
        if response.streaming:
            # The file behind it is closed with the response.
            response.streaming_content = []
        else:
            response.headers.setdefault("Content-Length", str(len(response.content)))
            response.content = b""
        return response
