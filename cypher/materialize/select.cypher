// select: what the memories of a selection say, one line each, as the principal may read them, in canonical order.
// mode: read
// params: principal STRING, space STRING, now DATETIME, everything BOOLEAN, cubes LIST<STRING>, sources LIST<STRING>, concepts LIST<STRING>, topics LIST<STRING>, limit INTEGER
// returns: id STRING, version INTEGER, text STRING, speaker STRING?, at STRING, said BOOLEAN, expires_at DATETIME
// shows: id
CYPHER 25
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, sees, forbidden WHERE 'read' IN actions
CALL (s) {
  WITH s WHERE $everything
  MATCH (w:MemCube {space: s.id}) WHERE w.created_at IS NOT NULL
  RETURN w, false AS named
  UNION
  UNWIND $cubes AS wanted
  MATCH (w:MemCube {id: wanted}) WHERE w.space = s.id
  RETURN w, true AS named
  UNION
  UNWIND $sources AS wanted
  MATCH (:Source {space: s.id, id: wanted})<-[:PART_OF*0..2]-(:Source)<-[:FROM]-(w:MemCube)
  RETURN w, false AS named
  UNION
  UNWIND $concepts AS name
  MATCH (:Concept {space: s.id, name: name})<-[:MENTIONS]-(w:MemCube)
  RETURN w, false AS named
  UNION
  UNWIND $topics AS name
  MATCH (:Topic {space: s.id, name: name})<-[:WITHIN]-(:Concept)<-[:MENTIONS]-(w:MemCube)
  RETURN w, false AS named
}
CALL (w, named) {
  // Its facts speak for a memory; one without facts speaks for itself where it was named, or stands in a document.
  MATCH (w)<-[:DERIVED_FROM {transform: 'extracted'}]-(c:MemCube)
  WHERE c.live
  RETURN c
  UNION
  WITH w AS c, named
  WHERE (named OR c.level = 'fact' OR c.semantic_type <> 'message')
    AND NOT EXISTS { MATCH (c)<-[:DERIVED_FROM {transform: 'extracted'}]-(f:MemCube) WHERE f.live }
  RETURN c
}
WITH DISTINCT c, sees, forbidden
// What it does not see whole can't be made into a payload, which hides nothing.
WHERE coalesce(c.clearance, 0) <= sees AND NOT c.id IN forbidden AND c:Plaintext AND c.live AND c.expires_at > $now AND coalesce(c.valid_to > $now, true)
RETURN c.id AS id, c.version AS version, c.text AS text, c.speaker AS speaker,
       toString(coalesce(c.said_at, c.created_at)) AS at, c.said_at IS NOT NULL AS said, c.expires_at AS expires_at
ORDER BY coalesce(c.said_at, c.created_at), c.id LIMIT $limit
