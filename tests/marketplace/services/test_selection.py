"""Marks, the shortlist, and decisions within the numbers."""

import pytest

from conference import history
from mailings.models import Mail
from marketplace.models import Criterion, Mark, StandApplication
from marketplace.services import selection
from marketplace.services.selection import SelectionRefused
from marketplace.services.stands import NoStandFree
from marketplace.states import APPLICATION_TRANSITIONS, ApplicationStatus
from tests.factories import UserFactory
from tests.marketplace.factories import application, call

pytestmark = pytest.mark.django_db


class TestMarks:
    def test_each_reviewer_sets_their_own(self):
        present = application()
        criterion = Criterion.objects.create(call=present.call, name="Evidence")
        first, second = UserFactory(), UserFactory()

        selection.give_marks(present, {criterion: 4}, by=first)
        selection.give_marks(present, {criterion: 2}, by=second)
        selection.give_marks(present, {criterion: 5}, by=first)

        assert dict(Mark.objects.values_list("reviewer", "points")) == {first.pk: 5, second.pk: 2}

    def test_one_can_be_taken_back(self):
        present = application()
        criterion = Criterion.objects.create(call=present.call, name="Evidence")
        reviewer = UserFactory()
        selection.give_marks(present, {criterion: 4}, by=reviewer)

        selection.give_marks(present, {criterion: None}, by=reviewer)

        assert not Mark.objects.exists()

    @pytest.mark.parametrize("status", ["accepted", "declined", "withdrawn", "draft"])
    def test_what_is_decided_is_not_marked(self, status):
        present = application(status=status)
        criterion = Criterion.objects.create(call=present.call, name="Evidence")

        with pytest.raises(SelectionRefused):
            selection.give_marks(present, {criterion: 4}, by=UserFactory())


class TestShortlist:
    def test_it_is_exactly_what_was_chosen(self):
        of = call()
        on, new, off = application(of, status="shortlisted"), application(of), application(of, status="shortlisted")

        assert selection.set_shortlist(of, [on, new], by=UserFactory()) == (1, 1)

        assert dict(StandApplication.objects.values_list("pk", "status")) == {
            on.pk: "shortlisted",
            new.pk: "shortlisted",
            off.pk: "submitted",
        }


class TestDecisions:
    def test_a_stand_is_given_and_told(self):
        present = application()

        stand = selection.accept(present, by=UserFactory())

        present.refresh_from_db()
        assert present.status == "accepted"
        assert (stand.stand_no, stand.kind_no, stand.kind) == (1, 1, "city")
        assert Mail.objects.filter(kind="stand_accepted").count() == 1
        assert history.of(present).first().action == "accepted"

    def test_no_more_than_there_are_in_all(self):
        of = call(stands=1)
        selection.accept(application(of), by=UserFactory())
        late = application(of)

        with pytest.raises(NoStandFree, match="All 1 stands are given"):
            selection.accept(late, by=UserFactory())

        late.refresh_from_db()
        assert late.status == "submitted"
        assert not Mail.objects.filter(kind="stand_accepted", key__endswith=f":{late.pk}").exists()

    def test_no_more_than_there_are_of_a_kind(self):
        of = call(stands=5)
        of.limits.create(kind="city", stands=1)
        selection.accept(application(of), by=UserFactory())

        with pytest.raises(NoStandFree, match="of the kind “city” are given"):
            selection.accept(application(of), by=UserFactory())
        selection.accept(application(of, kind="network"), by=UserFactory())

        assert of.all_stands.count() == 2

    def test_a_lowered_limit_keeps_who_has_one(self):
        of = call(stands=3)
        kept = [selection.accept(application(of), by=UserFactory()) for _number in range(3)]
        of.stands = 2
        of.save()
        kept[0].application.refresh_from_db()

        with pytest.raises(NoStandFree):
            selection.accept(application(of), by=UserFactory())

    def test_many_decisions_say_which_were_refused(self):
        of = call(stands=1)
        first, second, third = application(of), application(of), application(of)

        refused = selection.decide_all({first: "accept", second: "accept", third: "decline"}, by=UserFactory())

        assert refused == [(second, "All 1 stands are given.")]
        assert dict(StandApplication.objects.values_list("pk", "status")) == {
            first.pk: "accepted",
            second.pk: "submitted",
            third.pk: "declined",
        }

    @pytest.mark.parametrize("status", ApplicationStatus.values)
    @pytest.mark.parametrize(("decision", "to"), [("accept", "accepted"), ("wait", "waiting"), ("decline", "declined")])
    def test_only_what_the_table_allows(self, status, decision, to):
        present = application(status="submitted")
        StandApplication.objects.filter(pk=present.pk).update(status=status, waiting_since=present.submitted_at)

        refused = selection.decide_all({present: decision}, by=UserFactory())

        present.refresh_from_db()
        allowed = to in APPLICATION_TRANSITIONS.get(status, set())
        assert present.status == (to if allowed else status)
        assert bool(refused) is not allowed
