"""
Addresses of 我要办.
"""

from django.urls import path

from tongban.portal.apply import views

app_name = "apply"

urlpatterns = [
    path("resume/", views.resume, name="draft-resume"),
    path("d/<uuid:draft_id>/", views.go_on, name="draft-show"),
    path("d/<uuid:draft_id>/save/", views.autosave, name="draft-autosave"),
    path("d/<uuid:draft_id>/discard/", views.discard, name="draft-discard"),
    path("d/<uuid:draft_id>/submit/", views.submit, name="draft-submit"),
    path("d/<uuid:draft_id>/receipt/", views.receipt, name="receipt-show"),
    path("d/<uuid:draft_id>/files/<slug:material>/", views.upload, name="file-upload"),
    path("d/<uuid:draft_id>/files/<uuid:file_id>/remove/", views.remove, name="file-remove"),
    path("d/<uuid:draft_id>/<str:step>/", views.step, name="step-show"),
    path("<str:code>/", views.start, name="draft-start"),
]
