from django.apps import AppConfig


class SuppliersConfig(AppConfig):
    """What exists because suppliers are outside. Mails to their people lead through a link to the one request."""

    name = "suppliers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from qc.services import doorways  # noqa: PLC0415  (the app registry must be ready first)

        doorways.add("suppliers.services.links.in_mails")
        doorways.add("suppliers.services.contacts.in_mails")
