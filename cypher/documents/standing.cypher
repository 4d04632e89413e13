// standing: what has these identities, in a space that is locked: it stands, or was deleted, or has come to its end.
// mode: read
// params: identities LIST<STRING>, now DATETIME
// returns: identity STRING, id STRING, stands BOOLEAN, document BOOLEAN
UNWIND $identities AS identity
MATCH (c:MemCube {identity: identity})
RETURN identity, c.id AS id, c.state <> 'deleted' AND c.expires_at > $now AS stands, c.semantic_type = 'document' AS document
