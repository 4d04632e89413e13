// parties: everybody who may do something in a space or is denied it, by whatever way, its owner, and who wrote in it.
// mode: read
// params: space STRING
// returns: id STRING
MATCH (s:Space {id: $space})
CALL (s) {
  MATCH (p:Principal {id: s.owner}) RETURN p
  UNION
  MATCH (p:Principal)-[:OWNS|GRANTED|DENIED]->(s) RETURN p
  UNION
  MATCH (t:Topic {space: s.id})<-[:GRANTED]-(p:Principal) WHERE t.name IS NOT NULL RETURN p
  UNION
  MATCH (c:MemCube {space: s.id}) WHERE c.created_at IS NOT NULL
  MATCH (c)<-[:GRANTED|DENIED]-(p:Principal) RETURN DISTINCT p
}
MATCH (p)<-[:HAS_ROLE|COMBINES*0..2]-(party:Principal)
RETURN DISTINCT party.id AS id
