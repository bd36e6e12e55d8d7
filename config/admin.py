"""The organisers' site: plain Django admin behind allauth's sign-in, with a start page of its own."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite, ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _


class OrganiserSite(AdminSite):
    site_header = _("Convoke for organisers")
    site_title = _("Convoke")
    index_title = _("Overview")
    enable_nav_sidebar = False

    def register(self, models: Any, admin_class: type[ModelAdmin] | None = None, **options: Any) -> None:
        """Every list, those of other packages among them, takes values that cannot be looked up for wrong ones."""
        # The site is made before the models are loaded.
        from conference.organiser_admin import CarefulLists

        admin_class = admin_class or ModelAdmin
        if not issubclass(admin_class, CarefulLists):
            admin_class = type(
                admin_class.__name__, (CarefulLists, admin_class), {"__module__": admin_class.__module__}
            )
        super().register(models, admin_class, **options)

    @method_decorator(secure_admin_login)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().login(request, extra_context)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Where a conference stands, what comes next and what needs a decision; below it all that can be opened."""
        # The site is made before the models are loaded.
        from registrations.admin import overview

        return super().index(request, {**overview.context(request), **(extra_context or {})})
