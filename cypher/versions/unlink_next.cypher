// unlink_next: take a deleted memory out of the chain of its source; its neighbours follow each other, its vector is forgotten.
// mode: write
// params: cubes LIST<STRING>
// returns: unlinked INTEGER
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted})
OPTIONAL MATCH (before:MemCube)-[a:NEXT]->(c)
OPTIONAL MATCH (c)-[b:NEXT]->(after:MemCube)
DELETE a, b
WITH c, before, after
CALL (before, after) {
  WITH before, after WHERE before IS NOT NULL AND after IS NOT NULL
  MERGE (before)-[:NEXT]->(after)
}
CALL (c, before) {
  MATCH (c)-[:FROM]->(s:Source {last: c.id})
  SET s.last = before.id
  REMOVE s.last_vector
}
RETURN count(c) AS unlinked
