from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MarketplaceConfig(AppConfig):
    name = "marketplace"
    verbose_name = _("Market place")

    def ready(self) -> None:
        from conference.navigation import register
        from marketplace import commitments, emails, navigation, offers, owning, receivers, start_page

        emails.register_kinds()
        receivers.connect()
        owning.connect()
        commitments.connect()
        offers.connect()
        start_page.connect()
        register(navigation.entries, facts=navigation.FACTS, position=2)
