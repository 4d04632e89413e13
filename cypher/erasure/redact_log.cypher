// redact_log: entries of a space's log give up a reason or a detail that names somebody; who did what, and when, stays.
// mode: write
// params: space STRING, named STRING, receipt STRING
// returns: redacted INTEGER
MATCH (e:AuditEvent {space: $space})
WHERE e.seq >= 0 AND NOT e.action IN ['grant', 'revoke']
  AND (normalize(coalesce(e.reason, '')) =~ $named OR normalize(coalesce(e.detail, '')) =~ $named)
SET e.reason = CASE WHEN normalize(coalesce(e.reason, '')) =~ $named THEN NULL ELSE e.reason END,
    e.detail = CASE WHEN normalize(coalesce(e.detail, '')) =~ $named THEN NULL ELSE e.detail END,
    e.redacted_by = $receipt
RETURN count(e) AS redacted
