// accepting: a memory as it stands, with all its versions, and whether it was erased once: for an operator who says that it was changed on purpose.
// mode: read
// params: cube STRING
// returns: space STRING?, state STRING?, text STRING?, erased BOOLEAN, versions LIST<MAP>
MATCH (c:MemCube {id: $cube})
RETURN c.space AS space, c.state AS state, c.text AS text,
       EXISTS { MATCH (c)<-[:ON]-(e:AuditEvent) WHERE c.id IN e.erased } AS erased,
       COLLECT {
         MATCH (v:MemVersion {cube: c.id})
         WHERE v.number >= 1
         RETURN {
           number: v.number, text: v.text, sha256: v.sha256, known_from: v.known_from, by: v.by, reason: v.reason,
           rollback_of: v.rollback_of, current: EXISTS { (c)-[:CURRENT]->(v) }
         }
         ORDER BY v.number
       } AS versions
