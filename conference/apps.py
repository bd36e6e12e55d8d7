from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConferenceConfig(AppConfig):
    name = "conference"
    verbose_name = _("Conference")

    def ready(self) -> None:
        # The first two register a receiver and a system check.
        from conference import authors, pdf, receivers  # noqa: F401

        receivers.connect()
