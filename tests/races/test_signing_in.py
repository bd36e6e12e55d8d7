"""A whole venue signs in from one network address at the same instant."""

from collections import Counter

import pytest
from django.conf import settings

from accounts.services import ensure_accounts
from mailings.models import Mail
from tests.processes import race
from tests.races.sign_in_jobs import ask_for_code

pytestmark = [pytest.mark.databases, pytest.mark.django_db(transaction=True)]


def test_300_people_get_their_codes(tmp_path):
    guests = list(ensure_accounts({f"guest{number}@city.example": "" for number in range(300)}))

    # As many requests at once as four containers with two processes of four threads each.
    variables = {"STATIC_ROOT": str(settings.STATIC_ROOT)}
    result = race(ask_for_code, [(email,) for email in guests], folder=tmp_path, processes=32, variables=variables)

    assert Counter(result.values) == {302: 300}
    assert {mail.to[0] for mail in Mail.objects.all()} == set(guests)
