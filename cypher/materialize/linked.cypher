// linked: adapters in service reached from the concepts of a question: concept, the memories that mention it, what was distilled of them.
// mode: read
// params: principal STRING, space STRING, now DATETIME, base_model STRING, concepts LIST<STRING>
// returns: id STRING, key STRING, sha256 STRING, covered INTEGER, lines LIST<MAP>, unlearned LIST<STRING>
// shows: id, lines.id, unlearned
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, sees, forbidden WHERE 'read' IN actions
UNWIND $concepts AS name
MATCH (:Concept {space: s.id, name: name})<-[:MENTIONS]-(:MemCube)<-[:DERIVED_FROM*0..1]-(c:MemCube)<-[held:DERIVED_FROM]-(p:Parametric)
WHERE coalesce(held.learned, true) AND p.space = s.id AND p.state = 'activated' AND p.base_model = $base_model AND p.expires_at > $now AND NOT EXISTS {
    MATCH (p)-[d:DERIVED_FROM]->(source:MemCube)
    WHERE NOT source.live OR source.version <> d.version OR source.expires_at <= $now OR source.id IN forbidden
      OR coalesce(source.clearance, 0) > sees
  }
WITH p, count(DISTINCT c) AS covered
ORDER BY covered DESC, p.created_at DESC LIMIT 1
RETURN p.id AS id, p.payload_uri AS key, p.payload_sha256 AS sha256, covered,
  COLLECT {
    MATCH (p)-[d:DERIVED_FROM]->(c:MemCube)
    RETURN {id: c.id, version: c.version, text: c.text, speaker: c.speaker, at: toString(coalesce(c.said_at, c.created_at)),
            said: c.said_at IS NOT NULL, expires_at: c.expires_at}
    ORDER BY d.position
  } AS lines,
  //> include fragments/unlearned
