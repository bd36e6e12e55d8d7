"""How mails enter the outbox and how they leave it."""

import smtplib
import uuid
from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as DjangoSmtp


class Outbox(BaseEmailBackend):
    """EMAIL_BACKEND: whatever Django or allauth sends becomes a row of the outbox, its body sealed.

    A blind copy becomes a mail of its own, so that it stays blind.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        from mailings import services

        for message in email_messages:
            html = ""
            if isinstance(message, EmailMultiAlternatives):
                html = next((str(body) for body, mimetype in message.alternatives if mimetype == "text/html"), "")
            open_copies = [(list(message.to), list(message.cc))] if message.to or message.cc else []
            for to, cc in [*open_copies, *(([address], []) for address in message.bcc)]:
                services.enqueue_composed(
                    key=f"composed:{uuid.uuid4()}",
                    to=to,
                    cc=cc,
                    sender=message.from_email,
                    subject=str(message.subject),
                    text=str(message.body),
                    html=html,
                )
        return len(email_messages)


class KeepInOutbox(BaseEmailBackend):
    """Delivery without a mail server: the outbox itself is where mails are read."""

    keeps_secrets = True

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        return len(email_messages)


class _KnowsItsPhase:
    """Remembers whether the body of the present message was begun: before that nothing can have been delivered."""

    body_begun = False
    refused: dict[str, tuple[int, bytes]]

    def mail(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        self.body_begun, self.refused = False, {}
        return super().mail(*args, **kwargs)  # type: ignore[misc]

    def data(self, message: Any) -> tuple[int, bytes]:
        self.body_begun = True
        return super().data(message)  # type: ignore[misc]

    def sendmail(self, *args: Any, **kwargs: Any) -> dict[str, tuple[int, bytes]]:
        self.refused = super().sendmail(*args, **kwargs)  # type: ignore[misc]
        return self.refused


class _Connection(_KnowsItsPhase, smtplib.SMTP):
    pass


class _TlsConnection(_KnowsItsPhase, smtplib.SMTP_SSL):
    pass


class Smtp(DjangoSmtp):
    """SMTP that tells which of several recipients were refused, and whether a broken delivery may have happened."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _TlsConnection if self.use_ssl else _Connection

    @property
    def body_begun(self) -> bool:
        return bool(self.connection and self.connection.body_begun)

    @property
    def refused(self) -> dict[str, tuple[int, bytes]]:
        """Recipients of the last message that the server refused while it took others."""
        return self.connection.refused if self.connection else {}
