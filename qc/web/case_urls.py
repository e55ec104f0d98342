"""The further pages of a case: material, costs, history; and the rule table."""

from __future__ import annotations

from django.urls import URLPattern, path

from qc.web import case_costs, case_history, case_material, case_rules, cases

patterns: list[URLPattern] = [
    path("cases/<int:pk>/facts/", cases.case_facts, name="case-facts"),
    path("cases/<int:pk>/material/", case_material.case_material, name="case-material"),
    path("cases/<int:pk>/hold/", case_material.case_hold, name="case-hold"),
    path("holds/<int:pk>/release/", case_material.hold_release, name="hold-release"),
    path("dispositions/<int:pk>/sign/", case_material.disposition_sign, name="disposition-sign"),
    path("dispositions/<int:pk>/amend/", case_material.disposition_amend, name="disposition-amend"),
    path("dispositions/<int:pk>/withdraw/", case_material.disposition_withdraw, name="disposition-withdraw"),
    path("cases/<int:pk>/costs/", case_costs.case_costs, name="case-costs"),
    path("cases/<int:pk>/costs/add/", case_costs.cost_add, name="cost-add"),
    path("cases/<int:pk>/costs.<slug:format>", case_costs.case_costs_export, name="case-costs-export"),
    path("costs/<int:pk>/remove/", case_costs.cost_remove, name="cost-remove"),
    path("cases/<int:pk>/history/", case_history.case_history, name="case-history"),
    path("cases/<int:pk>/link/", case_history.case_link, name="case-link"),
    path("case-links/<int:pk>/remove/", case_history.case_link_remove, name="case-link-remove"),
    path("case-rules/", case_rules.case_rule_list, name="case-rule-list"),
    path("case-rules/new/", case_rules.case_rule_create, name="case-rule-create"),
    path("case-rules/<int:pk>/edit/", case_rules.case_rule_edit, name="case-rule-edit"),
    path("case-rules/<int:pk>/move/", case_rules.case_rule_move, name="case-rule-move"),
    path("case-rules/<int:pk>/remove/", case_rules.case_rule_remove, name="case-rule-remove"),
    path("findings/<int:pk>/decline-case/", case_rules.case_decline, name="finding-decline-case"),
]
