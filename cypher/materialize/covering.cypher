// covering: payloads in service that hold these memories, those that hold most of them first; none with a source that changed, expired or went.
// mode: read
// params: principal STRING, space STRING, now DATETIME, memory_type STRING, base_model STRING, cubes LIST<STRING>
// returns: id STRING, key STRING, sha256 STRING, covered INTEGER, lines LIST<MAP>, unlearned LIST<STRING>
// shows: id, lines.id, unlearned
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, sees, forbidden WHERE 'read' IN actions
UNWIND $cubes AS wanted
MATCH (:MemCube {id: wanted})<-[held:DERIVED_FROM]-(p:Activation|Parametric)
WHERE coalesce(held.learned, true) AND p.space = s.id AND p.state = 'activated' AND p.memory_type = $memory_type AND p.base_model = $base_model
  AND p.expires_at > $now AND NOT EXISTS {
    MATCH (p)-[d:DERIVED_FROM]->(c:MemCube)
    WHERE NOT c.live OR c.version <> d.version OR c.expires_at <= $now OR c.id IN forbidden OR coalesce(c.clearance, 0) > sees
  }
WITH p, count(DISTINCT wanted) AS covered
ORDER BY covered DESC, p.created_at DESC LIMIT 1
RETURN p.id AS id, p.payload_uri AS key, p.payload_sha256 AS sha256, covered,
  COLLECT {
    MATCH (p)-[d:DERIVED_FROM]->(c:MemCube)
    RETURN {id: c.id, version: c.version, text: c.text, speaker: c.speaker, at: toString(coalesce(c.said_at, c.created_at)),
            said: c.said_at IS NOT NULL, expires_at: c.expires_at}
    ORDER BY d.position
  } AS lines,
  //> include fragments/unlearned
