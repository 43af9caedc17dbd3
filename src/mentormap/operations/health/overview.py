"""`/health`: the state of the whole program, for people and alerts; load balancers use operations/health/probes.py."""

from django.db import Error
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mentormap.lib import clock
from mentormap.operations.health import checks
from mentormap.operations.health.checks import Finding


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - Django's signature
    """Returns 200, or 503 with the reasons: no room on the disk, no database, or no worker for 60 seconds."""
    findings = [checks.disk(), checks.database()]
    if findings[-1].is_ok:
        findings.append(_worker())
    reasons = [f"{finding.name}: {finding.message}" for finding in findings if not finding.is_ok]
    if reasons:
        return JsonResponse({"status": "failing", "reasons": reasons}, status=503)
    return JsonResponse({"status": "ok"})


def _worker() -> Finding:
    try:
        return checks.heartbeat(now=clock.now())
    except Error as error:
        return Finding("database", is_ok=False, message=type(error).__name__)
