from django.apps import AppConfig


class QcConfig(AppConfig):
    """The core app; binds Celery. Task modules are imported by workers, and elsewhere when a task is first sent."""

    name = "qc"
    verbose_name = "Quality control"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import qc.celery  # noqa: F401, PLC0415  (the app registry must be ready first)
