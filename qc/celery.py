"""The Celery application: a broker only makes work quick; what is due is always a row in the database."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qc.settings")

app = Celery("lineside")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()  # here, not when the apps are ready: a worker that imports its tasks sets Django up on the way
