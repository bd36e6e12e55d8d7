"""The organisers' site: plain Django admin behind allauth's sign-in."""

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _


class OrganiserSite(AdminSite):
    site_header = _("Convoke for organisers")
    site_title = _("Convoke")
    index_title = _("Overview")
    enable_nav_sidebar = False

    @method_decorator(secure_admin_login)
    def login(self, request, extra_context=None):
        return super().login(request, extra_context)
