from django.contrib.admin.apps import AdminConfig


class ConvokeAdminConfig(AdminConfig):
    """The plain Django admin with the organiser's start page."""

    default_site = "config.admin.OrganiserSite"

    def ready(self) -> None:
        super().ready()
        # Registers its system check.
        from config import providers  # noqa: F401
