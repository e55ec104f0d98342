"""The manager's pages: plural nouns, the verb last and POST only."""

from __future__ import annotations

from django.urls import URLPattern, path

from qc.render import icons
from qc.render.bundle import VERSION as VEGA
from qc.web import (
    accounts,
    action_page,
    actions,
    audit,
    case_board,
    case_page,
    case_urls,
    cases,
    catalogue,
    catalogue_verbs,
    cause_codes,
    causes,
    charts,
    counts,
    defect_correct,
    defect_create,
    defect_list,
    defects,
    duplicates,
    exports,
    findings,
    home,
    imports,
    inbox,
    integrations,
    masters,
    quick,
    quick_sheets,
    records,
    runs,
    search,
    selection,
    sources,
    system,
)
from qc.web.master_kinds import MASTERS

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
cause_steps: list[URLPattern] = [
    path(f"causes/<int:pk>/{_slug(verb)}/", causes.cause_step, {"verb": verb}, name=f"cause-{_slug(verb)}")
    for verb in causes.CAUSE_VERBS
]

# Master records: /stations/, /stations/new/, /stations/17/, /stations/17/edit/; lines and suppliers have own pages.
OWN_PAGES = {"line", "supplier"}
master_pages: list[URLPattern] = []
for noun, kind in MASTERS.items():
    folder, words = f"{noun}s", {"noun": noun}
    if noun not in OWN_PAGES:
        master_pages.append(path(f"{folder}/", masters.master_list, words, name=f"{noun}-list"))
    master_pages.append(path(f"{folder}/new/", masters.master_create, words, name=f"{noun}-create"))
    master_pages.append(path(f"{folder}/<int:pk>/edit/", masters.master_edit, words, name=f"{noun}-edit"))
    if kind.remove_page:
        master_pages.append(path(f"{folder}/<int:pk>/remove/", masters.master_remove, words, name=f"{noun}-remove"))
    elif noun not in OWN_PAGES:
        master_pages.append(path(f"{folder}/<int:pk>/", masters.master_detail, words, name=f"{noun}-detail"))

