"""
Addresses that programs of others ask; they stand in every certificate, so they never change.
"""

from django.urls import path

from tongban.support.trust import views

app_name = "trust"

urlpatterns = [
    path("trust/root.cer", views.show_root, name="root"),
    path("trust/issuing.cer", views.show_issuing, name="issuing"),
    path("trust/<uuid:authority_id>.cer", views.show_authority, name="authority"),
    path("trust/<uuid:authority_id>.crl", views.show_list, name="list"),
    path("trust/status", views.answer_status, name="status"),
    path("trust/timestamp", views.answer_timestamp, name="timestamp"),
]
