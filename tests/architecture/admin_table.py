"""The table of the admin: what a GET of each of its routes answers to visitor, stranger, student, mentor, operator."""

from mentormap.operations.admin import site

PAGES: dict[str, tuple[str, str]] = {
    "admin/": ("/admin/", "login login login login 200"),
    "admin/login/": ("/admin/login/", "login 403 403 403 302"),
    "admin/logout/": ("/admin/logout/", "302 302 302 302 302"),
    "admin/password_change/": ("/admin/password_change/", "login login login login 302"),
    "admin/password_change/done/": ("/admin/password_change/done/", "login login login login 200"),
    "admin/search/": ("/admin/search/?s=sam", "login login login login 200"),
    "admin/autocomplete/": ("/admin/autocomplete/", "login login login login 403"),
    "admin/jsi18n/": ("/admin/jsi18n/", "login login login login 200"),
    "admin/r/<path:content_type_id>/<path:object_id>/": ("/admin/r/1/1/", "login login login login 404"),
    "admin/^(?P<app_label>payments|admin|notifications|bookings|accounts|mentors)/$": (
        "/admin/payments/",
        "login login login login 200",
    ),
    "admin/(?P<url>.*)$": ("/admin/nowhere", "login login login login 404"),
    "admin/payments/payment/<int:number>/refund/": (
        "/admin/payments/payment/{payment}/refund/",
        "login login login login 200",
    ),
}
OF_A_TABLE = {
    "": "login login login login 200",
    "add/": "login login login login 403",
    "<path:object_id>/": "login login login login 302",
    "<path:object_id>/change/": "login login login login 200",
    "<path:object_id>/delete/": "login login login login 403",
    "<path:object_id>/history/": "login login login login 200",
}
"""What Django serves for each model, whether the operator's pages lead there or not."""


def admin_gets() -> dict[str, tuple[str, str]]:
    """A row for each route: the pages above, and for each model that is registered its own, with the number of its first row."""
    rows = dict(PAGES)
    for model in site._registry:
        place = f"admin/{model._meta.app_label}/{model._meta.model_name}/"
        number = model._default_manager.order_by("pk").values_list("pk", flat=True).first()
        for route, words in OF_A_TABLE.items():
            path = route.replace("<path:object_id>", str(number))
            rows[place + route] = (f"/{place}{path}", words)
    return rows
