// known_cubes: which of these messages are stored already in the space, with which content, and whether the principal may be told more of them.
// mode: read
// params: principal STRING, now DATETIME, space STRING, identities LIST<STRING>
// returns: identity STRING, id STRING, sha256 STRING, state STRING, ended BOOLEAN, hidden BOOLEAN
CYPHER 25
MATCH (s:Space {id: $space})
//> include fragments/access
WITH sees, forbidden
UNWIND $identities AS identity
MATCH (c:MemCube {identity: identity})
RETURN identity, c.id AS id, c.original_sha256 AS sha256, c.state AS state, c.expires_at <= $now AS ended,
       c.id IN forbidden OR coalesce(c.clearance, 0) > sees AND c.created_by <> $principal AS hidden
