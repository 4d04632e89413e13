// create_principal: a principal, made when it is not there yet.
// mode: write
// params: principal STRING, kind STRING, now DATETIME
// returns: principal STRING, created BOOLEAN
// touches: nothing
// governs: $principal
MERGE (p:Principal {id: $principal})
ON CREATE SET p.kind = $kind, p.created_at = $now
RETURN p.id AS principal, p.created_at = $now AS created
