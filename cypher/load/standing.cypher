// standing: which of these messages are here already, with the checksums of all their versions, the current one first.
// mode: read
// params: identities LIST<STRING>
// returns: identity STRING, id STRING, state STRING, ended BOOLEAN, by STRING?, clearance INTEGER, version INTEGER, sums LIST<STRING>
UNWIND $identities AS identity
MATCH (c:MemCube {identity: identity})
RETURN identity, c.id AS id, c.state AS state, c.expires_at <= datetime() AS ended, c.created_by AS by,
       coalesce(c.clearance, 0) AS clearance, c.version AS version, COLLECT {
         MATCH (c)-[:CURRENT]->(:MemVersion)-[:PREVIOUS*0..]->(v:MemVersion)
         RETURN coalesce(v.sha256, '') ORDER BY v.number DESC
       } AS sums
