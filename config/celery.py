"""The Celery application; its schedule stands in the settings."""

import os
from pathlib import Path

from celery import Celery

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
