"""The meetings of the demonstration conference."""

import pytest
from django.core.management import call_command

from conference.models import Conference
from meetings.models import Block, MeetingRules, Table, Term

pytestmark = pytest.mark.django_db


def test_two_coffee_breaks_are_open_with_tables():
    call_command("load_concept_note")

    conference = Conference.objects.get()
    blocks = Block.objects.filter(conference=conference)
    assert [(block.title, block.status, block.slots.count()) for block in blocks] == [("Coffee break", "open", 2)] * 2
    assert Table.objects.count() == 20
    assert Table.objects.filter(is_spare=True).count() == 3
    assert MeetingRules.objects.get().is_open
    assert Term.objects.filter(conference=conference, kind="topic").exists()


def test_of_the_past_nothing_can_be_booked():
    call_command("load_concept_note", "--date", "2019-02-26")

    assert not MeetingRules.objects.get().is_open
