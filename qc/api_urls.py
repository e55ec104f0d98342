"""The REST API, composed of the nouns of every app. Part of the roof: nothing imports it but the addresses."""

from __future__ import annotations

from django.urls import include, path
from rest_framework.routers import DefaultRouter

from qc.api.cases import CaseViewSet
from qc.api.counts import CountViewSet
from qc.api.defects import DefectViewSet
from qc.api.docs import DocsView, SchemaView
from qc.api.findings import FindingViewSet
from qc.api.login import TokenView
from suppliers.api.agreements import ClaimViewSet, ExtensionViewSet, ShippingViewSet
from suppliers.api.requests import RequestViewSet
from suppliers.api.scorecards import ScorecardViewSet

app_name = "api"

router = DefaultRouter()
router.include_format_suffixes = False
router.register("defects", DefectViewSet, "defect")
router.register("findings", FindingViewSet, "finding")
router.register("cases", CaseViewSet, "case")
router.register("counts", CountViewSet, "count")
router.register("requests", RequestViewSet, "request")
router.register("extensions", ExtensionViewSet, "extension")
router.register("shippings", ShippingViewSet, "shipping")
router.register("claims", ClaimViewSet, "claim")
router.register("scorecards", ScorecardViewSet, "scorecard")

urlpatterns = [
    path("v1/token/", TokenView.as_view(), name="token"),
    path("v1/", include(router.urls)),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
]
