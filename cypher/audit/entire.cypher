// entire: some events of a space's log with everything that is hashed of each, and the hash of the one before.
// mode: read
// params: space STRING, seqs LIST<INTEGER>
// returns: properties MAP, cubes LIST<MAP>, before STRING?
UNWIND $seqs AS wanted
MATCH (e:AuditEvent {space: $space, seq: wanted})
RETURN properties(e) AS properties,
       COLLECT { MATCH (e)-[on:ON]->(c:MemCube) RETURN {id: c.id, version: on.version} } AS cubes,
       head(COLLECT { MATCH (b:AuditEvent {space: $space, seq: wanted - 1}) RETURN b.hash }) AS before
