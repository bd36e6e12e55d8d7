"""Sessions in the database, as Django keeps them; those of organisers end after twelve hours without use.

Looking a session up, before every page, is put by hand.
"""

import datetime
import time
from typing import Any

from django.contrib.sessions.backends import db
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User

ORGANISERS_IDLE = datetime.timedelta(hours=12)
# How exactly the twelve hours are measured: a session is written this often, not with every page.
NOTED_EVERY = datetime.timedelta(minutes=5)
# Header of requests that a page makes without anybody at the keyboard.
POLL = "X-Poll"
# In the session of an organiser: when it was used last, in seconds since 1970.
_USED_AT = "organiser_used_at"

# The ORM takes longer to write this than the database to answer it.
_LIVE = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(db.SessionStore):
    def load(self) -> dict[str, Any]:
        """What the session holds; for one that is unknown or has expired nothing, and it gets a new key when saved."""
        with connection.cursor() as cursor:
            cursor.execute(_LIVE, [self.session_key, connection.ops.adapt_datetimefield_value(timezone.now())])
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return {}
        return self.decode(row[0])

    def get_expiry_age(self, **given: Any) -> float:
        """Seconds until the session ends, counted from when it is saved."""
        age = super().get_expiry_age(**given)
        return min(age, ORGANISERS_IDLE.total_seconds()) if _USED_AT in self else age

    def get_expiry_date(self, **given: Any) -> datetime.datetime:
        end = super().get_expiry_date(**given)
        return min(end, timezone.now() + ORGANISERS_IDLE) if _USED_AT in self else end


def note_use(request: HttpRequest, user: User) -> None:
    """Lets an organiser's session go on for another twelve hours; other sessions stay as they are.

    A page that asks automatically, for example how far a job has come, does not use the session.
    """
    if not user.is_staff or request.headers.get(POLL):
        return
    now = int(time.time())
    if now - request.session.get(_USED_AT, 0) >= NOTED_EVERY.total_seconds():
        request.session[_USED_AT] = now
