"""Who may come to which address. A route that is not declared here turns the isolation test red."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import models

from qc import models as qc
from reports import models as reports
from suppliers import models as suppliers

STAFF = frozenset({"inspector", "engineer", "manager", "plant_manager", "purchasing", "auditor"})
QUALITY = frozenset({"engineer", "manager"})
MANAGER = frozenset({"manager"})
SUPPLIERS = frozenset({"acme", "rival"})
ANYONE = STAFF | SUPPLIERS | {"integration"}
LINK = "link"  # a contact of acme's who came in through a link to one request
PUBLIC = ANYONE | {"anonymous", LINK}
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Access:
    """Who may come in (by GET where the route answers it), and the model of the row that the address names."""

    who: frozenset[str]
    row: type[models.Model] | None = None
    arguments: dict[str, str] = field(default_factory=dict)  # fixed arguments beside the row's own
    posts: frozenset[str] = frozenset()  # who may only post here
    needs_query: bool = False  # the page asks for keys in its query and is a 404 without them


Case, Request = qc.Nonconformance, suppliers.CorrectiveActionRequest
ACCESS: dict[str, Access] = {}


def _declare(who: frozenset[str], *names: str, row: type[models.Model] | None = None, **arguments: str) -> None:
    for name in names:
        assert name not in ACCESS, name
        ACCESS[name] = Access(who, row, arguments)


# The manager's pages.
INSPECTING = QUALITY | {"inspector"}
PLANNING = QUALITY | {"plant_manager"}
_declare(PUBLIC, "qc:vega", "qc:icons")
_declare(STAFF | SUPPLIERS, "qc:home")  # it sends a supplier to the portal
_declare(STAFF, "qc:inbox", "qc:inbox-read", "qc:search", "qc:line-list", "qc:supplier-list", "qc:count-list")
_declare(STAFF, "qc:defect-list", "qc:finding-list", "qc:case-list", "qc:case-board")
_declare(STAFF, "work:my-work", "work:work-ageing", "analysis:comparison")
_declare(STAFF, "qc:defect-filter", "qc:defect-select", "qc:defect-selection", "qc:export-list")
_declare(INSPECTING, "qc:defect-join-several")
_declare(STAFF, "qc:list-export", "qc:view-save", name="defects")
_declare(STAFF, "qc:view-remove", "qc:view-default", row=qc.SavedView)
_declare(STAFF, "qc:export-file", row=qc.Export)
_declare(STAFF, "qc:line-detail", "qc:count-create", row=qc.ProductionLine)
_declare(STAFF, "qc:supplier-detail", row=qc.Supplier)
_declare(STAFF, "qc:notice-open", row=qc.Notice)
_declare(STAFF, "qc:attachment-detail", row=qc.Attachment)
_declare(frozenset({"auditor", "manager"}), "qc:audit")
_declare(QUALITY | {"auditor"}, "qc:import-list", "qc:import-create")
_declare(QUALITY | {"auditor"}, "qc:import-detail", "qc:import-errors", row=qc.Import)
_declare(QUALITY | {"auditor"}, "qc:import-map", "qc:import-fix", "qc:import-apply", "qc:import-undo", row=qc.Import)
_declare(STAFF, "qc:import-template", kind="defects")
_declare(MANAGER, "qc:system")
_declare(MANAGER, "qc:system-retry", row=qc.AnalysisTarget, label="qc.analysistarget")
_declare(INSPECTING, "qc:defect-create", "qc:case-create")
_declare(INSPECTING, "qc:quick-list", "qc:quick-waiting")
_declare(INSPECTING, "qc:quick-log", row=qc.Station)
_declare(INSPECTING, "qc:quick-saved", "qc:quick-undo", row=qc.Defect)
_declare(PUBLIC, "qc:quick-worker")
_declare(STAFF, "qc:code-sheet", "qc:code-sheet-pdf", "qc:run-list")
_declare(STAFF, "qc:quick-sheet", "qc:quick-sheet-pdf", row=qc.ProductionLine)
_declare(INSPECTING, "qc:run-start", "qc:run-stop", row=qc.ProductionLine)
_declare(STAFF, "qc:defect-detail", row=qc.Defect)
_declare(INSPECTING, "qc:defect-correct", "qc:defect-void", "qc:defect-attach", row=qc.Defect)
_declare(INSPECTING, "qc:defect-join", "qc:defect-unjoin", "qc:defect-tell-apart", row=qc.Defect)
_declare(INSPECTING, "qc:defect-likely")
_declare(QUALITY, "qc:defect-restore", row=qc.Defect)
_declare(STAFF, "qc:duplicate-list")
_declare(MANAGER, "qc:integration-duplicates", row=qc.Integration)
_declare(STAFF, "qc:defect-type-list")
_declare(STAFF, "qc:defect-type-detail", row=qc.DefectType)
_declare(QUALITY, "qc:defect-type-create", "qc:group-rename")
for _verb in ("edit", "merge", "unmerge", "retire", "reactivate", "example"):
    _declare(QUALITY, f"qc:defect-type-{_verb}", row=qc.DefectType)
_declare(QUALITY, "qc:example-remove", row=qc.CodeExample)
_declare(STAFF - {"auditor"}, "qc:defect-comment", row=qc.Defect)
_declare(STAFF, "qc:finding-detail", row=qc.Finding)
_declare(QUALITY, "qc:finding-decide", "qc:finding-watch", row=qc.Finding)
_declare(STAFF - {"auditor"}, "qc:finding-comment", row=qc.Finding)
_declare(STAFF, "qc:case-detail", "qc:case-edit", "qc:action-create", row=Case)
for _verb in ("add-cause", "cancel", "close", "contain", "dispose", "finish-dispositions", "investigate"):
    _declare(STAFF, f"qc:case-{_verb}", row=Case)
_declare(STAFF, "qc:case-plan-actions", "qc:case-review", "qc:case-start-verifying", "qc:case-waive", row=Case)
_declare(MANAGER, "qc:case-reopen", row=Case)
_declare(STAFF, "qc:case-material", "qc:case-costs", "qc:case-history", row=Case)
_declare(STAFF, "qc:case-facts", "qc:case-hold", "qc:cost-add", "qc:case-link", row=Case)
_declare(STAFF, "qc:case-costs-export", row=Case, format="csv")
_declare(STAFF, "qc:hold-release", row=qc.LotHold)
_declare(STAFF, "qc:disposition-sign", "qc:disposition-amend", "qc:disposition-withdraw", row=qc.Disposition)
_declare(STAFF, "qc:cost-remove", row=qc.CaseCost)
_declare(QUALITY, "qc:case-link-remove", row=qc.CaseLink)
_declare(STAFF, "qc:case-rule-list")
_declare(MANAGER, "qc:case-rule-create")
_declare(MANAGER, "qc:case-rule-edit", "qc:case-rule-move", "qc:case-rule-remove", row=qc.CaseRule)
_declare(QUALITY, "qc:finding-decline-case", row=qc.Finding)
_declare(INSPECTING, "qc:case-attach", row=Case)
_declare(STAFF - {"auditor"}, "qc:case-comment", row=Case)
_declare(STAFF, "qc:cause-verify", "qc:cause-edit", row=qc.Cause)
for _verb in ("confirm", "doubt", "rule-out", "bring-back"):
    _declare(STAFF, f"qc:cause-{_verb}", row=qc.Cause)
_declare(STAFF, "qc:case-causes", "qc:cause-create", "qc:contrast-fill", "qc:why-create", row=Case)
_declare(STAFF, "qc:contrast-edit", row=qc.Contrast)
for _verb in ("answer", "edit", "move", "promote", "retire", "restore"):
    _declare(STAFF, f"qc:why-{_verb}", row=qc.Why)
_declare(STAFF, "qc:cause-code-list")
_declare(STAFF, "qc:cause-code-detail", row=qc.CauseCode)
_declare(MANAGER, "qc:cause-code-create", "qc:cause-code-usual")
_declare(MANAGER, "qc:cause-code-edit", "qc:cause-code-retire", "qc:cause-code-reactivate", row=qc.CauseCode)
_declare(STAFF, "qc:action-list")
_declare(STAFF, "qc:action-detail", "qc:action-edit", row=qc.CorrectiveAction)
_declare(INSPECTING, "qc:action-attach", row=qc.CorrectiveAction)
for _verb in ("cancel", "carry-out", "plan-effectiveness", "reject", "start", "verify"):
    _declare(STAFF, f"qc:action-{_verb}", row=qc.CorrectiveAction)
_declare(STAFF, "qc:check-extend-window", "qc:check-judge-not-effective", row=qc.EffectivenessCheck)

_KINDS = {"shift": qc.Shift, "holiday": qc.Holiday, "station": qc.Station, "machine": qc.Machine, "product": qc.Product}
_KINDS |= {"part": qc.Part, "lot": qc.SupplierLot, "line": qc.ProductionLine, "supplier": qc.Supplier}
for _noun, _kind in _KINDS.items():
    _declare(QUALITY, f"qc:{_noun}-create")
    _declare(QUALITY, f"qc:{_noun}-edit", row=_kind)
    if _noun not in ("line", "supplier"):
        _declare(STAFF, f"qc:{_noun}-list")
    if _noun in ("shift", "holiday"):
        _declare(QUALITY, f"qc:{_noun}-remove", row=_kind)
    elif _noun not in ("line", "supplier"):
        _declare(STAFF, f"qc:{_noun}-detail", row=_kind)
_declare(STAFF, "qc:plant-list", "qc:master-index")
_declare(STAFF, "qc:plant-detail", row=qc.Plant)
_declare(MANAGER, "qc:plant-create")
_declare(MANAGER, "qc:plant-edit", row=qc.Plant)
_declare(QUALITY | {"purchasing"}, "qc:account-list", "qc:contact-create")
_declare(MANAGER, "qc:account-create")
_declare(MANAGER, "qc:account-detail", "qc:account-stop", "qc:account-start", "qc:account-password", row=qc.User)
_declare(MANAGER, "qc:integration-list", "qc:integration-create")
for _verb in ("detail", "token", "move", "stop", "start"):
    _declare(MANAGER, f"qc:integration-{_verb}", row=qc.Integration)
_declare(MANAGER, "qc:token-revoke", row=qc.ApiToken)

# Reports.
_declare(STAFF, "reports:report-list", "reports:schedule-list")
_declare(STAFF, "reports:report-detail", "reports:report-pdf", "reports:report-xlsx", row=reports.Report)
_declare(STAFF, "reports:report-csv", row=reports.Report)
_declare(PLANNING, "reports:schedule-create")
_declare(PLANNING, "reports:schedule-edit", "reports:schedule-preview", "reports:schedule-send", row=reports.Schedule)
_declare(PLANNING, "reports:delivery-retry", row=reports.Delivery)

# The manager's side of requests.
_declare(STAFF, "suppliers:request-list")
ACCESS["suppliers:request-create"] = Access(QUALITY, needs_query=True)
_declare(STAFF, "suppliers:request-detail", "suppliers:request-preview", row=Request)
_declare(QUALITY, "suppliers:request-edit", row=Request)
for _verb in ("issue", "cancel", "close", "uphold", "message", "share"):
    _declare(STAFF, f"suppliers:request-{_verb}", row=Request)
_declare(QUALITY | {"purchasing"}, "suppliers:link-create", row=Request)
_declare(STAFF, "suppliers:link-revoke", row=suppliers.AccessLink)
_declare(QUALITY, "suppliers:defects-share", row=Request)
_declare(STAFF, "suppliers:defect-unshare", row=suppliers.SharedDefect)
_declare(STAFF, "suppliers:ladder-list")
_declare(QUALITY, "suppliers:forecast")
_declare(MANAGER, "suppliers:ladder-edit", "suppliers:ladder-reset", name="answer")
_declare(MANAGER, "suppliers:ladder-plant", "suppliers:ladder-plant-reset", row=qc.Plant, name="case")
_SCORES = QUALITY | {"purchasing", "auditor"}
_declare(_SCORES, "suppliers:scorecard-list")
_declare(_SCORES, "suppliers:scorecard-export", form="csv")
_declare(_SCORES, "suppliers:scorecard-detail", row=qc.Supplier)
_declare(_SCORES, "suppliers:scorecard-behind", row=suppliers.Scorecard, part="rejected")
_declare(MANAGER, "suppliers:scorecard-rules")
_declare(QUALITY | {"purchasing"}, "suppliers:scorecard-compute")
_declare(NOBODY, "suppliers:contact-mark", row=qc.User, what="bounced")  # the row is one of our own people
_declare(STAFF, "suppliers:request-concede", "suppliers:request-pdf", "suppliers:request-xlsx", row=Request)
_declare(QUALITY, "suppliers:shipping-create", row=Request)
_declare(QUALITY | {"purchasing"}, "suppliers:claim-create", row=Request)
_declare(STAFF, "suppliers:extension-grant", "suppliers:extension-refuse", row=suppliers.Extension)
for _verb in ("detail", "record", "end"):
    _declare(STAFF, f"suppliers:shipping-{_verb}", row=suppliers.ControlledShipping)
_declare(STAFF, "suppliers:result-strike", row=suppliers.SortResult)
_declare(QUALITY | {"purchasing"}, "suppliers:claim-edit", row=suppliers.CostClaim)
for _verb in ("detail", "send", "again", "settle", "credit", "withdraw"):
    _declare(STAFF, f"suppliers:claim-{_verb}", row=suppliers.CostClaim)
_declare(STAFF, "suppliers:stage-detail", row=suppliers.Stage)
for _verb in ("accept", "return", "waive"):
    _declare(STAFF, f"suppliers:stage-{_verb}", row=suppliers.Stage)
_declare(STAFF, "suppliers:evidence-detail", "suppliers:evidence-remove", row=suppliers.Evidence)

# The supplier's side.
_declare(SUPPLIERS, "portal:home", "portal:request-list", "portal:scorecard", "portal:own-settings")
_declare(SUPPLIERS, "portal:contact-list", "portal:contact-invite")
for _verb in ("detail", "invite-again", "stop", "start"):
    _declare(SUPPLIERS, f"portal:contact-{_verb}", row=suppliers.ContactCard)
_declare(SUPPLIERS, "portal:link-revoke", row=suppliers.AccessLink)
_declare(NOBODY, "portal:link-open", token="no-such-token")
_declare(PUBLIC, "portal:link-renew", "portal:link-leave")
ANSWERING = SUPPLIERS | {LINK}
for _verb in ("detail", "acknowledge", "message", "messages", "dispute"):
    _declare(ANSWERING, f"portal:request-{_verb}", row=Request)
_declare(ANSWERING, "portal:stage-answer", row=Request, code="containment")
_declare(ANSWERING, "portal:extension-ask", row=Request, code="containment")
_declare(ANSWERING, "portal:request-description", "portal:request-pdf", "portal:request-xlsx", row=Request)
_declare(ANSWERING, "portal:shipping-detail", row=suppliers.ControlledShipping)
_declare(ANSWERING, "portal:result-strike", row=suppliers.SortResult)
for _verb in ("detail", "agree", "dispute"):
    _declare(ANSWERING, f"portal:claim-{_verb}", row=suppliers.CostClaim)
_declare(ANSWERING, "portal:evidence-detail", "portal:evidence-remove", row=suppliers.Evidence)

# The API. An integration only writes: its GETs are refused, which `who` is about.
ACCESS["api:token"] = Access(PUBLIC - {LINK}, posts=frozenset({LINK}))
_declare(ANYONE, "api:api-root", "api:schema", "api:docs")
_declare(STAFF, "api:finding-list", "api:case-list")
ACCESS["api:defect-batch"] = ACCESS["api:count-batch"] = Access(STAFF, posts=frozenset({"integration"}))
ACCESS["api:defect-list"] = ACCESS["api:count-list"] = Access(STAFF, posts=frozenset({"integration"}))
_declare(STAFF, "api:defect-detail", "api:defect-correct", "api:defect-void", "api:defect-duplicate", row=qc.Defect)
for _verb in ("detail", "confirm", "dismiss", "override", "reconsider", "watch"):
    _declare(STAFF, f"api:finding-{_verb}", row=qc.Finding)
_declare(STAFF, "api:case-detail", row=Case)
_declare(STAFF, "api:count-detail", row=qc.ProductionCount)
_declare(STAFF | SUPPLIERS, "api:request-list")
_declare(_SCORES | SUPPLIERS, "api:scorecard-list")
_declare(_SCORES | SUPPLIERS, "api:scorecard-detail", row=suppliers.Scorecard)
for _verb in ("detail", "acknowledge", "cancel", "close", "concede", "dispute", "issue", "message", "uphold"):
    _declare(STAFF | SUPPLIERS, f"api:request-{_verb}", row=Request)
for _verb in ("accept", "draft", "more-time", "return", "submit", "waive"):
    _declare(STAFF | SUPPLIERS, f"api:request-stage-{_verb}", row=Request, code="containment")
_declare(STAFF | SUPPLIERS, "api:extension-list", "api:shipping-list", "api:claim-list")
for _verb in ("detail", "grant", "refuse"):
    _declare(STAFF | SUPPLIERS, f"api:extension-{_verb}", row=suppliers.Extension)
for _verb in ("detail", "record", "end"):
    _declare(STAFF | SUPPLIERS, f"api:shipping-{_verb}", row=suppliers.ControlledShipping)
_declare(STAFF | SUPPLIERS, "api:shipping-strike", row=suppliers.ControlledShipping, result="1")
for _verb in ("detail", "change", "send", "again", "agree", "dispute", "settle", "credit", "withdraw"):
    _declare(STAFF | SUPPLIERS, f"api:claim-{_verb}", row=suppliers.CostClaim)

# Accounts.
_declare(PUBLIC, "account_login", "account_logout", "account_inactive", "account_signup", "account_reset_password")
_declare(PUBLIC, "account_reset_password_done", "account_reset_password_from_key_done")
_declare(PUBLIC, "account_reset_password_from_key", uidb36="x", key="y-z")
_declare(PUBLIC, "account_reauthenticate", "mfa_authenticate", "mfa_reauthenticate")
_declare(ANYONE, "account_change_password", "account_set_password")
_declare(ANYONE, "mfa_index", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes")
_declare(ANYONE, "mfa_generate_recovery_codes", "mfa_download_recovery_codes")
