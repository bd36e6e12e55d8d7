from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistrationsConfig(AppConfig):
    name = "registrations"
    verbose_name = _("Invitations and registrations")

    def ready(self) -> None:
        from mailings import gates
        from registrations import address_emails, emails, objections, owning, receivers
        from registrations.services import notices

        emails.register_kinds()
        address_emails.register_kinds()
        gates.register("registrations", notices.gate)
        receivers.connect()
        owning.connect()
        objections.connect()
