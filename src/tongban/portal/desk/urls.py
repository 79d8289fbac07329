"""
Addresses of 办理台.
"""

from django.urls import path

from tongban.portal.desk.views import (
    acceptance,
    account_acts,
    accounts,
    actions,
    audit,
    cases,
    certification,
    directory,
    done,
    inbox,
    licence_acts,
    licences,
    searches,
    objections,
    stock,
    security,
    work,
)

app_name = "desk"

urlpatterns = [
    path("", inbox.show, name="inbox-show"),
    path("accept/", acceptance.start, name="accept-start"),
    path("accept/receipt/<str:number>/", acceptance.receipt, name="accept-receipt"),
    path("accept/<str:code>/", acceptance.fill, name="accept-form"),
    path("certify/", certification.start, name="certify-start"),
    path("certify/card/", certification.read_card, name="certify-card"),
    path("certify/code/", certification.confirm, name="certify-code"),
    path("certify/receipt/", certification.receipt, name="certify-receipt"),
    path("stock/", stock.show, name="stock-list"),
    path("stock/<uuid:stock_id>/", stock.decide, name="stock-decide"),
    path("done/", done.show, name="done-list"),
    path("searches/", searches.show, name="search-report"),
    path("accounts/", accounts.show_list, name="account-list"),
    path("accounts/new/", accounts.open_one, name="account-new"),
    path("accounts/export/", accounts.export, name="account-export"),
    path("accounts/resets/", accounts.show_resets, name="account-resets"),
    path("accounts/resets/<uuid:reset_id>/approve/", accounts.approve_reset, name="account-reset-approve"),
    path("accounts/<uuid:account_id>/", accounts.show_one, name="account-show"),
    path(
        "accounts/<uuid:account_id>/absences/<uuid:absence_id>/end/",
        accounts.end_absence,
        name="account-absence-end",
    ),
    path("accounts/<uuid:account_id>/<slug:act>/", account_acts.act, name="account-act"),
    path("audit/", audit.show, name="audit-list"),
    path("audit/export/", audit.export, name="audit-export"),
    path("security/", security.show, name="security-list"),
    path("security/rules/", security.rules, name="security-rules"),
    path("security/<int:event_id>/", security.show_event, name="security-event"),
    path("security/<int:event_id>/acknowledge/", security.acknowledge, name="security-acknowledge"),
    path("security/<int:event_id>/close/", security.close, name="security-close"),
    path("licences/", licences.show, name="licence-list"),
    path("licences/<str:identifier>/", licences.show_one, name="licence-show"),
    path("licences/<str:identifier>/<slug:act>/", licence_acts.act, name="licence-act"),
    path("cases/", directory.show, name="case-list"),
    path("cases/<str:number>/", cases.show, name="case-show"),
    path("cases/<str:number>/panel/", cases.show_panel, name="case-panel"),
    path("cases/<str:number>/reveal/", cases.reveal, name="case-reveal"),
    path("objections/", objections.show, name="objection-list"),
    path("objections/<uuid:objection_id>/", objections.show_one, name="objection-show"),
    path("cases/<str:number>/claim/", work.claim, name="work-claim"),
    path("cases/<str:number>/hand-over/", work.hand_over, name="work-hand-over"),
    path("cases/<str:number>/opinion/<str:outcome>/", work.conclude, name="work-conclude"),
    path("cases/<str:number>/<slug:act>/", actions.act, name="case-act"),
]
