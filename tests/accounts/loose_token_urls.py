"""A site where somebody forgot to enter an address with a secret into the table of accounts/reach.py."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.urls import urlpatterns as site


@login_not_required
def loose(request: HttpRequest, token: str) -> HttpResponse:
    return HttpResponse("open")


urlpatterns = [path("loose/<str:token>/", loose, name="loose"), *site]
