"""The addresses of a site that has set ANYMAIL_WEBHOOK_SECRET."""

from django.urls import include, path

from config.urls import urlpatterns as all_others

urlpatterns = [path("anymail/", include("anymail.urls")), *all_others]
