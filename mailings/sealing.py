"""Secret parts of queued mails, encrypted at rest with a key derived from SECRET_KEY."""

import base64
import functools
import hashlib
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from mailings.states import FINAL, MailStatus


@functools.cache
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"convoke.mailings" + key.encode()).digest())) for key in keys]
    )


def _current() -> MultiFernet:
    return _cipher((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


def seal(values: dict[str, Any]) -> str:
    """`values` as an encrypted token, or an empty string for none."""
    return _current().encrypt(json.dumps(values).encode()).decode() if values else ""


def unseal(token: str) -> dict[str, Any]:
    """The sealed values. Empty where the key has changed without SECRET_KEY_FALLBACKS: the mail then cannot be sent."""
    try:
        return json.loads(_current().decrypt(token.encode()))
    except InvalidToken:
        return {}


def keeps_secrets() -> bool:
    """Whether mails are read in the outbox itself, so that their links have to stay there."""
    return settings.MAIL_DELIVERY_BACKEND == "mailings.backends.KeepInOutbox"


def dropped_with(status: str) -> dict[str, str]:
    """The change that belongs to a mail's change to `status`: once it is final, nobody needs its secrets any more.

    A site whose outbox is where mails are read keeps those of the mails that were sent.
    """
    final = status == MailStatus.CANCELLED or (status in FINAL and not keeps_secrets())
    return {"sealed": ""} if final else {}
