// known: memories of a space by the ids they have in bundles: those that came in one, and those that left in one.
// mode: read
// params: space STRING, ids LIST<STRING>
// returns: wanted STRING, id STRING, state STRING, carried BOOLEAN, by STRING?, clearance INTEGER
UNWIND $ids AS wanted
CALL (wanted) {
  MATCH (c:MemCube {space: $space, carried_id: wanted})
  RETURN c
  UNION
  MATCH (c:MemCube {id: wanted}) WHERE c.space = $space
  RETURN c
}
RETURN wanted, c.id AS id, c.state AS state, c.carried_id IS NOT NULL AS carried, c.created_by AS by, coalesce(c.clearance, 0) AS clearance
ORDER BY carried
