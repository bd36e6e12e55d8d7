from collections.abc import Iterator
from typing import Any

import pytest

from conference.models import Conference
from mailings import services
from mailings.models import Mail
from mailings.services import Draft
from tests.mailings.smtp import MailServer, Running


@pytest.fixture
def smtp(settings: Any) -> Iterator[MailServer]:
    """A real mail server that this site delivers to."""
    rules = MailServer()
    controller = Running(rules)
    controller.start()
    settings.MAIL_DELIVERY_BACKEND = "mailings.backends.Smtp"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", rules.port, 20
    yield rules
    controller.stop()


@pytest.fixture
def write(conference: Conference) -> Any:
    """Writes an invitation into the outbox, to one address (and copies), with a secret link."""
    numbers = iter(range(1, 1_000_000))

    def write(to: str = "mayor@city.example", *cc: str, **changes: Any) -> Mail:
        number = next(numbers)
        values = {"salutation": "Dear Mayor,", "delegation": "Aarhus", "conference": "Cities", "organiser": "We"}
        fields = {"kind": "invitation", "key": f"invitation:{number}:1", "campaign": "wave:1"}
        link = {"reply_link": f"http://localhost:8000/invitation/token-{number}/"}
        return services.enqueue(
            conference, Draft(**{**fields, "to": [to], "cc": cc, "values": values, "secrets": link, **changes})
        )

    return write