urlpatterns: list[URLPattern] = [
    path("master-data/", masters.master_index, name="master-index"),
    *master_pages,
    path("", home.home, name="home"),
    path("search/", search.search, name="search"),
    path("defects/", defect_list.defect_list, name="defect-list"),
    path("defects/filters/", defect_list.defect_filter, name="defect-filter"),
    path("defects/select/", selection.defect_select, name="defect-select"),
    path("defects/selection/", selection.defect_selection, name="defect-selection"),
    path("defects/join/", selection.defect_join_several, name="defect-join-several"),
    path("lists/<slug:name>/export/", exports.list_export, name="list-export"),
    path("lists/<slug:name>/views/", exports.view_save, name="view-save"),
    path("views/<int:pk>/remove/", exports.view_remove, name="view-remove"),
    path("views/<int:pk>/default/", exports.view_default, name="view-default"),
    path("exports/", exports.export_list, name="export-list"),
    path("exports/<int:pk>/", exports.export_file, name="export-file"),
    path("defects/new/", defect_create.defect_create, name="defect-create"),
    path("defects/likely/", defect_create.defect_likely, name="defect-likely"),
    path("defects/duplicates/", duplicates.duplicate_list, name="duplicate-list"),
    path("defects/<int:pk>/", defects.defect_detail, name="defect-detail"),
    path("defects/<int:pk>/correct/", defect_correct.defect_correct, name="defect-correct"),
    path("defects/<int:pk>/void/", defects.defect_void, name="defect-void"),
    path("defects/<int:pk>/restore/", defects.defect_restore, name="defect-restore"),
    path("defects/<int:pk>/join/", duplicates.defect_join, name="defect-join"),
    path("defects/<int:pk>/unjoin/", duplicates.defect_unjoin, name="defect-unjoin"),
    path("defects/<int:pk>/tell-apart/", duplicates.defect_tell_apart, name="defect-tell-apart"),
    path("defects/<int:pk>/attach/", records.attachment_add, {"noun": "defect"}, name="defect-attach"),
    path("defects/<int:pk>/comment/", records.comment_create, {"noun": "defect"}, name="defect-comment"),
    path("catalogue/", catalogue.defect_type_list, name="defect-type-list"),
    path("catalogue/new/", catalogue_verbs.defect_type_create, name="defect-type-create"),
    path("catalogue/groups/rename/", catalogue_verbs.group_rename, name="group-rename"),
    path("catalogue/examples/<int:pk>/remove/", catalogue_verbs.example_remove, name="example-remove"),
    path("catalogue/<int:pk>/", catalogue.defect_type_detail, name="defect-type-detail"),
    path("catalogue/<int:pk>/edit/", catalogue_verbs.defect_type_edit, name="defect-type-edit"),
    path("catalogue/<int:pk>/merge/", catalogue_verbs.defect_type_merge, name="defect-type-merge"),
    path("catalogue/<int:pk>/unmerge/", catalogue_verbs.defect_type_unmerge, name="defect-type-unmerge"),
    path("catalogue/<int:pk>/retire/", catalogue_verbs.defect_type_retire, name="defect-type-retire"),
    path("catalogue/<int:pk>/reactivate/", catalogue_verbs.defect_type_reactivate, name="defect-type-reactivate"),
    path("catalogue/<int:pk>/example/", catalogue_verbs.defect_type_example, name="defect-type-example"),
    path("findings/", findings.finding_list, name="finding-list"),
    path("findings/<int:pk>/", findings.finding_detail, name="finding-detail"),
    path("findings/<int:pk>/decide/", findings.finding_decide, name="finding-decide"),
    path("findings/<int:pk>/watch/", findings.finding_watch, name="finding-watch"),
    path("findings/<int:pk>/comment/", records.comment_create, {"noun": "finding"}, name="finding-comment"),
    path("cases/", cases.case_list, name="case-list"),
    path("cases/board/", case_board.case_board, name="case-board"),
    path("cases/new/", cases.case_create, name="case-create"),
    path("cases/<int:pk>/", cases.case_detail, name="case-detail"),
    path("cases/<int:pk>/edit/", cases.case_edit, name="case-edit"),
    path("cases/<int:pk>/reopen/", cases.case_reopen, name="case-reopen"),
    *case_urls.patterns,
    path("cases/<int:pk>/actions/", actions.action_create, name="action-create"),
    path("cases/<int:pk>/attach/", records.attachment_add, {"noun": "case"}, name="case-attach"),
    path("cases/<int:pk>/comment/", records.comment_create, {"noun": "case"}, name="case-comment"),
    *case_steps,
    path("causes/<int:pk>/verify/", cases.cause_verify, name="cause-verify"),
    path("cases/<int:pk>/causes/", causes.case_causes, name="case-causes"),
    path("cases/<int:pk>/causes/new/", causes.cause_create, name="cause-create"),
    path("causes/<int:pk>/edit/", causes.cause_edit, name="cause-edit"),
    *cause_steps,
    path("cases/<int:pk>/contrasts/", causes.contrast_fill, name="contrast-fill"),
    path("contrasts/<int:pk>/edit/", causes.contrast_edit, name="contrast-edit"),
    path("cases/<int:pk>/whys/", causes.why_create, name="why-create"),
    path("whys/<int:pk>/answer/", causes.why_answer, name="why-answer"),
    path("whys/<int:pk>/edit/", causes.why_edit, name="why-edit"),
    path("whys/<int:pk>/move/", causes.why_move, name="why-move"),
    path("whys/<int:pk>/promote/", causes.why_promote, name="why-promote"),
    path("whys/<int:pk>/retire/", causes.why_retire, name="why-retire"),
    path("whys/<int:pk>/restore/", causes.why_restore, name="why-restore"),
    path("cause-codes/", cause_codes.cause_code_list, name="cause-code-list"),
    path("cause-codes/new/", cause_codes.cause_code_create, name="cause-code-create"),
    path("cause-codes/usual/", cause_codes.cause_code_usual, name="cause-code-usual"),
    path("cause-codes/<int:pk>/", cause_codes.cause_code_detail, name="cause-code-detail"),
    path("cause-codes/<int:pk>/edit/", cause_codes.cause_code_edit, name="cause-code-edit"),
    path("cause-codes/<int:pk>/retire/", cause_codes.cause_code_retire, name="cause-code-retire"),
    path("cause-codes/<int:pk>/reactivate/", cause_codes.cause_code_reactivate, name="cause-code-reactivate"),
    path("actions/", action_page.action_list, name="action-list"),
    path("actions/<int:pk>/", action_page.action_detail, name="action-detail"),
    path("actions/<int:pk>/edit/", action_page.action_edit, name="action-edit"),
    path("actions/<int:pk>/attach/", records.attachment_add, {"noun": "action"}, name="action-attach"),
    *action_steps,
    *check_steps,
    path("attachments/<int:pk>/", records.attachment_detail, name="attachment-detail"),
    path("imports/", imports.import_list, name="import-list"),
    path("imports/new/", imports.import_create, name="import-create"),
    path("imports/templates/<slug:kind>.csv", imports.import_template, name="import-template"),
    path("imports/<int:pk>/", imports.import_detail, name="import-detail"),
    path("imports/<int:pk>/map/", imports.import_map, name="import-map"),
    path("imports/<int:pk>/fix/", imports.import_fix, name="import-fix"),
    path("imports/<int:pk>/apply/", imports.import_apply, name="import-apply"),
    path("imports/<int:pk>/undo/", imports.import_undo, name="import-undo"),
    path("imports/<int:pk>/errors/", imports.import_errors, name="import-errors"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/read/", inbox.inbox_read, name="inbox-read"),
    path("inbox/<int:pk>/open/", inbox.notice_open, name="notice-open"),
    path("lines/", sources.line_list, name="line-list"),
    path("lines/<int:pk>/", sources.line_detail, name="line-detail"),
    path("lines/<int:pk>/counts/", counts.count_create, name="count-create"),
    path("suppliers/", sources.supplier_list, name="supplier-list"),
    path("suppliers/<int:pk>/", sources.supplier_detail, name="supplier-detail"),
    path("counts/", counts.count_list, name="count-list"),
    path("runs/", runs.run_list, name="run-list"),
    path("lines/<int:pk>/start-run/", runs.run_start, name="run-start"),
    path("lines/<int:pk>/stop-run/", runs.run_stop, name="run-stop"),
    path("log/", quick.quick_list, name="quick-list"),
    path("log/<int:pk>/", quick.quick_log, name="quick-log"),
    path("log/saved/<int:pk>/", quick.quick_saved, name="quick-saved"),
    path("log/saved/<int:pk>/undo/", quick.quick_undo, name="quick-undo"),
    path("log/waiting/", quick.quick_waiting, name="quick-waiting"),
    path("lines/<int:pk>/sheet/", quick_sheets.quick_sheet, name="quick-sheet"),
    path("lines/<int:pk>/sheet.pdf", quick_sheets.quick_sheet_pdf, name="quick-sheet-pdf"),
    path("codes/sheet/", quick_sheets.code_sheet, name="code-sheet"),
    path("codes/sheet.pdf", quick_sheets.code_sheet_pdf, name="code-sheet-pdf"),
    path("log/worker.js", quick.quick_worker, name="quick-worker"),
    path("integrations/<int:pk>/duplicates/", duplicates.integration_duplicates, name="integration-duplicates"),
    path("audit/", audit.audit, name="audit"),
    path("people/", accounts.account_list, name="account-list"),
    path("people/new/", accounts.account_create, {"kind": "colleague"}, name="account-create"),
    path("people/new-contact/", accounts.account_create, {"kind": "contact"}, name="contact-create"),
    path("people/<int:pk>/", accounts.account_detail, name="account-detail"),
    path("people/<int:pk>/stop/", accounts.account_stop, name="account-stop"),
    path("people/<int:pk>/start/", accounts.account_start, name="account-start"),
    path("people/<int:pk>/password/", accounts.account_password, name="account-password"),
    path("integrations/", integrations.integration_list, name="integration-list"),
    path("integrations/new/", integrations.integration_create, name="integration-create"),
    path("integrations/<int:pk>/", integrations.integration_detail, name="integration-detail"),
    path("integrations/<int:pk>/token/", integrations.integration_token, name="integration-token"),
    path("integrations/<int:pk>/move/", integrations.integration_move, name="integration-move"),
    path("integrations/<int:pk>/stop/", integrations.integration_stop, name="integration-stop"),
    path("integrations/<int:pk>/start/", integrations.integration_start, name="integration-start"),
    path("tokens/<int:pk>/revoke/", integrations.token_revoke, name="token-revoke"),
    path("system/", system.system, name="system"),
    path("system/<str:label>/<int:pk>/retry/", system.system_retry, name="system-retry"),
    path(f"icons-{icons.version()}.svg", charts.icons, name="icons"),
    path(f"charts/vega-{VEGA}.js", charts.vega, name="vega"),
]
