"""The Celery application; its schedule is in the settings."""

import os

from celery import Celery

from config import transport

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
transport.register()

app = Celery("convoke")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
