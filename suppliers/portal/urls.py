"""The supplier's pages."""

from __future__ import annotations

from django.urls import path

from suppliers.portal import answering, reading, verbs

app_name = "portal"

urlpatterns = [
    path("", reading.home, name="home"),
    path("requests/<int:pk>/", reading.request_detail, name="request-detail"),
    path("requests/<int:pk>/acknowledge/", verbs.request_acknowledge, name="request-acknowledge"),
    path("requests/<int:pk>/message/", verbs.request_message, name="request-message"),
    path("requests/<int:pk>/dispute/", verbs.request_dispute, name="request-dispute"),
    path("requests/<int:pk>/<slug:code>/", answering.stage_answer, name="stage-answer"),
    path("evidence/<uuid:uuid>/", reading.evidence_detail, name="evidence-detail"),
    path("evidence/<uuid:uuid>/remove/", verbs.evidence_remove, name="evidence-remove"),
]
