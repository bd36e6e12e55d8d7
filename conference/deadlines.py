"""Deadlines that nobody misreads."""

import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def check_not_midnight(moment: datetime.datetime | None, zone: datetime.tzinfo) -> None:
    """ValidationError where a deadline falls on 0.00 at the venue, which many read as the end of that day."""
    if moment and moment.astimezone(zone).time() == datetime.time(0):
        raise ValidationError(
            _("0.00 is read as the beginning and as the end of that day. Write 23.59 of the day that you mean."),
            code="midnight",
        )
