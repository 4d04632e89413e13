// principal_of_key: whose key this is; no row when there is none or it was revoked.
// mode: read
// params: hash STRING
// returns: principal STRING, id STRING
MATCH (k:ApiKey {hash: $hash})-[:OF]->(p:Principal)
WHERE k.revoked_at IS NULL
RETURN p.id AS principal, k.id AS id
