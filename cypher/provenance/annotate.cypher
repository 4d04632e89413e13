// annotate: note, as a person says it, that a memory came from another one that the principal may read; nothing but lineage follows it. No row without such an origin.
// mode: write
// params: principal STRING, cube STRING, origin STRING, transform STRING, now DATETIME
// returns: space STRING
// touches: $cube
MATCH (c:MemCube {id: $origin})
WHERE c.state <> 'deleted' AND c.expires_at > $now
MATCH (s:Space {id: c.space})
//> include fragments/cube_access
WITH c AS origin, s WHERE 'read' IN actions
MATCH (made:MemCube {id: $cube})
MERGE (made)-[d:ANNOTATED_FROM {transform: $transform}]->(origin)
ON CREATE SET d.at = $now, d.by = $principal
RETURN s.id AS space
