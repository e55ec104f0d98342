"""Reports and their schedules."""

from __future__ import annotations

from django.urls import path

from reports.web import reports, schedules

app_name = "reports"

urlpatterns = [
    path("", reports.report_list, name="report-list"),
    path("<int:pk>/", reports.report_detail, name="report-detail"),
    path("<int:pk>/pdf/", reports.report_pdf, name="report-pdf"),
    path("<int:pk>/xlsx/", reports.report_xlsx, name="report-xlsx"),
    path("<int:pk>/csv/", reports.report_csv, name="report-csv"),
    path("schedules/", schedules.schedule_list, name="schedule-list"),
    path("schedules/new/", schedules.schedule_create, name="schedule-create"),
    path("schedules/<int:pk>/edit/", schedules.schedule_edit, name="schedule-edit"),
    path("schedules/<int:pk>/preview/", schedules.schedule_preview, name="schedule-preview"),
    path("schedules/<int:pk>/send/", schedules.schedule_send, name="schedule-send"),
    path("deliveries/<int:pk>/retry/", schedules.delivery_retry, name="delivery-retry"),
]
