"""
Addresses of 办理台.
"""

from django.urls import path

from tongban.portal.desk.views import (
    actions,
    cases,
    inbox,
    work,
)

app_name = "desk"

urlpatterns = [
    path("", inbox.show, name="inbox-show"),
    path("cases/<str:number>/", cases.show, name="case-show"),
    path("cases/<str:number>/panel/", cases.show_panel, name="case-panel"),
    path("cases/<str:number>/reveal/", cases.reveal, name="case-reveal"),
    path("cases/<str:number>/claim/", work.claim, name="work-claim"),
    path("cases/<str:number>/hand-over/", work.hand_over, name="work-hand-over"),
    path("cases/<str:number>/opinion/<str:outcome>/", work.conclude, name="work-conclude"),
    path("cases/<str:number>/<slug:act>/", actions.act, name="case-act"),
]
