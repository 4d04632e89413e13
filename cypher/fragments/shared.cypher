// shared: the memories that the principal may read by grants on them alone or on their topics.
// params: principal STRING, now DATETIME
// needs: nothing
// yields: c, s, sees INTEGER
CALL () {
  //> include fragments/acting
  MATCH (me)-[:COMBINES*0..1]->()-[:HAS_ROLE*0..1]->()-[:GRANTED]->(c:MemCube)
  RETURN c
  UNION
  //> include fragments/acting
  MATCH (me)-[:COMBINES*0..1]->()-[:HAS_ROLE*0..1]->()-[:GRANTED]->(:Topic)<-[:WITHIN]-(:Concept)<-[:MENTIONS]-(c:MemCube)
  WHERE c.level = 'whole' // which says what its facts say
  RETURN c
}
WITH c WHERE c.live AND c.expires_at > $now AND c.memory_type = 'plaintext'
MATCH (s:Space {id: c.space})
//> include fragments/cube_access
WITH c, s, sees WHERE 'read' IN actions
