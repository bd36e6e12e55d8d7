"""Times of the day as pages write them, of which a page of meetings has dozens."""

import datetime
import functools
from zoneinfo import ZoneInfo

from django.utils import formats, timezone
from django.utils.translation import get_language


def clock(moment: datetime.datetime, zone: ZoneInfo) -> str:
    """“10.30”, there and in the reader's language."""
    return _written(moment, zone, get_language())


# Reading a format's description takes longer than looking up what came of it.
@functools.lru_cache(maxsize=2048)
def _written(moment: datetime.datetime, zone: ZoneInfo, _language: str | None) -> str:
    return formats.time_format(timezone.localtime(moment, zone))
