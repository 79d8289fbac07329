"""
Addresses of 我的.
"""

from django.urls import path

from tongban.portal.workspace.views import (
    account,
    cases,
    entrance,
    everywhere,
    level,
    licences,
    login,
    messages,
    mobile,
    registration,
    second_factor,
)

app_name = "workspace"

urlpatterns = [
    path("", account.show_home, name="home"),
    path("login/", entrance.log_in, name="login"),
    path("login/factor/", second_factor.show_factor, name="login-factor"),
    path("login/enrol/", second_factor.enrol, name="login-enrol"),
    path("login/go-on/", second_factor.go_on_after_codes, name="login-go-on"),
    path("login/password/", second_factor.change_due_password, name="login-password"),
    path("logout/", login.log_out, name="logout"),
    path("register/", registration.ask_mobile, name="register"),
    path("register/code/", registration.ask_code, name="register-code"),
    path("register/details/", registration.ask_details, name="register-details"),
    path("reset/", registration.ask_reset, name="reset"),
    path("reset/password/", registration.ask_new_password, name="reset-password"),
    path("account/", account.show_account, name="account-show"),
    path("account/details/", account.reveal_details, name="account-reveal"),
    path("account/password/", account.change_password, name="password-change"),
    path("account/factors/", second_factor.show_factors, name="factor-list"),
    path("account/factors/add/", second_factor.add_factor, name="factor-add"),
    path("account/factors/remove/", second_factor.remove_factor, name="factor-remove"),
    path("account/factors/codes/", second_factor.renew_codes, name="factor-codes"),
    path("account/factors/confirm/", second_factor.confirm_factor, name="factor-confirm"),
    path("account/mobile/", mobile.ask_new_mobile, name="mobile-change"),
    path("account/mobile/code/", mobile.ask_code, name="mobile-code"),
    path("account/devices/", account.show_devices, name="device-list"),
    path("account/devices/end/", account.end_device, name="device-end"),
    path("account/devices/end-all/", account.end_everything, name="device-end-all"),
    path("level/", level.show_level, name="level-show"),
    path("level/prove/", level.prove, name="level-prove"),
    path("level/check/", level.check, name="level-check"),
    path("level/face/", level.face, name="level-face"),
    path("level/face/begin/", level.begin_face, name="level-face-begin"),
    path("cases/", cases.show_list, name="case-list"),
    path("cases/everywhere/", everywhere.show_everything, name="case-everywhere"),
    path("cases/<str:number>/", cases.show_case, name="case-show"),
    path("cases/<str:number>/correct/", cases.correct, name="case-correct"),
    path("cases/<str:number>/correct/<str:material>/", cases.upload, name="correction-upload"),
    path(
        "cases/<str:number>/correct/<str:material>/<uuid:file_id>/remove/",
        cases.remove,
        name="correction-remove",
    ),
    path("cases/<str:number>/withdraw/", cases.withdraw, name="case-withdraw"),
    path("licences/", licences.show_wallet, name="licence-list"),
    path("licences/<str:identifier>/", licences.show_licence, name="licence-show"),
    path("messages/", messages.show_inbox, name="message-list"),
    path("messages/read/", messages.mark_all_read, name="message-read-all"),
    path("messages/<uuid:message_id>/", messages.show_message, name="message-show"),
]
