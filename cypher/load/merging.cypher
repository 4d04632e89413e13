// merging: what is needed of memories here to merge them with those of another device: the ids they travel by, and their versions.
// mode: read
// params: cubes LIST<STRING>, until DATETIME
// returns: id STRING, travels STRING, state STRING, erased BOOLEAN, document BOOLEAN, ended BOOLEAN, version INTEGER, versions LIST<MAP>
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted})
RETURN c.id AS id, coalesce(c.carried_id, c.id) AS travels, c.state AS state, c.state = 'deleted' AND c.root IS NULL AS erased,
       c.semantic_type = 'document' AS document, c.expires_at <= datetime() AS ended, c.version AS version,
       COLLECT {
         MATCH (c)-[:CURRENT]->(:MemVersion)-[:PREVIOUS*0..]->(v:MemVersion)
         WHERE v.known_from <= $until
         RETURN {
           number: v.number, sha256: coalesce(v.sha256, ''), at: coalesce(v.carried_at, v.known_from), carried: v.carried_at IS NOT NULL
         } ORDER BY v.number
       } AS versions
ORDER BY id
