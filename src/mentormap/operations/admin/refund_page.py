"""The page that gives money back: how much and why, then what will happen, then it happens."""

from collections.abc import Iterator
from decimal import Decimal

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext, gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from mentormap.bookings import operator_refunds
from mentormap.bookings.models import Session
from mentormap.bookings.operator_refunds import RefundedMeanwhile, RefundOutOfRange
from mentormap.lib import clock
from mentormap.lib.money import Money, NotAnAmount, format_money
from mentormap.lib.numbers import parse_id
from mentormap.lib.when import format_when
from mentormap.operations.admin.base import Table, operator
from mentormap.payments import refunds
from mentormap.payments.models import Payment


class RefundForm(forms.Form):
    """At most `left`, in its currency."""

    amount = forms.DecimalField(widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}))
    reason = forms.CharField(
        max_length=300,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=gettext_lazy("For operators alone; it stays with the payment."),
    )

    def __init__(self, data: QueryDict | None, *, left: Money) -> None:
        super().__init__(data, initial={"amount": left.major})
        self.left = left
        self.fields["amount"].label = gettext("Amount in %(currency)s") % {"currency": left.currency}
        self.fields["amount"].help_text = gettext("At most %(left)s.") % {
            "left": format_money(left, locale="en")
        }

    def clean_amount(self) -> Money:
        major: Decimal = self.cleaned_data["amount"]
        try:
            amount = Money.from_major(major, self.left.currency)
            operator_refunds.check(amount, self.left)
        except NotAnAmount as error:
            raise forms.ValidationError(str(error)) from error
        except RefundOutOfRange as error:
            raise forms.ValidationError(error.sentence) from error
        return amount


def refund_page(table: Table, request: HttpRequest, number: int) -> HttpResponse:
    """A GET asks how much, a POST says what will happen, and a confirmed POST does it."""
    if not table.has_view_permission(request):
        return HttpResponse(status=403)
    session = get_object_or_404(Session.objects.with_people(), payment_id=number)
    left = refunds.left_to_give(session.payment)
    form = RefundForm(request.POST if request.method == "POST" else None, left=left)
    if not form.is_valid():
        return _page(table, request, session, form, consequences=[])
    amount, reason = form.cleaned_data["amount"], form.cleaned_data["reason"]
    if request.POST.get("confirmed") == "yes":
        return _give(table, request, session, amount, reason)
    return _page(table, request, session, form, consequences=list(consequences(session, amount, left)))


def _page(
    table: Table, request: HttpRequest, session: Session, form: RefundForm, *, consequences: list[str]
) -> HttpResponse:
    context = {
        **table.admin_site.each_context(request),
        "title": gettext("Refund payment %(payment_id)s") % {"payment_id": session.payment_id},
        "opts": table.opts,
        "form": form,
        "session": session,
        "left": format_money(form.left, locale="en") if form.left else "",
        "consequences": consequences,
    }
    return TemplateResponse(request, "operations/refund.html", context)


def _give(table: Table, request: HttpRequest, session: Session, amount: Money, reason: str) -> HttpResponse:
    """Refunds. Other operators, or the first of a double-click, may have left less."""
    seen = _seen(request, amount.currency)
    try:
        operator_refunds.refund(
            session, amount, reason=reason, by=operator(request), now=clock.now(), seen=seen
        )
    except (RefundOutOfRange, RefundedMeanwhile) as refusal:
        table.message_user(request, refusal.sentence, messages.ERROR)
    else:
        message = gettext("%(amount)s is on its way back to %(student)s.") % {
            "amount": format_money(amount, locale="en"),
            "student": session.student,
        }
        table.message_user(request, message, messages.SUCCESS)
    return redirect(f"{table.admin_site.name}:payments_payment_change", session.payment_id)


def _seen(request: HttpRequest, currency: str) -> Money | None:
    """Returns the amount left by the page that was confirmed."""
    left = parse_id(request.POST.get("left", ""))
    return None if left is None else Money(left, currency)


def consequences(session: Session, amount: Money, left: Money) -> Iterator[str]:
    """Yields what will happen, a sentence each."""
    payment, student = session.payment, session.student
    given = format_money(amount, locale="en")
    if payment.source == Payment.Source.RECORDED:
        yield gettext(
            "%(given)s is noted as given back. It was not paid by Stripe: hand it to %(student)s yourself, and say so."
        ) % {"given": given, "student": student}
    else:
        yield gettext(
            "%(given)s goes back to %(student)s <%(email)s>, by the way it was paid, and %(student)s gets a mail."
        ) % {"given": given, "student": student, "email": student.email}
        yield gettext("Stripe does not return its fee.")
    if payment.disputes.blocking().exists():
        yield gettext(
            "A dispute is open: the bank holds the money, so the refund waits until it has decided."
        )
    title, starts = f"“{session.title}”", format_when(session.scheduled_at, "UTC", "en")
    if operator_refunds.ends(session, amount, left):
        yield gettext(
            "That is all of it, so %(title)s on %(starts)s is cancelled. Its time is free again, and both get a mail."
        ) % {"title": title, "starts": starts}
    else:
        yield gettext("%(title)s on %(starts)s stays %(status)s. %(rest)s of the payment stays.") % {
            "title": title,
            "starts": starts,
            "status": session.status,
            "rest": format_money(left - amount, locale="en"),
        }
