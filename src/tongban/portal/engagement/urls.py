"""
Addresses of 我要评.
"""

from django.urls import path

from tongban.portal.engagement import views

app_name = "engagement"

urlpatterns = [path("<str:number>/", views.give_rating, name="rating-give")]
