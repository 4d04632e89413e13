// acts: what was done to memories of a selection, as far as the principal may read the log; acts that passed them on are left out.
// mode: read
// params: principal STRING, space STRING, now DATETIME, cubes LIST<STRING>
// returns: cube STRING, at DATETIME, action STRING, by STRING, version INTEGER?, reason STRING?
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, actions, forbidden WHERE 'read' IN actions
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted}) WHERE c.space = s.id AND NOT wanted IN forbidden
MATCH (e:AuditEvent)-[on:ON]->(c)
WHERE e.space = s.id AND ('administer' IN actions OR e.principal = $principal) AND NOT e.action IN ['dump', 'export']
WITH c, e, on, forbidden, e.principal <> $principal AND EXISTS { MATCH (e)-[:ON]->(other:MemCube) WHERE other.id IN forbidden } AS hidden
RETURN coalesce(c.carried_id, c.id) AS cube, e.at AS at, e.action AS action, e.principal AS by, on.version AS version,
       CASE WHEN NOT hidden THEN e.reason END AS reason
ORDER BY c.id, e.seq
