"""Sessions in the database, as Django keeps them; only looking one up, before every page, is put by hand."""

from typing import Any

from django.contrib.sessions.backends import db
from django.db import connection
from django.utils import timezone

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
