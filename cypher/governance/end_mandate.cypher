// end_mandate: a mandate is over from now on; it stays, since the log names it.
// mode: write
// params: mandate STRING, now DATETIME
// returns: mandate STRING
// touches: nothing
// governs: $mandate
MATCH (m:Mandate {id: $mandate})
WHERE m.expires_at IS NULL OR m.expires_at > $now
SET m.expires_at = $now
RETURN m.id AS mandate
