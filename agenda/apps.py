from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AgendaConfig(AppConfig):
    name = "agenda"
    verbose_name = _("Programme")

    def ready(self) -> None:
        from agenda import commitments, emails, navigation, owning, queries, receivers, start_page
        from conference import links
        from conference.navigation import register

        commitments.connect()
        emails.register_kinds()
        links.register("agenda", queries.end_of_last_session)
        receivers.connect()
        owning.connect()
        start_page.connect()
        register(navigation.entries, facts=navigation.FACTS, position=1)
