"""All addresses of a site. The conference's own come last: their first part is any slug."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from conference import views as conference_views

handler400 = "conference.views.bad_request"
urlpatterns = [
    path("healthz", conference_views.health, name="healthz"),
    path("admin/", admin.site.urls),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("registrations.urls")),
    path("", include("meetings.urls")),
    path("", include("marketplace.urls")),
    path("", include("agenda.urls")),
    path("", include("conference.urls")),
]
if settings.ANYMAIL["WEBHOOK_SECRET"]:
    # Without its secret anybody could report bounces.
    urlpatterns.insert(0, path("anymail/", include("config.webhooks")))
