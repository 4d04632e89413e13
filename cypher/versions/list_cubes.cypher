// list_cubes: memories of a space in the order they were written, a page at a time; as of a moment, what was known then.
// mode: read
// params: principal STRING, space STRING, now DATETIME, after STRING, as_of DATETIME?, level STRING?, limit INTEGER
// returns: cube MAP, past MAP, owner STRING
CYPHER 25
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, forbidden WHERE 'read' IN actions
MATCH (c:MemCube {space: s.id})
WHERE c.id > $after AND c.expires_at > $now AND c.state <> 'deleted' AND NOT c.id IN forbidden
  AND ($level IS NULL OR c.level = $level) AND ($as_of IS NULL OR c.created_at <= $as_of)
WITH c, s ORDER BY c.id LIMIT $limit
OPTIONAL CALL (c) {
  WITH c WHERE $as_of IS NOT NULL
  MATCH (c)-[:CURRENT]->(:MemVersion)-[:PREVIOUS*0..]->(v:MemVersion)
  WHERE v.known_from <= $as_of AND (v.known_to IS NULL OR v.known_to > $as_of)
  OPTIONAL MATCH (c)-[:WAS]->(then:PastState)
  WHERE then.known_from <= $as_of AND then.known_to > $as_of
  RETURN CASE WHEN then IS NULL THEN {text: v.text, version: v.number}
              ELSE then {.state, .valid_from, .valid_to, .fingerprint, .updated_at, text: v.text, version: v.number} END AS past
}
RETURN c {.*, embedding: NULL, context: NULL} AS cube, coalesce(past, {}) AS past, s.owner AS owner
ORDER BY c.id
