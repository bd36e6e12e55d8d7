"""The rules of a conference's meetings, and its numbered tables with those that are kept spare."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from conference import history
from conference.models import Conference
from meetings.models import Block, Meeting, MeetingRules, Slot, Table
from meetings.states import MeetingStatus

# Far from every spot of a real plan: where tables wait while others take their spots.
_ASIDE = 10_000


class PlacesRefused(Exception):
    """Rules, blocks or tables cannot be changed so; the message is fit for the organiser."""


def lock_rules(conference: Conference) -> MeetingRules:
    """The conference's rules, locked until the commit: organisers' changes of its meetings come one by one."""
    MeetingRules.objects.get_or_create(conference=conference)
    return MeetingRules.objects.select_for_update(no_key=True, of=("self",)).get(conference=conference)


@transaction.atomic
def save_rules(rules: MeetingRules, *, changed: Sequence[str], by: User | None) -> MeetingRules:
    """Saves what was typed; `rules` may be unsaved, where nothing was set yet. Raises PlacesRefused for what would
    leave nothing possible."""
    is_new = rules.pk is None
    present = lock_rules(rules.conference)
    for name in changed:
        setattr(present, name, getattr(rules, name))
    present.save()
    if is_new or changed:
        detail = history.field_labels(MeetingRules, changed)
        history.record(present, "created" if is_new else "changed", by=by, detail=detail)
    return present


# Tables ---------------------------------------------------------------------------------------


def spare_numbers(count: int, percent: int) -> set[int]:
    """Which of the tables 1 to `count` are kept spare: spread evenly, so that each block, which has the first so many,
    has its share. At 15 %: 7, 14, 20, 27 …"""
    return {number for number in range(1, count + 1) if number * percent // 100 > (number - 1) * percent // 100}


@transaction.atomic
def set_tables(conference: Conference, *, count: int, in_a_row: int, by: User | None) -> None:
    """Makes the tables 1 to `count`, `in_a_row` beside each other, with the share of the rules kept spare.

    Tables that are there stay what they are, so that meetings stay at theirs. Raises PlacesRefused where a table that
    would go is taken, or a block needs it.
    """
    rules = lock_rules(conference)
    present = {table.number: table for table in Table.objects.filter(conference=conference)}
    gone = [table for number, table in present.items() if number > count]
    if gone:
        _check_may_go(conference, gone, count)
        # A cancelled meeting keeps where it was to be; the history tells of it, too.
        Meeting.objects.filter(status=MeetingStatus.CANCELLED, table__in=gone).update(table=None)
        Table.objects.filter(pk__in=[table.pk for table in gone]).delete()
    spare = spare_numbers(count, rules.spare_percent)
    _free_spots(conference)
    for number in range(1, count + 1):
        table = present.get(number) or Table(conference=conference, number=number)
        table.row, table.place = (number - 1) // in_a_row + 1, (number - 1) % in_a_row + 1
        table.is_spare = number in spare
        table.save()
    history.record(rules, "tables set", by=by, detail=ngettext("%d table", "%d tables", count) % count)


@transaction.atomic
def save_tables(conference: Conference, wanted: Mapping[int, tuple[int, int, bool]], *, by: User | None) -> None:
    """Puts tables on other spots of the plan and says which are spare: row, place and spare by number.

    Raises PlacesRefused where two would be on one spot, or where a table is gone. Tables that are not named stay where
    they are.
    """
    rules = lock_rules(conference)
    tables = list(Table.objects.filter(conference=conference))
    if gone := sorted(wanted.keys() - {table.number for table in tables}):
        raise PlacesRefused(_("Table %(number)d is no longer there. Load the page again.") % {"number": gone[0]})
    spots: dict[tuple[int, int], int] = {}
    for table in tables:
        table.row, table.place, table.is_spare = wanted.get(table.number, (table.row, table.place, table.is_spare))
        other = spots.setdefault((table.row, table.place), table.number)
        if other != table.number:
            raise PlacesRefused(
                _("Tables %(one)d and %(other)d would both stand in row %(row)d, place %(place)d.")
                % {"one": other, "other": table.number, "row": table.row, "place": table.place}
            )
    _free_spots(conference)
    Table.objects.bulk_update(tables, ["row", "place", "is_spare"], batch_size=500)
    history.record(rules, "tables changed", by=by)


def _check_may_go(conference: Conference, gone: Sequence[Table], count: int) -> None:
    # Whoever books a table holds its slot: with all slots locked nobody takes one of these.
    list(Slot.objects.of(conference).order_by("pk").select_for_update(no_key=True, of=("self",)))
    larger = Block.objects.filter(conference=conference, table_count__gt=count).first()
    if larger:
        raise PlacesRefused(
            _("“%(block)s” needs %(number)d tables. Give it fewer first.")
            % {"block": larger, "number": larger.table_count}
        )
    taken = Meeting.objects.placed().filter(table__in=gone).order_by("table__number").select_related("table").first()
    if taken and taken.table:
        raise PlacesRefused(
            _("There are meetings at table %(number)d. Move them first.") % {"number": taken.table.number}
        )


def _free_spots(conference: Conference) -> None:
    """Two tables that change places would collide halfway."""
    for table in Table.objects.filter(conference=conference):
        Table.objects.filter(pk=table.pk).update(row=_ASIDE, place=table.number)
