from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AgendaConfig(AppConfig):
    name = "agenda"
    verbose_name = _("Programme")

    def ready(self) -> None:
        from agenda import commitments, emails, navigation, owning, receivers, start_page
        from conference.navigation import register

        commitments.connect()
        emails.register_kinds()
        receivers.connect()
        owning.connect()
        start_page.connect()
        register(navigation.entries, facts=navigation.FACTS, position=1)
