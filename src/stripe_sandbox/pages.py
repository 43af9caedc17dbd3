"""The hosted pages: paying, 3-D Secure, and what a session looks like once it is over."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader
from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect

from stripe_sandbox import cards, currencies, entry, paying
from stripe_sandbox.clock import Clock
from stripe_sandbox.debits import DEBITS, Debit
from stripe_sandbox.entry import PaymentForm
from stripe_sandbox.store import Store
from stripe_sandbox.unit_of_work import Json, UnitOfWork

PLACEHOLDER = "{CHECKOUT_SESSION_ID}"
NOT_OFFERED = "This way to pay is not offered here. Choose another one."
LATEST = 20
METHODS = ["GET", "POST"]
ROUTES = Map(
    [
        Rule("/", methods=["GET"], endpoint="latest"),
        Rule("/c/pay/<session_id>", methods=METHODS, endpoint="pay"),
        Rule("/c/debit/<session_id>", methods=["POST"], endpoint="debit"),
        Rule("/c/3ds/<session_id>", methods=METHODS, endpoint="authenticate"),
        Rule("/c/settle/<session_id>", methods=["POST"], endpoint="settle"),
    ]
)


@dataclass(frozen=True)
class Scene:
    """One session on a page."""

    work: UnitOfWork
    session: Json
    request: Request

    @property
    def debit(self) -> Debit | None:
        debit = DEBITS.get(self.session["currency"])
        return debit if debit and debit.method in self.session["payment_method_types"] else None

    @property
    def success_url(self) -> str:
        return str(self.session["success_url"]).replace(PLACEHOLDER, self.session["id"])


class Pages:
    def __init__(self, store: Store, clock: Clock, *, public_url: str) -> None:
        self._store, self._clock, self._public_url = store, clock, public_url
        self._templates = Environment(
            loader=PackageLoader("stripe_sandbox"), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        self._templates.filters["plain_amount"] = currencies.plain

    def answer(self, request: Request) -> Response:
        try:
            endpoint, arguments = ROUTES.bind_to_environ(request.environ).match()
        except HTTPException:
            return self._page("missing.html", status=404)
        with self._store.transaction() as rows:
            work = UnitOfWork(rows, self._clock.now())
            if endpoint == "latest":
                return self._latest(work)
            session = work.find(arguments["session_id"], "checkout.session")
            if session is None:
                return self._page("missing.html", status=404)
            scene = Scene(work, session, request)
            return self._answers[endpoint](self, scene)

    def _latest(self, work: UnitOfWork) -> Response:
        """Where a person finds a debit that is under way."""
        sessions = work.select("kind = 'checkout.session'", (), newest_first=True, most=LATEST)
        return self._page("latest.html", sessions=sessions)

    def _pay(self, scene: Scene) -> Response:
        if scene.session["status"] != "open":
            return self._over(scene)
        if scene.request.method == "POST":
            return self._pay_by_card(scene)
        message = paying.last_error(scene.work, scene.session)
        return self._form(scene, _empty_form(scene), message=message)

    def _pay_by_card(self, scene: Scene) -> Response:
        if "card" not in scene.session["payment_method_types"]:
            return self._form(scene, _empty_form(scene), message=NOT_OFFERED)
        form = entry.read_card(scene.request.form, now=scene.work.now)
        if form.errors:
            return self._form(scene, form)
        page_url = f"{self._public_url}/c/3ds/{scene.session['id']}"
        outcome = paying.pay_by_card(scene.work, scene.session, form.payer, form.card(), page_url=page_url)
        if outcome == "declined":
            message = paying.last_error(scene.work, scene.session)
            return self._form(scene, form, message=message)
        return redirect(page_url if outcome == "authenticate" else scene.success_url, 303)

    def _debit(self, scene: Scene) -> Response:
        debit = scene.debit
        if scene.session["status"] != "open":
            return self._over(scene)
        if debit is None:
            return self._form(scene, _empty_form(scene), message=NOT_OFFERED)
        form = entry.read_debit(scene.request.form, debit)
        if form.errors:
            return self._form(scene, form, by_debit=True)
        paying.pay_by_debit(scene.work, scene.session, form.payer, debit, form.values["account"])
        return redirect(scene.success_url, 303)

    def _authenticate(self, scene: Scene) -> Response:
        if scene.session["status"] != "open":
            return self._over(scene)
        if not paying.is_waiting(scene.work, scene.session):
            return redirect(scene.session["url"], 303)
        if scene.request.method == "GET":
            return self._page("authenticate.html", scene=scene, session=scene.session)
        passed = scene.request.form.get("answer") == "complete"
        outcome = paying.authenticate(scene.work, scene.session, passed=passed)
        return redirect(scene.success_url if outcome == "complete" else scene.session["url"], 303)

    def _settle(self, scene: Scene) -> Response:
        if paying.is_settling(scene.work, scene.session):
            succeeds = scene.request.form.get("answer") == "succeed"
            paying.settle(scene.work, scene.session["id"], succeeds=succeeds)
        return redirect(f"/c/pay/{scene.session['id']}", 303)

    def _over(self, scene: Scene) -> Response:
        return self._page(
            "over.html",
            scene=scene,
            session=scene.session,
            settling=paying.is_settling(scene.work, scene.session),
            success_url=scene.success_url,
        )

    def _form(
        self,
        scene: Scene,
        form: PaymentForm,
        *,
        message: str | None = None,
        by_debit: bool = False,
    ) -> Response:
        return self._page(
            "checkout.html",
            scene=scene,
            session=scene.session,
            items=scene.work.internal(scene.session["id"])["line_items"],
            values=form.values,
            errors=form.errors,
            message=message,
            by_debit=by_debit,
            debit=scene.debit,
            groups=cards.GROUPS,
        )

    def _page(
        self, template: str, *, status: int = 200, scene: Scene | None = None, **facts: object
    ) -> Response:
        html = self._templates.get_template(template).render(**facts)
        response = Response(html, status=status, mimetype="text/html")
        response.headers["Content-Security-Policy"] = _policy(scene)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    _answers = {"pay": _pay, "debit": _debit, "authenticate": _authenticate, "settle": _settle}


def _empty_form(scene: Scene) -> PaymentForm:
    return PaymentForm({"email": scene.session["customer_email"] or ""})


def _policy(scene: Scene | None) -> str:
    """`form-action` names the shop too: browsers hold it against the redirect after the form."""
    targets = ["'self'"]
    if scene is not None:
        shop = urlsplit(scene.session["success_url"])
        targets.append(f"{shop.scheme}://{shop.netloc}")
    return (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action {' '.join(targets)}"
    )
