// log: events of a space, newest first; a reader without 'administer' sees only its own acts.
// mode: read
// params: principal STRING, space STRING, now DATETIME, actor STRING?, action STRING?, cube STRING?, request_id STRING?, since DATETIME, until DATETIME, before INTEGER, after INTEGER, limit INTEGER
// returns: id STRING, seq INTEGER, at DATETIME, action STRING, principal STRING, request_id STRING, reason STRING?, detail STRING?, count INTEGER, cubes LIST<MAP>
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, actions, forbidden WHERE 'read' IN actions
MATCH (e:AuditEvent {space: s.id})
WHERE e.seq < $before AND e.seq > $after AND e.at >= $since AND e.at < $until
  AND ('administer' IN actions OR e.principal = $principal)
  AND ($actor IS NULL OR e.principal = $actor)
  AND ($action IS NULL OR e.action = $action)
  AND ($request_id IS NULL OR e.request_id = $request_id)
  AND ($cube IS NULL OR NOT $cube IN forbidden AND EXISTS { (e)-[:ON]->(:MemCube {id: $cube}) })
WITH e, forbidden ORDER BY e.seq DESC LIMIT $limit
// Why somebody else changed a memory may tell what is in it.
WITH e, forbidden, e.principal <> $principal AND EXISTS { MATCH (e)-[:ON]->(c:MemCube) WHERE c.id IN forbidden } AS hidden
RETURN e.id AS id, e.seq AS seq, e.at AS at, e.action AS action, e.principal AS principal, e.request_id AS request_id,
       CASE WHEN NOT hidden THEN e.reason END AS reason, CASE WHEN NOT hidden THEN e.detail END AS detail, e.count AS count,
       COLLECT { MATCH (e)-[on:ON]->(c:MemCube) WHERE NOT c.id IN forbidden RETURN {id: c.id, version: on.version} } AS cubes
ORDER BY seq DESC
