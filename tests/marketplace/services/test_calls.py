"""Saving a call: its lists to begin with, and what more stands do."""

import pytest

from marketplace.models import Call, KindLimit, Term
from marketplace.services import calls, selection
from tests.factories import ConferenceFactory, UserFactory
from tests.marketplace.factories import application, call

pytestmark = pytest.mark.django_db


def test_a_new_call_begins_with_criteria_and_words():
    fields = call()
    new = Call(conference=ConferenceFactory(), opens_at=fields.opens_at, closes_at=fields.closes_at, stands=20)

    calls.save_call(new, limits={"city": 8, "network": None}, by=UserFactory())

    assert new.criteria.count() == 3
    assert set(new.terms.values_list("use", flat=True)) == set(Term.Use.values)
    assert list(KindLimit.objects.values_list("kind", "stands")) == [("city", 8)]


def test_more_stands_go_to_the_waiting_list():
    of, by = call(stands=1), UserFactory()
    selection.accept(application(of), by=by)
    waiting = application(of)
    selection.put_on_waiting_list(waiting, by=by)
    of.stands = 2

    calls.save_call(of, limits={}, changed=["stands"], by=by)

    waiting.refresh_from_db()
    assert waiting.status == "accepted"


def test_a_limit_is_taken_back():
    of, by = call(), UserFactory()
    calls.save_call(of, limits={"city": 1}, by=by)

    calls.save_call(of, limits={"city": None}, by=by)

    assert not of.limits.exists()
