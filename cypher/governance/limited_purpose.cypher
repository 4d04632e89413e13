// limited_purpose: a mandate that somebody gave itself for a purpose, where it is over or for some acts only.
// mode: read
// params: mandate STRING
// returns: mandate STRING
MATCH (m:Mandate {id: $mandate})
WHERE m.expires_at IS NOT NULL OR m.actions IS NOT NULL
RETURN m.id AS mandate
