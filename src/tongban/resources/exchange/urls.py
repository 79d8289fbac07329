"""
Addresses of the exchange.
"""

from django.urls import path

from tongban.resources.exchange import views

app_name = "exchange"
urlpatterns = [
    path("v1", views.receive, name="receive"),
    path("trust-list", views.trust_list, name="trust-list"),
    path("nodes/requests", views.receive_request, name="node-request"),
    path("nodes/requests/<uuid:request_id>", views.decision, name="node-decision"),
    path("nodes/orders", views.receive_order, name="node-order"),
]
