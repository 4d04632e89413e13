// topic: a topic that the principal may know of; who is kept from nothing knows all. With the memories that are about it now.
// mode: read
// params: principal STRING, space STRING, topic STRING, now DATETIME
// returns: cubes LIST<STRING>
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, forbidden WHERE 'read' IN actions
MATCH (t:Topic {space: s.id, name: $topic})
// It is named after the concept that founded it, perhaps by a memory that may not be read.
WHERE size(forbidden) = 0 OR EXISTS {
  MATCH (:Concept {space: s.id, name: t.name})<-[:MENTIONS]-(m:MemCube)
  WHERE NOT m.id IN forbidden
}
RETURN COLLECT {
  MATCH (t)<-[:WITHIN]-(:Concept)<-[:MENTIONS]-(c:MemCube) WHERE c.live
  RETURN DISTINCT c.id ORDER BY c.id
} AS cubes
