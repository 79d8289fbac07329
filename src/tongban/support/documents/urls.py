"""
Addresses of files.
"""

from django.urls import path

from tongban.support.documents import views

app_name = "documents"

urlpatterns = [
    path("<uuid:file_id>", views.download, name="file-download"),
]
