from django.contrib.admin.apps import AdminConfig


class ConvokeAdminConfig(AdminConfig):
    """The plain Django admin with the organiser's start page."""

    default_site = "config.admin.OrganiserSite"
