from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MeetingsConfig(AppConfig):
    name = "meetings"
    verbose_name = _("Meetings")

    def ready(self) -> None:
        from conference.navigation import register
        from meetings import commitments, emails, navigation, receivers

        emails.register_kinds()
        commitments.connect()
        receivers.connect()
        register(navigation.entries)
