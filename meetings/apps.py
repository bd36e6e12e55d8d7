from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MeetingsConfig(AppConfig):
    name = "meetings"
    verbose_name = _("Meetings")

    def ready(self) -> None:
        from agenda import consequences
        from conference.navigation import register
        from meetings import commitments, emails, navigation, owning, questions, receivers, start_page
        from meetings.services import following
        from registrations import panels
        from registrations import questions as asked

        commitments.connect()
        consequences.register(following.consequences)
        emails.register_kinds()
        receivers.connect()
        owning.connect()
        start_page.connect()
        register(navigation.entries, facts=navigation.FACTS, position=3)
        asked.register(questions.KEY, questions.questions)
        panels.register(questions.KEY, questions.panels)
