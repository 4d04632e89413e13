// examples: how these memories begin, for whoever decides about a policy, as far as it may read them.
// mode: read
// params: principal STRING, cubes LIST<STRING>, now DATETIME
// returns: id STRING, text STRING, created_at DATETIME
// shows: id
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted})
MATCH (s:Space {id: c.space})
//> include fragments/access
WITH c, sees, actions, forbidden
WHERE 'read' IN actions AND NOT c.id IN forbidden
RETURN c.id AS id, left(CASE WHEN coalesce(c.clearance, 0) > sees THEN c.views[sees] ELSE c.text END, 120) AS text, c.created_at AS created_at
