"""
Addresses of one login.
"""

from django.urls import path

from tongban.support.federation.views import client, logout, nodes, provider, tickets

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
    path("sso/login/<str:code>/", client.begin, name="begin"),
    path("sso/callback/<str:code>/", client.come_back, name="come-back"),
    path("sso/arrive/", client.arrive, name="arrive"),
    path("sso/home/", client.go_home, name="go-home"),
    path("sso/backchannel/<str:code>/", client.hear_logout, name="hear-logout"),
    path("sso/confirm/", client.confirm, name="confirm"),
    path("sso/links/", client.show_links, name="links"),
    path("sso/links/withdraw/", client.withdraw, name="consent-withdraw"),
    path("sso/links/<str:code>/", client.begin_link, name="link"),
    path("sso/links/<str:code>/end/", client.end_link, name="unlink"),
    path("sso/ticket/authorize/", tickets.authorize, name="ticket-authorize"),
    path("sso/ticket/consent/", tickets.consent, name="ticket-consent"),
    path("sso/ticket/interface/", tickets.answer, name="ticket-interface"),
    path("peers/<slug:subject>/<slug:question>/", nodes.answer, name="node-answer"),
]
