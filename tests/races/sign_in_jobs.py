"""What the browsers of a whole venue do at the same instant."""

from django.test import Client
from django.urls import reverse


def ask_for_code(email: str) -> int:
    """All from one network address."""
    return (
        Client(SERVER_NAME="localhost")
        .post(reverse("account_request_login_code"), {"email": email}, secure=True)
        .status_code
    )
