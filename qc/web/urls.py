"""The manager's pages: plural nouns, the verb last and POST only."""

from __future__ import annotations

from django.urls import URLPattern, path

from qc.render.bundle import VERSION as VEGA
from qc.web import (
    actions,
    audit,
    case_page,
    cases,
    charts,
    counts,
    defects,
    findings,
    home,
    inbox,
    records,
    search,
    sources,
    system,
)

app_name = "qc"


def _slug(verb: str) -> str:
    return verb.replace("_", "-")


# One address for each step of the tables: /cases/17/close/ is qc:case-close.
case_steps: list[URLPattern] = [
    path(f"cases/<int:pk>/{_slug(verb)}/", cases.case_step, {"verb": verb}, name=f"case-{_slug(verb)}")
    for verb in case_page.STEP_FORMS
]
action_steps: list[URLPattern] = [
    path(f"actions/<int:pk>/{_slug(verb)}/", actions.action_step, {"verb": verb}, name=f"action-{_slug(verb)}")
    for verb in actions.VERBS
]
check_steps: list[URLPattern] = [
    path(f"checks/<int:pk>/{_slug(verb)}/", actions.check_step, {"verb": verb}, name=f"check-{_slug(verb)}")
    for verb in actions.CHECK_VERBS
]

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("search/", search.search, name="search"),
    path("defects/", defects.defect_list, name="defect-list"),
    path("defects/new/", defects.defect_create, name="defect-create"),
    path("defects/<int:pk>/", defects.defect_detail, name="defect-detail"),
    path("defects/<int:pk>/correct/", defects.defect_correct, name="defect-correct"),
    path("defects/<int:pk>/void/", defects.defect_void, name="defect-void"),
    path("defects/<int:pk>/attach/", records.attachment_add, {"noun": "defect"}, name="defect-attach"),
    path("defects/<int:pk>/comment/", records.comment_create, {"noun": "defect"}, name="defect-comment"),
    path("findings/", findings.finding_list, name="finding-list"),
    path("findings/<int:pk>/", findings.finding_detail, name="finding-detail"),
    path("findings/<int:pk>/decide/", findings.finding_decide, name="finding-decide"),
    path("findings/<int:pk>/watch/", findings.finding_watch, name="finding-watch"),
    path("findings/<int:pk>/comment/", records.comment_create, {"noun": "finding"}, name="finding-comment"),
    path("cases/", cases.case_list, name="case-list"),
    path("cases/new/", cases.case_create, name="case-create"),
    path("cases/<int:pk>/", cases.case_detail, name="case-detail"),
    path("cases/<int:pk>/edit/", cases.case_edit, name="case-edit"),
    path("cases/<int:pk>/reopen/", cases.case_reopen, name="case-reopen"),
    path("cases/<int:pk>/actions/", actions.action_create, name="action-create"),
    path("cases/<int:pk>/attach/", records.attachment_add, {"noun": "case"}, name="case-attach"),
    path("cases/<int:pk>/comment/", records.comment_create, {"noun": "case"}, name="case-comment"),
    *case_steps,
    path("causes/<int:pk>/verify/", cases.cause_verify, name="cause-verify"),
    *action_steps,
    *check_steps,
    path("attachments/<int:pk>/", records.attachment_detail, name="attachment-detail"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/read/", inbox.inbox_read, name="inbox-read"),
    path("inbox/<int:pk>/open/", inbox.notice_open, name="notice-open"),
    path("lines/", sources.line_list, name="line-list"),
    path("lines/<int:pk>/", sources.line_detail, name="line-detail"),
    path("lines/<int:pk>/counts/", counts.count_create, name="count-create"),
    path("suppliers/", sources.supplier_list, name="supplier-list"),
    path("suppliers/<int:pk>/", sources.supplier_detail, name="supplier-detail"),
    path("counts/", counts.count_list, name="count-list"),
    path("audit/", audit.audit, name="audit"),
    path("system/", system.system, name="system"),
    path("system/<str:label>/<int:pk>/retry/", system.system_retry, name="system-retry"),
    path(f"charts/vega-{VEGA}.js", charts.vega, name="vega"),
]
