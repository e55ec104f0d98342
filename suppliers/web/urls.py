"""Requests to suppliers, our side."""

from __future__ import annotations

from django.urls import path

from suppliers.web import reading, stages, verbs, writing

app_name = "suppliers"

urlpatterns = [
    path("", reading.request_list, name="request-list"),
    path("new/", writing.request_create, name="request-create"),
    path("<int:pk>/", reading.request_detail, name="request-detail"),
    path("<int:pk>/edit/", writing.request_edit, name="request-edit"),
    path("<int:pk>/preview/", reading.request_preview, name="request-preview"),
    path("<int:pk>/issue/", verbs.request_issue, name="request-issue"),
    path("<int:pk>/cancel/", verbs.request_cancel, name="request-cancel"),
    path("<int:pk>/close/", verbs.request_close, name="request-close"),
    path("<int:pk>/uphold/", verbs.request_uphold, name="request-uphold"),
    path("<int:pk>/message/", verbs.request_message, name="request-message"),
    path("<int:pk>/share/", verbs.request_share, name="request-share"),
    path("stages/<int:pk>/", stages.stage_detail, name="stage-detail"),
    path("stages/<int:pk>/accept/", stages.stage_accept, name="stage-accept"),
    path("stages/<int:pk>/return/", stages.stage_return, name="stage-return"),
    path("stages/<int:pk>/waive/", stages.stage_waive, name="stage-waive"),
    path("evidence/<uuid:uuid>/", reading.evidence_detail, name="evidence-detail"),
    path("evidence/<uuid:uuid>/remove/", verbs.evidence_remove, name="evidence-remove"),
]
