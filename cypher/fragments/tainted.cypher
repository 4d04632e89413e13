// tainted: of a space that may be read, the memories that follow a forbidden one: its words stand in their context.
// needs: s, sees, forbidden, actions
// yields: s, sees, forbidden, tainted LIST<STRING>
WITH s, sees, forbidden, COLLECT {
  UNWIND forbidden AS hidden
  MATCH (:MemCube {id: hidden})-[:NEXT*1..2]->(after:MemCube)
  RETURN DISTINCT after.id
} AS tainted
WHERE 'read' IN actions
