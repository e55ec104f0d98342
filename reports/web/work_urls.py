"""What waits for whom."""

from __future__ import annotations

from django.urls import path

from reports.web import work

app_name = "work"

urlpatterns = [
    path("", work.my_work, name="my-work"),
    path("ageing/", work.work_ageing, name="work-ageing"),
]
