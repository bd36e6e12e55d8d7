"""From what the clock at the venue says to an instant, and when that cannot be said."""

import datetime
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext as _


class NoSingleInstant(ValueError):
    """In the night in which the clocks change this time is skipped or comes twice; the message says which."""


def instant(day: datetime.date, time: datetime.time, zone: ZoneInfo) -> datetime.datetime:
    """The instant, in UTC, at which the venue's clock shows this. Raises NoSingleInstant where there is none or two."""
    first = datetime.datetime.combine(day, time, zone)
    second = first.replace(fold=1)
    if first.utcoffset() != second.utcoffset():
        words = {"time": formats.time_format(time), "date": formats.date_format(day)}
        # PEP 495: a time that is skipped comes back from UTC as another one.
        if first.astimezone(datetime.UTC).astimezone(zone).replace(tzinfo=None) != first.replace(tzinfo=None):
            raise NoSingleInstant(
                _("On %(date)s the clocks go forward: there is no %(time)s. Choose a time an hour later.") % words
            )
        raise NoSingleInstant(
            _("On %(date)s the clocks go back: %(time)s comes twice. Choose a time before or after that hour.") % words
        )
    return first.astimezone(datetime.UTC)
