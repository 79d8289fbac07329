"""
Addresses of one login.
"""

from django.urls import path

from tongban.support.federation.views import logout, provider

app_name = "federation"

urlpatterns = [
    path(".well-known/openid-configuration", provider.show_configuration, name="configuration"),
    path("sso/jwks.json", provider.show_keys, name="jwks"),
    path("sso/authorize/", provider.authorize, name="authorize"),
    path("sso/consent/", provider.consent, name="consent"),
    path("sso/token/", provider.give_token, name="token"),
    path("sso/revoke/", provider.revoke_token, name="revoke"),
    path("sso/userinfo/", provider.show_user_info, name="user-info"),
    path("sso/logout/", logout.log_out, name="logout"),
    path("sso/logout/confirm/", logout.confirm, name="logout-confirm"),
]
