"""Pages to look into the numbers."""

from __future__ import annotations

from django.urls import path

from reports.web import comparisons

app_name = "analysis"

urlpatterns = [path("compare/", comparisons.comparison, name="comparison")]
