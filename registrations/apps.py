from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistrationsConfig(AppConfig):
    name = "registrations"
    verbose_name = _("Invitations and registrations")

    def ready(self) -> None:
        from registrations import emails, receivers

        emails.register_kinds()
        receivers.connect()
