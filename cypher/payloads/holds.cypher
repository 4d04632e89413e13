// holds: whether a place is known to keep payloads of a space.
// mode: read
// params: holder STRING, space STRING
// returns: since DATETIME
MATCH (h:Holder {id: $holder})-[r:HOLDS]->(:Space {id: $space})
WHERE h.ended_at IS NULL
RETURN r.at AS since
