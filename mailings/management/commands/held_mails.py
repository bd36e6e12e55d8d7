"""Mails that are held back, for example after a backup was restored: shown, and released or cancelled by kind."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mailings import services
from mailings.models import Mail
from mailings.states import MailStatus

ALL = "all"


class Command(BaseCommand):
    help = "Shows how many mails of which kind are held back; releases or cancels those of one kind, or all."

    def add_arguments(self, parser: CommandParser) -> None:
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--release", metavar="KIND", help=f"queue the held mails of this kind, or {ALL}")
        choice.add_argument("--cancel", metavar="KIND", help=f"cancel the held mails of this kind, or {ALL}, for good")

    def handle(self, *args: Any, **options: Any) -> None:
        kind = options["release"] or options["cancel"]
        held = services.held_by_kind()
        if kind and kind != ALL and kind not in held:
            raise CommandError(f"No mail of the kind {kind} is held back.")
        if not kind:
            for name, number in sorted(held.items()):
                self.stdout.write(f"{name}: {number}")
            self.stdout.write(f"Held back: {held.total()}")
            return
        settle = services.release_held if options["release"] else services.cancel_held
        mails = Mail.objects.filter(status=MailStatus.HELD).order_by("pk")
        if kind != ALL:
            mails = mails.filter(kind=kind)
        number = 0
        for mail in mails.iterator():
            settle(mail, by=None)
            number += 1
        self.stdout.write(f"{'Released' if options['release'] else 'Cancelled'}: {number}")
