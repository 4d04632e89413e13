// events: a stretch of a space's log with everything that is hashed of each event, in order.
// mode: read
// params: space STRING, after INTEGER, limit INTEGER
// returns: properties MAP, cubes LIST<MAP>, by LIST<STRING>, after LIST<INTEGER>
MATCH (e:AuditEvent {space: $space})
WHERE e.seq > $after
WITH e ORDER BY e.seq LIMIT $limit
RETURN properties(e) AS properties,
       COLLECT { MATCH (e)-[on:ON]->(c:MemCube) RETURN {id: c.id, version: on.version} } AS cubes,
       COLLECT { MATCH (e)-[:BY]->(p:Principal) RETURN p.id } AS by,
       COLLECT { MATCH (e)-[:AFTER]->(before:AuditEvent) WHERE before.space = e.space RETURN before.seq } AS after
ORDER BY properties.seq
