"""The supplier's pages."""

from __future__ import annotations

from django.urls import path

from suppliers.portal import agreements, answering, description, opening, people, reading, score, talking, verbs

app_name = "portal"

urlpatterns = [
    path("", reading.home, name="home"),
    path("link/renew/", opening.link_renew, name="link-renew"),
    path("link/leave/", opening.link_leave, name="link-leave"),
    path("link/<slug:token>/", opening.link_open, name="link-open"),
    path("score/", score.scorecard, name="scorecard"),
    path("contacts/", people.contact_list, name="contact-list"),
    path("contacts/invite/", people.contact_invite, name="contact-invite"),
    path("contacts/me/", people.own_settings, name="own-settings"),
    path("contacts/<int:user_id>/", people.contact_detail, name="contact-detail"),
    path("contacts/<int:user_id>/invite/", people.contact_invite_again, name="contact-invite-again"),
    path("contacts/<int:user_id>/stop/", people.contact_stop, name="contact-stop"),
    path("contacts/<int:user_id>/start/", people.contact_start, name="contact-start"),
    path("links/<int:pk>/revoke/", people.link_revoke, name="link-revoke"),
    path("requests/", reading.request_list, name="request-list"),
    path("requests/<int:pk>/", reading.request_detail, name="request-detail"),
    path("requests/<int:pk>/acknowledge/", verbs.request_acknowledge, name="request-acknowledge"),
    path("requests/<int:pk>/message/", talking.request_message, name="request-message"),
    path("requests/<int:pk>/messages/", talking.request_messages, name="request-messages"),
    path("requests/<int:pk>/dispute/", verbs.request_dispute, name="request-dispute"),
    path("requests/<int:pk>/8d.pdf", agreements.request_pdf, name="request-pdf"),
    path("requests/<int:pk>/8d.xlsx", agreements.request_xlsx, name="request-xlsx"),
    path("requests/<int:pk>/description/", description.request_description, name="request-description"),
    path("requests/<int:pk>/<slug:code>/more-time/", agreements.extension_ask, name="extension-ask"),
    path("sorting/<int:pk>/", agreements.shipping_detail, name="shipping-detail"),
    path("sorting/results/<int:pk>/strike/", agreements.result_strike, name="result-strike"),
    path("claims/<int:pk>/", agreements.claim_detail, name="claim-detail"),
    path("claims/<int:pk>/agree/", agreements.claim_agree, name="claim-agree"),
    path("claims/<int:pk>/dispute/", agreements.claim_dispute, name="claim-dispute"),
    path("requests/<int:pk>/<slug:code>/", answering.stage_answer, name="stage-answer"),
    path("evidence/<uuid:uuid>/", reading.evidence_detail, name="evidence-detail"),
    path("evidence/<uuid:uuid>/remove/", verbs.evidence_remove, name="evidence-remove"),
]
