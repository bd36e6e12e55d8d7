"""The addresses of a site that has set ANYMAIL_WEBHOOK_SECRET."""

from django.urls import include, path

from config.urls import urlpatterns as all_others

urlpatterns = [path("anymail/", include("config.webhooks")), *all_others]
