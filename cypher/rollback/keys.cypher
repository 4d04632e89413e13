// keys: API keys that were revoked, and are in force again, are refused from now on.
// mode: write
// params: keys LIST<STRING>, now DATETIME
// returns: name STRING, principal STRING
// touches: nothing
// governs: principal
UNWIND $keys AS wanted
MATCH (k:ApiKey {id: wanted})-[:OF]->(p:Principal)
WHERE k.revoked_at IS NULL
SET k.revoked_at = $now
RETURN k.id AS name, p.id AS principal
