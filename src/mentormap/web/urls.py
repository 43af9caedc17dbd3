"""The addresses of the pages; the trailing slash is optional for all (middleware.py)."""

from allauth.account import views as account
from allauth.mfa.base import views as two_step
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.usersessions.views import list_usersessions
from django.urls import URLPattern, URLResolver, path, re_path

from mentormap.web.http.ended_access import requires_access
from mentormap.web.http.reauthentication import asks_again, renews_key
from mentormap.web.http.retries import retry_on_integrity_error
from mentormap.web.views import (
    address_undo,
    booking,
    calendar_feed,
    checkout,
    mailbox,
    mentoring,
    mentoring_calendars,
    mentoring_days_off,
    mentoring_desk,
    mentoring_hours,
    mentoring_policy,
    mentoring_rules,
    mentoring_slots,
    mentors,
    no_shows,
    notices,
    notification_settings,
    portraits,
    rescheduling,
    reviews,
    sessions,
)
from mentormap.web.views.home import home
from mentormap.web.views.meeting import meeting
from mentormap.web.views.phone import phone
from mentormap.web.views.reauthentication_code import reauthenticate_by_code
from mentormap.web.views.settings import mail_again, settings
from mentormap.web.views.time_zone import time_zone
from mentormap.web.views.two_step import turn_off, turn_on

NEW_ADDRESS = frozenset({"action_add", "action_primary"})
"""The buttons of the page `email` that change the address; others send a link again or drop a pending address."""

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("time-zone", time_zone, name="time_zone"),
    path("settings", settings, name="settings"),
    path("settings/mail-again", mail_again, name="settings_mail_again"),
    path("settings/calendar", calendar_feed.settings_calendar, name="settings_calendar"),
    path("feeds/<slug:secret>.ics", calendar_feed.feed, name="feed"),
    path("settings/notices", notification_settings.table, name="settings_notices"),
    path("settings/phone", phone, name="settings_phone"),
    path("settings/push", notification_settings.add_browser, name="settings_push_add"),
    path("settings/push/remove", notification_settings.remove_browser, name="settings_push_remove"),
    path("service-worker.js", notification_settings.service_worker, name="service_worker"),
    path("unsubscribe/<token>", notification_settings.unsubscribe, name="unsubscribe"),
    path("notices", notices.notices, name="notices"),
    path("notices/bell", notices.bell, name="notices_bell"),
    path("notices/read", notices.read_all, name="notices_read_all"),
    path("notices/<int:pk>/read", notices.read, name="notices_read"),
    path("mentors", mentors.mentors, name="mentors"),
    path("mentors/<int:mentor_id>", booking.mentor, name="mentor"),
    path("mentors/<int:mentor_id>/portrait.svg", portraits.portrait, name="portrait"),
    path("mentors/<int:mentor_id>/photo", portraits.photo, name="photo"),
    path("mentoring", mentoring.mentoring, name="mentoring"),
    path("mentoring/desk", mentoring_desk.desk, name="mentoring_desk"),
    path("mentoring/desk/earnings.csv", mentoring_desk.earnings_file, name="mentoring_earnings"),
    path("mentoring/profile", mentoring.profile, name="mentoring_profile"),
    path("mentoring/hours", mentoring_hours.hours, name="mentoring_hours"),
    path("mentoring/days-off", mentoring_days_off.days_off, name="mentoring_days_off"),
    path("mentoring/rules", mentoring_rules.rules, name="mentoring_rules"),
    path("mentoring/slots", mentoring_slots.slots, name="mentoring_slots"),
    path("mentoring/policy", mentoring_policy.policy, name="mentoring_policy"),
    path("mentoring/meeting", meeting, name="mentoring_meeting"),
    path("mentoring/calendars", mentoring_calendars.calendars, name="mentoring_calendars"),
    path("mentoring/publish", mentoring.publish, name="mentoring_publish"),
    path("mentoring/pause", mentoring.pause, name="mentoring_pause"),
    path("sessions", sessions.sessions, name="sessions"),
    path("sessions/success", checkout.success, name="sessions_success"),
    path("sessions/<int:pk>", sessions.session, name="session"),
    path("sessions/<int:pk>/cancel", sessions.cancel, name="session_cancel"),
    path("sessions/<int:pk>/reschedule", rescheduling.reschedule, name="session_reschedule"),
    path("sessions/<int:pk>/no-show", no_shows.no_show, name="session_no_show"),
    path("sessions/<int:pk>/no-show/withdraw", no_shows.withdraw, name="session_no_show_withdraw"),
    path("sessions/<int:pk>/let-go", sessions.release, name="session_release"),
    path("sessions/<int:pk>/notes", sessions.notes, name="session_notes"),
    path("sessions/<int:pk>/review", reviews.review, name="session_review"),
    path("sessions/<int:pk>/calendar.ics", sessions.calendar, name="session_calendar"),
    path("checkout/back/<token>", checkout.back, name="checkout_back"),
    path("dev/mailbox", mailbox.inbox, name="mailbox"),
    path("dev/mailbox/<int:pk>/send", mailbox.send_now, name="mailbox_send"),
    path("dev/mailbox/<slug:name>", mailbox.mail, name="mailbox_mail"),
    path("dev/mailbox/<slug:name>/html", mailbox.html, name="mailbox_html"),
    path("dev/mailbox/<slug:name>/<int:index>", mailbox.attachment, name="mailbox_attachment"),
    # allauth's views, by the names that it looks them up by
    path("login", account.login, name="account_login"),
    path("logout", account.logout, name="account_logout"),
    path("signup", retry_on_integrity_error(account.signup), name="account_signup"),
    path("account-closed", account.account_inactive, name="account_inactive"),
    path("reauthenticate", renews_key(account.reauthenticate), name="account_reauthenticate"),
    path("reauthenticate/code", reauthenticate_by_code, name="account_reauthenticate_code"),
    path(
        "email",
        asks_again(retry_on_integrity_error(requires_access(account.email)), to=NEW_ADDRESS),
        name="account_email",
    ),
    path("email/sent", account.email_verification_sent, name="account_email_verification_sent"),
    re_path(
        r"^email/verify/(?P<key>[-:\w]+)$",
        retry_on_integrity_error(account.confirm_email),
        name="account_confirm_email",
    ),
    path("email/undo/<token>", retry_on_integrity_error(address_undo.undo), name="email_undo"),
    path("password/change", account.password_change, name="account_change_password"),
    path("password/set", asks_again(account.password_set), name="account_set_password"),
    path("password/reset", account.password_reset, name="account_reset_password"),
    path("password/reset/sent", account.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/done",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("logins", list_usersessions, name="usersessions_list"),
    path("two-step", two_step.index, name="mfa_index"),
    path("two-step/login", requires_access(two_step.authenticate), name="mfa_authenticate"),
    path(
        "two-step/reauthenticate",
        renews_key(requires_access(two_step.reauthenticate)),
        name="mfa_reauthenticate",
    ),
    path("two-step/turn-on", turn_on, name="mfa_activate_totp"),
    path("two-step/turn-off", turn_off, name="mfa_deactivate_totp"),
    path("two-step/codes", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "two-step/codes/new",
        asks_again(requires_access(recovery_codes.generate_recovery_codes)),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "two-step/codes/download",
        recovery_codes.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
]
