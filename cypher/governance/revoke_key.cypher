// revoke_key: an API key is refused from now on; with a principal, only if it is its own.
// mode: write
// params: id STRING, principal STRING?, now DATETIME
// returns: id STRING, principal STRING
// touches: nothing
// governs: principal
MATCH (k:ApiKey)-[:OF]->(p:Principal)
WHERE k.id = $id AND k.revoked_at IS NULL AND ($principal IS NULL OR p.id = $principal)
SET k.revoked_at = $now
RETURN k.id AS id, p.id AS principal
