// around: a cube the principal may read in its space, and what was said before and after it in its source, in order.
// mode: read
// params: principal STRING, cube STRING, steps INTEGER, now DATETIME
// returns: cube MAP, owner STRING
// shows: cube.id
CYPHER 25
MATCH (c:MemCube {id: $cube})
MATCH (s:Space {id: c.space})
//> include fragments/access
WITH c, s, sees, forbidden
WHERE 'read' IN actions AND c.expires_at > $now AND c.state <> 'deleted' AND NOT c.id IN forbidden
CALL (c) {
  MATCH path = (c)-[:NEXT*0..10]->(n:MemCube)
  WHERE length(path) <= $steps
  RETURN n, length(path) AS place
  UNION
  MATCH path = (c)<-[:NEXT*1..10]-(n:MemCube)
  WHERE length(path) <= $steps
  RETURN n, -length(path) AS place
}
WITH s, sees, forbidden, n, place, coalesce(n.clearance, 0) > sees AS redacted
WHERE n.space = s.id AND n.expires_at > $now AND n.state <> 'deleted' AND NOT n.id IN forbidden
RETURN n {
         .*, embedding: NULL, words: NULL, context: NULL, views: NULL, secrets: NULL, text: CASE WHEN redacted THEN n.views[sees] ELSE n.text END,
         fingerprint: CASE WHEN redacted THEN '' ELSE n.fingerprint END
       } AS cube, s.owner AS owner
ORDER BY place
