// mandate: whether a mandate is in force.
// mode: read
// params: mandate STRING, now DATETIME
// returns: mandate STRING
MATCH (m:Mandate {id: $mandate})
WHERE m.expires_at IS NULL OR m.expires_at > $now
RETURN m.id AS mandate
