"""
Addresses of the gateway.
"""

from django.urls import path

from tongban.resources.sharing import views

app_name = "gateway"
urlpatterns = [path("v1/<slug:service>", views.call, name="call")]
