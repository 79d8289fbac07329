"""
Addresses of 我要办.
"""

from django.urls import path

from tongban.portal.apply.views import drafts, steps

app_name = "apply"

urlpatterns = [
    path("resume/", drafts.resume, name="draft-resume"),
    path("d/<uuid:draft_id>/", drafts.go_on, name="draft-show"),
    path("d/<uuid:draft_id>/save/", steps.autosave, name="draft-autosave"),
    path("d/<uuid:draft_id>/discard/", drafts.discard, name="draft-discard"),
    path("d/<uuid:draft_id>/submit/", drafts.submit, name="draft-submit"),
    path("d/<uuid:draft_id>/receipt/", drafts.receipt, name="receipt-show"),
    path("d/<uuid:draft_id>/files/<str:material>/", steps.upload, name="file-upload"),
    path("d/<uuid:draft_id>/files/<uuid:file_id>/remove/", steps.remove, name="file-remove"),
    path("d/<uuid:draft_id>/<str:step>/", steps.step, name="step-show"),
    path("<str:code>/", drafts.start, name="draft-start"),
]
