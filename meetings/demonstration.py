"""The meetings of the demonstration conference: both coffee breaks, tables, terms and rules, open to be tried."""

import datetime

from django.db import transaction
from django.utils import timezone

from agenda.kinds import SessionKind
from agenda.models import Session
from conference.models import Conference
from meetings.breaks import breaks_of
from meetings.models import Block, MeetingRules
from meetings.services import blocks, places, terms

TABLES = 20
IN_A_ROW = 5


@transaction.atomic
def load_meetings(conference: Conference) -> list[Block]:
    """Opens a block in each coffee break of the published programme. Booking is open from now until the evening before,
    as it would be two or three weeks before a real conference."""
    rules = MeetingRules(
        conference=conference,
        opens_at=timezone.now(),
        closes_at=datetime.datetime.combine(
            conference.held_on - datetime.timedelta(days=1), datetime.time(18), conference.zone
        ),
    )
    if rules.closes_at and rules.opens_at and rules.closes_at <= rules.opens_at:
        # A conference of the past: there is nothing to book.
        rules.opens_at = rules.closes_at = None
    places.save_rules(rules, changed=["opens_at", "closes_at"], by=None)
    terms.add_starter_list(conference, by=None)
    places.set_tables(conference, count=TABLES, in_a_row=IN_A_ROW, by=None)
    coffee = set(
        Session.objects.filter(conference=conference, kind=SessionKind.COFFEE_BREAK).values_list("guid", flat=True)
    )
    made = []
    for one in breaks_of(conference):
        if one.guid not in coffee:
            continue
        block = Block(
            conference=conference,
            session_guid=one.guid,
            title=one.title,
            place=one.place,
            starts_at=one.starts_at,
            minutes=one.minutes,
            table_count=TABLES,
        )
        blocks.save(block, seen=None, changed=[], by=None)
        blocks.open_block(block, by=None)
        made.append(block)
    return made
