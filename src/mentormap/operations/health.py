"""`/health`: whether the whole program can do its work, for people and alerts; load balancers ask operations/probes.py."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mentormap.lib import clock
from mentormap.operations import checks


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - Django's signature
    """200, or 503 with the reasons: no database, or no worker for 60 seconds."""
    findings = [checks.database()]
    if findings[0].is_ok:
        findings.append(checks.heartbeat(now=clock.now()))
    reasons = [f"{finding.name}: {finding.said}" for finding in findings if not finding.is_ok]
    if reasons:
        return JsonResponse({"status": "failing", "reasons": reasons}, status=503)
    return JsonResponse({"status": "ok"})
