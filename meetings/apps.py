from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MeetingsConfig(AppConfig):
    name = "meetings"
    verbose_name = _("Meetings")

    def ready(self) -> None:
        from meetings import commitments, emails, receivers

        emails.register_kinds()
        commitments.connect()
        receivers.connect()
