"""The states of blocks, requests, meetings and placements. docs/states.md is generated from here."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class BlockStatus(models.TextChoices):
    DRAFT = "draft", _("being prepared")
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")


BLOCK_TRANSITIONS: dict[str, set[str]] = {
    BlockStatus.DRAFT: {BlockStatus.OPEN},
    # Back to preparation only while nobody meets or holds a seat in it.
    BlockStatus.OPEN: {BlockStatus.CLOSED, BlockStatus.DRAFT},
    BlockStatus.CLOSED: {BlockStatus.OPEN},
}


class RequestStatus(models.TextChoices):
    PENDING = "pending", _("waiting for an answer")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    REFUSED = "refused", _("“no thanks”")
    COUNTERED = "countered", _("answered with another proposal")
    WITHDRAWN = "withdrawn", _("withdrawn")
    EXPIRED = "expired", _("expired")
    CANCELLED = "cancelled", _("no longer possible")


REQUEST_TRANSITIONS: dict[str, set[str]] = {
    RequestStatus.PENDING: {
        RequestStatus.ACCEPTED,
        RequestStatus.DECLINED,
        RequestStatus.REFUSED,
        RequestStatus.COUNTERED,
        RequestStatus.WITHDRAWN,
        RequestStatus.EXPIRED,
        # One of the two no longer takes part, or no longer wants meetings.
        RequestStatus.CANCELLED,
    },
}


class MeetingStatus(models.TextChoices):
    UNPLACED = "unplaced", _("agreed, without a time")
    PROVISIONAL = "provisional", _("placed, not published")
    PUBLISHED = "published", _("fixed")
    HELD = "held", _("held")
    NOT_HELD = "not held", _("did not take place")
    CANCELLED = "cancelled", _("cancelled")


MEETING_TRANSITIONS: dict[str, set[str]] = {
    MeetingStatus.UNPLACED: {MeetingStatus.PROVISIONAL, MeetingStatus.PUBLISHED, MeetingStatus.CANCELLED},
    MeetingStatus.PROVISIONAL: {MeetingStatus.UNPLACED, MeetingStatus.PUBLISHED, MeetingStatus.CANCELLED},
    # Back to unplaced: its slot became busy, it waits for the next placement.
    MeetingStatus.PUBLISHED: {
        MeetingStatus.UNPLACED,
        MeetingStatus.HELD,
        MeetingStatus.NOT_HELD,
        MeetingStatus.CANCELLED,
    },
    # The second word of the two, or a slip corrected.
    MeetingStatus.HELD: {MeetingStatus.NOT_HELD},
    MeetingStatus.NOT_HELD: {MeetingStatus.HELD},
}
# They have a slot and a table, and hold the seats of both persons.
PLACED = frozenset({MeetingStatus.PROVISIONAL, MeetingStatus.PUBLISHED, MeetingStatus.HELD, MeetingStatus.NOT_HELD})
# Agreed and still to come: what counts against the caps, and what a withdrawal cancels.
AHEAD = frozenset({MeetingStatus.UNPLACED, MeetingStatus.PROVISIONAL, MeetingStatus.PUBLISHED})
# It was to take place, and both or one of them said what came of it.
OVER = frozenset({MeetingStatus.HELD, MeetingStatus.NOT_HELD})
# What both persons see with a time and a table.
SHOWN = frozenset({MeetingStatus.PUBLISHED, MeetingStatus.HELD, MeetingStatus.NOT_HELD})


class PlacementStatus(models.TextChoices):
    QUEUED = "queued", _("waiting for a worker")
    RUNNING = "running", _("being computed")
    PROVISIONAL = "provisional", _("computed, to be reviewed")
    REVIEWED = "reviewed", _("reviewed")
    PUBLISHED = "published", _("published")
    FAILED = "failed", _("failed")
    DISCARDED = "discarded", _("discarded")


PLACEMENT_TRANSITIONS: dict[str, set[str]] = {
    PlacementStatus.QUEUED: {PlacementStatus.RUNNING, PlacementStatus.FAILED, PlacementStatus.DISCARDED},
    PlacementStatus.RUNNING: {
        # Its worker was killed: another one begins again.
        PlacementStatus.QUEUED,
        PlacementStatus.PROVISIONAL,
        PlacementStatus.FAILED,
        PlacementStatus.DISCARDED,
    },
    PlacementStatus.PROVISIONAL: {PlacementStatus.REVIEWED, PlacementStatus.DISCARDED},
    PlacementStatus.REVIEWED: {PlacementStatus.PUBLISHED, PlacementStatus.DISCARDED},
}
AT_WORK = frozenset({PlacementStatus.QUEUED, PlacementStatus.RUNNING})
