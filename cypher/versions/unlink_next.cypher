// unlink_next: take deleted memories out of the chain of their source; their neighbours follow each other, their vectors are forgotten.
// mode: write
// params: cubes LIST<STRING>
// returns: unlinked INTEGER
// touches: nothing
UNWIND $cubes AS wanted
// One after another, each seeing what the one before left: two that followed each other may both go.
CALL (wanted) {
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
  RETURN c
}
RETURN count(c) AS unlinked
