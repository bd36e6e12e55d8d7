"""The one account page that is not allauth's."""

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@never_cache
@require_safe
def sign_in_again(request: HttpRequest) -> HttpResponse:
    """Before an account page opens to organisers without a second factor: they sign out and in again with a code."""
    wanted = request.GET.get(REDIRECT_FIELD_NAME, "")
    if not url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
        wanted = reverse("mfa_index")
    way_in = f"{reverse('account_request_login_code')}?{urlencode({REDIRECT_FIELD_NAME: wanted})}"
    return render(request, "account/sign_in_again.html", {"way_in": way_in})
