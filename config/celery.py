"""The Celery application; its schedule is in the settings."""

import logging.config
import os

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

from config import transport

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
transport.register()

app = Celery("convoke")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def write_the_logs_of_the_site(**_kwargs: object) -> None:
    """Keeps Celery from adding handlers of its own, which would write down what ours mask. LOG_LEVEL says how much."""
    logging.config.dictConfig(settings.LOGGING)
