"""What a cell of a typed programme means: days, times of the clock, lengths. Raises ValueError for what is unclear."""

import datetime
import re
from typing import Any

from django.utils.translation import gettext as _

_SERIAL_DAY = datetime.date(1899, 12, 30)  # day 0 of spreadsheets
_CLOCK = r"(\d{1,2})(?:\s*[.:hH]\s*(\d{2})?)?(?::\d{2}(?:\.\d+)?)?"
_RANGE = re.compile(rf"{_CLOCK}\s*(?:[-–—−]|to|until)\s*{_CLOCK}")


def text(value: Any) -> str:
    """A cell as text; whole numbers without a decimal point."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def day(value: Any) -> datetime.date:
    """From a date cell, or from 2019-02-26, 26/2/2019, 26.2.2019, Tuesday 26 February 2019."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if 20_000 < value < 80_000:
            return _SERIAL_DAY + datetime.timedelta(days=int(value))
        raise ValueError(_not_a_day(value))
    typed = text(value).strip()
    try:
        return datetime.date.fromisoformat(typed[:10])
    except ValueError:
        pass
    if match := re.fullmatch(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", typed, re.ASCII):
        number, month, year = map(int, match.groups())
        try:
            return datetime.date(year, month, number)
        except ValueError:
            raise ValueError(_not_a_day(value)) from None
    without_weekday = re.sub(r"^[^\W\d]+,?\s+(?=\d)", "", typed)
    for form in ("%d %B %Y", "%d %b %Y"):
        try:
            return datetime.datetime.strptime(without_weekday, form).date()
        except ValueError:
            continue
    raise ValueError(_not_a_day(value))


def _not_a_day(value: Any) -> str:
    return _("“%(value)s” is not a day. Write it as 2019-02-26 or 26/2/2019.") % {"value": _short(value)}


def clock(value: Any) -> tuple[datetime.time, datetime.time | None]:
    """A time, and the end where both stand in the cell: 9.30, 09:30, 9h30, 9.30–10.30, or a time cell."""
    if isinstance(value, bool):
        raise ValueError(_not_a_time(value))
    if isinstance(value, int | float):
        return _number_as_clock(value), None
    typed = text(value).strip()
    # A cell with a day and a time; the day has its own column.
    typed = re.sub(r"^\d{4}-\d{2}-\d{2}[T ]", "", typed)
    if match := _RANGE.fullmatch(typed):
        return _time(value, match[1], match[2]), _time(value, match[3], match[4])
    if match := re.fullmatch(_CLOCK, typed):
        return _time(value, match[1], match[2]), None
    raise ValueError(_not_a_time(value))


def _number_as_clock(value: float) -> datetime.time:
    if 0 <= value < 1:
        # A part of a day, which is what a time is to a spreadsheet.
        minutes = round(value * 1440)
        return datetime.time(minutes // 60 % 24, minutes % 60)
    # “9.30” that a spreadsheet took for a number.
    hours, minutes = divmod(round(value * 100), 100) if 0 < value < 25 else (99, 0)
    return _time(value, str(hours), f"{minutes:02d}")


def _time(value: Any, hours: str, minutes: str | None) -> datetime.time:
    if int(hours) == 24 and not int(minutes or 0):
        return datetime.time(0)
    try:
        return datetime.time(int(hours), int(minutes or 0))
    except ValueError:
        raise ValueError(_not_a_time(value)) from None


def _not_a_time(value: Any) -> str:
    return _("“%(value)s” is not a time. Write it as 9.30 or 09:30.") % {"value": _short(value)}


def minutes(value: Any) -> int:
    """From 60, 60 min, 1:00, 1h30, 1 h, or a time cell."""
    found = None
    if isinstance(value, int | float) and not isinstance(value, bool):
        # Below 1 it is a part of a day.
        found = round(value * 1440) if 0 < value < 1 else int(value) if float(value).is_integer() else None
    elif match := re.fullmatch(
        r"(\d{1,4})\s*(?:min\.?|minutes?|['′’])?", text(value).strip(), re.ASCII | re.IGNORECASE
    ):
        found = int(match[1])
    elif match := re.fullmatch(r"(\d{1,2})\s*[:hH]\s*(\d{2})?(?::\d{2})?", text(value).strip(), re.ASCII):
        found = int(match[1]) * 60 + int(match[2] or 0)
    if found is None or not 1 <= found <= 1440:
        raise ValueError(_("“%(value)s” is not a length between 1 and 1440 minutes.") % {"value": _short(value)})
    return found


def _short(value: Any) -> str:
    typed = text(value)
    return typed if len(typed) <= 60 else f"{typed[:59]}…"
