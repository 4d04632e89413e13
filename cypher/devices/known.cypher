// known: memories of a space by the ids they travel by, with what another device may change of them; of two with one id, the one that came from there is last.
// mode: read
// params: space STRING, ids LIST<STRING>
// returns: wanted STRING, id STRING, state STRING, erased BOOLEAN, by STRING?, clearance INTEGER, type STRING, source STRING?, tags LIST<STRING>?, priority INTEGER?, half_life_days FLOAT?, expires_set DATETIME?, indexed LIST<STRING>?, ttl_minutes FLOAT?, in_step STRING?, changed_at DATETIME
UNWIND $ids AS wanted
CALL (wanted) {
  MATCH (c:MemCube {space: $space, carried_id: wanted})
  RETURN c
  UNION
  MATCH (c:MemCube {id: wanted}) WHERE c.space = $space AND c.carried_id IS NULL
  RETURN c
}
WITH wanted, c WHERE c.level = 'whole' AND c:Plaintext
RETURN wanted, c.id AS id, c.state AS state, c.state = 'deleted' AND c.root IS NULL AS erased, c.created_by AS by, coalesce(c.clearance, 0) AS clearance,
       c.semantic_type AS type, c.source AS source, c.tags AS tags, c.priority AS priority, c.half_life_set AS half_life_days,
       c.expires_set AS expires_set, c.indexed AS indexed, c.ttl_minutes AS ttl_minutes, c.in_step AS in_step, coalesce(c.changed_at, c.created_at) AS changed_at
ORDER BY c.carried_id IS NOT NULL
