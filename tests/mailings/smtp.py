"""A real SMTP server whose behaviour a test decides."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True)
class Received:
    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage

    def part(self, kind: str) -> str:
        return next(part.get_content() for part in self.message.walk() if part.get_content_type() == kind)


@dataclass
class MailServer:
    """What it received, in order, and its rules. Answers are whole lines of SMTP, such as `550 unknown`."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    # By address of the recipient (in lower case); DROP closes the connection without a word.
    recipients: dict[str, str] = field(default_factory=dict)
    # By address: the answer after the whole message has arrived, or DROP.
    messages: dict[str, str] = field(default_factory=dict)
    senders: dict[str, str] = field(default_factory=dict)
    seconds_per_answer: float = 0
    # A message to this address is taken and not answered.
    held: str = ""
    # After it has dropped a connection it answers no other.
    goes_away: bool = False
    dropped: bool = False

    DROP = "drop"

    @property
    def counts(self) -> Counter[str]:
        """How many copies each recipient got."""
        return Counter(address for mail in self.received for address in mail.recipients)

    # The hooks of aiosmtpd ----------------------------------------------------------------

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        if self.goes_away and self.dropped:
            return [self._drop(server)]
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.senders:
            return self.senders[address]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.recipients.get(address.lower(), "")
        if answer == self.DROP:
            return self._drop(server)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = next((self.messages[to.lower()] for to in envelope.rcpt_tos if to.lower() in self.messages), "")
        if answer and answer != self.DROP:
            return answer
        content = envelope.content
        message: Any = message_from_bytes(content if isinstance(content, bytes) else b"", policy=policy.default)
        self.received.append(Received(str(envelope.mail_from), tuple(envelope.rcpt_tos), message))
        # From here on it has the mail, and the client does not know.
        while self.held in envelope.rcpt_tos:
            await asyncio.sleep(0.01)
        await asyncio.sleep(self.seconds_per_answer)
        return self._drop(server) if answer == self.DROP else "250 OK"

    def _drop(self, server: SMTP) -> str:
        self.dropped = True
        server.transport.abort()
        return "421 gone"


class Running(Controller):
    """The server at a free port of this machine, from `start()` to `stop()`."""

    def __init__(self, rules: MailServer) -> None:
        super().__init__(rules, hostname="127.0.0.1", port=0, server_hostname="sink.example", enable_SMTPUTF8=False)

    def _trigger_server(self) -> None:
        """Its port is known once it listens."""
        self.port = self.handler.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
