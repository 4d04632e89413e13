// known_cubes: which of these messages are stored already, and with which content.
// mode: read
// params: identities LIST<STRING>
// returns: identity STRING, id STRING, sha256 STRING, state STRING, ended BOOLEAN, by STRING?, clearance INTEGER
UNWIND $identities AS identity
MATCH (c:MemCube {identity: identity})
RETURN identity, c.id AS id, c.original_sha256 AS sha256, c.state AS state, c.expires_at <= datetime() AS ended,
       c.created_by AS by, coalesce(c.clearance, 0) AS clearance
