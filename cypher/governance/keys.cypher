// keys: every API key, or those of one principal, without their hashes.
// mode: read
// params: principal STRING?
// returns: id STRING, principal STRING, label STRING, created_at DATETIME, revoked_at DATETIME?
MATCH (k:ApiKey)-[:OF]->(p:Principal)
WHERE $principal IS NULL OR p.id = $principal
RETURN k.id AS id, p.id AS principal, k.label AS label, k.created_at AS created_at, k.revoked_at AS revoked_at
ORDER BY created_at
