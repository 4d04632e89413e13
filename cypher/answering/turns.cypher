// turns: the memories a search found as they were said, each with the turns around it in its source, as the principal may read them.
// mode: read
// params: principal STRING, space STRING, now DATETIME, cubes LIST<STRING>
// returns: found STRING, place INTEGER, id STRING, version INTEGER, text STRING, speaker STRING?, source STRING?, at STRING, said BOOLEAN, ended LIST<STRING>
// shows: id
CYPHER 25
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, sees, forbidden WHERE 'read' IN actions
UNWIND $cubes AS wanted
MATCH (w:MemCube {id: wanted}) WHERE w.space = s.id
CALL (w) {
  RETURN w AS c, 0 AS place
  UNION
  MATCH (c:MemCube)-[:NEXT]->(w)
  RETURN c, -1 AS place
  UNION
  MATCH (w)-[:NEXT]->(c:MemCube)
  RETURN c, 1 AS place
}
WITH w, c, place, sees, forbidden
WHERE NOT c.id IN forbidden AND c.live AND c.expires_at > $now AND coalesce(c.valid_to > $now, true)
RETURN w.id AS found, place, c.id AS id, c.version AS version,
       CASE WHEN coalesce(c.clearance, 0) > sees THEN c.views[sees] ELSE c.text END AS text,
       c.speaker AS speaker, c.source AS source, toString(coalesce(c.said_at, c.created_at)) AS at, c.said_at IS NOT NULL AS said,
       COLLECT {
         MATCH (c)<-[:DERIVED_FROM {transform: 'extracted'}]-(f:MemCube)
         WHERE f.live AND f.valid_to <= $now
         RETURN f.text
       } AS ended
