"""The Celery application; its schedule stands in the settings."""

import logging.config
import os
from pathlib import Path

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("convoke")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_configure.connect
def make_broker_folders(sender: Celery, **_kwargs: object) -> None:
    """The file transport expects its folders to exist."""
    for name, value in (sender.conf.broker_transport_options or {}).items():
        if name in {"data_folder_in", "data_folder_out", "control_folder"}:
            Path(value).mkdir(parents=True, exist_ok=True)


@setup_logging.connect
def write_the_logs_of_the_site(**_kwargs: object) -> None:
    """Keeps Celery from adding handlers of its own, which would write down what ours mask. LOG_LEVEL says how much."""
    logging.config.dictConfig(settings.LOGGING)
