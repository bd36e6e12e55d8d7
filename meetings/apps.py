from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MeetingsConfig(AppConfig):
    name = "meetings"
    verbose_name = _("Meetings")

    def ready(self) -> None:
        from agenda import consequences
        from conference.navigation import register
        from meetings import commitments, emails, navigation, receivers
        from meetings.services import following

        commitments.connect()
        consequences.register(following.consequences)
        emails.register_kinds()
        receivers.connect()
        register(navigation.entries)
