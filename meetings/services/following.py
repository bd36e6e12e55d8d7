"""Blocks follow their break through the programme, unless somebody would lose a time by it: then organisers decide."""

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from agenda.programme import Programme
from conference import history
from conference.models import Conference
from meetings.models import Block, Meeting
from meetings.services import blocks
from meetings.services.blocks import Change
from meetings.services.places import PlacesRefused


@dataclass(frozen=True)
class Break:
    """Where a programme has a block's break."""

    starts_at: datetime.datetime
    minutes: int

    @property
    def ends_at(self) -> datetime.datetime:
        return self.starts_at + datetime.timedelta(minutes=self.minutes)

    def holds(self, block: Block) -> bool:
        return self.starts_at <= block.starts_at and block.ends_at <= self.ends_at


def break_in(programme: Programme | None, block: Block) -> Break | None:
    """None where the programme does not have it, or the block has no break."""
    sessions = programme.sessions if programme else ()
    found = next((session for session in sessions if session.guid == block.session_guid), None)
    return Break(found.starts_at, found.minutes) if found else None


def moved_along(block: Block, old: Break | None, new: Break) -> Block:
    """The block as it would lie in its break at the new time. It keeps its distance from the break's begin; one that
    filled the break fills it again, others end with it at the latest. Not saved."""
    fresh = Block.objects.select_related("conference").get(pk=block.pk)
    if old is None or not old.holds(block):
        if not new.holds(block):
            fresh.starts_at, fresh.minutes = new.starts_at, min(block.minutes, new.minutes)
        return fresh
    fresh.starts_at += new.starts_at - old.starts_at
    filled = (block.starts_at, block.minutes) == (old.starts_at, old.minutes)
    left = int((new.ends_at - fresh.starts_at).total_seconds() // 60)
    fresh.minutes = new.minutes if filled else min(block.minutes, left)
    return fresh


def consequences(conference: Conference, old: Programme | None, new: Programme) -> list[str]:
    """What the step from one programme to the next means for the conference's blocks, a sentence each."""
    found = Block.objects.filter(conference=conference, session_guid__isnull=False).select_related("conference")
    sentences = (_consequence(block, break_in(old, block), break_in(new, block)) for block in found)
    return [sentence for sentence in sentences if sentence]


@transaction.atomic
def follow(conference: Conference, old: Programme | None, new: Programme, *, by: User | None) -> None:
    """Every block whose break moved follows where nobody loses a time by it; both people of a meeting are told. The
    history of the others says why they stayed."""
    found = Block.objects.filter(conference=conference, session_guid__isnull=False).select_related("conference")
    for block in found:
        at, place = break_in(old, block), break_in(new, block)
        if place is None:
            if at is not None:
                history.record(block, "its break left the programme", by=by)
            continue
        fresh = moved_along(block, at, place)
        if _is_same(fresh, block):
            continue
        try:
            with transaction.atomic():
                _check_room(fresh)
                blocks.save(fresh, seen=None, changed=["starts_at", "minutes"], by=by)
        except PlacesRefused as refusal:
            history.record(block, "did not follow the programme", by=by, detail=str(refusal))


def _consequence(block: Block, old: Break | None, new: Break | None) -> str:
    if new is None:
        number = Meeting.objects.ahead().filter(slot__block=block).count()
        gone = old is not None and number
        return _left(block, number) if gone else ""
    fresh = moved_along(block, old, new)
    if _is_same(fresh, block):
        return ""
    words = {"block": block, "old": _clock(block), "new": _clock(fresh)}
    try:
        _check_room(fresh)
        change = blocks.preview(fresh)
    except PlacesRefused as refusal:
        return _("The meetings of “%(block)s” stay at %(old)s: %(why)s") % {**words, "why": refusal}
    if change.unplaced or change.loosened:
        return _stays(change, words)
    return _follows(change, words)


def _left(block: Block, number: int) -> str:
    return ngettext(
        "“%(block)s” leaves the programme. Its %(number)d meeting stays until you decide.",
        "“%(block)s” leaves the programme. Its %(number)d meetings stay until you decide.",
        number,
    ) % {"block": block, "number": number}


def _stays(change: Change, words: dict[str, object]) -> str:
    number = len(change.unplaced) + len(change.loosened)
    return ngettext(
        "The meetings of “%(block)s” stay at %(old)s: following it would cost %(number)d of them its time. Decide on "
        "the page of the meetings.",
        "The meetings of “%(block)s” stay at %(old)s: following it would cost %(number)d of them their time. Decide "
        "on the page of the meetings.",
        number,
    ) % {**words, "number": number}


def _follows(change: Change, words: dict[str, object]) -> str:
    number = len(change.shifted)
    if not number:
        return _("The block of meetings “%(block)s” follows its break from %(old)s to %(new)s.") % words
    return ngettext(
        "The meetings of “%(block)s” follow it from %(old)s to %(new)s: %(number)d meeting; both people get a mail.",
        "The meetings of “%(block)s” follow it from %(old)s to %(new)s: %(number)d meetings; all get a mail.",
        number,
    ) % {**words, "number": number}


def _check_room(block: Block) -> None:
    if block.slot_minutes > block.minutes:
        raise PlacesRefused(_("The break is shorter than one meeting."))
    blocks.check_alone(block)


def _is_same(one: Block, other: Block) -> bool:
    return (one.starts_at, one.minutes) == (other.starts_at, other.minutes)


def _clock(block: Block) -> str:
    local = block.starts_at.astimezone(block.conference.zone)
    day = "" if local.date() == block.conference.held_on else date_format(local, "j F") + ", "
    return day + time_format(local)
