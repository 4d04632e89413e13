// redact_log: entries of a space's log give up a reason or a detail that names somebody; who did what, and when, stays. The caller records which.
// mode: write
// params: space STRING, named STRING
// returns: seq INTEGER
// touches: nothing
MATCH (e:AuditEvent {space: $space})
WHERE e.seq >= 0 AND (
  normalize(coalesce(e.reason, '')) =~ $named
  // To whom a right was given or denied is whom an account belongs to, and stays.
  OR (NOT e.action IN ['grant', 'revoke', 'deny', 'allow'] AND normalize(coalesce(e.detail, '')) =~ $named)
)
REMOVE e.reason, e.detail, e.salt
RETURN e.seq AS seq
ORDER BY seq
