// list_cubes: memories of a space in the order they were written, a page at a time; as of a moment, what was known then.
// mode: read
// params: principal STRING, space STRING, now DATETIME, after STRING, as_of DATETIME?, level STRING?, limit INTEGER
// returns: cube MAP, past MAP, owner STRING
// shows: cube.id
CYPHER 25
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, sees, forbidden WHERE 'read' IN actions
MATCH (c:MemCube {space: s.id})
WHERE c.id > $after AND c.expires_at > $now AND c.state <> 'deleted' AND NOT c.id IN forbidden
  AND ($level IS NULL OR c.level = $level) AND ($as_of IS NULL OR c.created_at <= $as_of)
WITH c, s, sees ORDER BY c.id LIMIT $limit
OPTIONAL CALL (c, sees) {
  WITH c WHERE $as_of IS NOT NULL
  MATCH (c)-[:CURRENT]->(:MemVersion)-[:PREVIOUS*0..]->(v:MemVersion)
  WHERE v.known_from <= $as_of AND (v.known_to IS NULL OR v.known_to > $as_of)
  OPTIONAL MATCH (c)-[:WAS]->(then:PastState)
  WHERE then.known_from <= $as_of AND then.known_to > $as_of
  WITH v, then, CASE WHEN coalesce(v.clearance, 0) > sees THEN v.views[sees] ELSE v.text END AS text,
       CASE WHEN coalesce(v.clearance, 0) > sees THEN '' ELSE then.fingerprint END AS fingerprint
  RETURN CASE WHEN then IS NULL THEN {text: text, version: v.number}
              ELSE then {.state, .valid_from, .valid_to, .updated_at, fingerprint: fingerprint, text: text, version: v.number} END AS past
}
WITH c, s, past, sees, coalesce(c.clearance, 0) > sees AS redacted
RETURN c {
         .*, embedding: NULL, words: NULL, context: NULL, views: NULL, secrets: NULL, text: CASE WHEN redacted THEN c.views[sees] ELSE c.text END,
         fingerprint: CASE WHEN redacted THEN '' ELSE c.fingerprint END
       } AS cube, coalesce(past, {}) AS past, s.owner AS owner
ORDER BY c.id
