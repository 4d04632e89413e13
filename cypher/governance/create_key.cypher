// create_key: store the hash of a new API key of a principal.
// mode: write
// params: principal STRING, id STRING, hash STRING, label STRING, now DATETIME
// returns: id STRING
// touches: nothing
// governs: $principal
MERGE (p:Principal {id: $principal})
ON CREATE SET p.kind = 'user', p.created_at = $now
CREATE (k:ApiKey {id: $id, hash: $hash, label: $label, created_at: $now})-[:OF]->(p)
RETURN k.id AS id
