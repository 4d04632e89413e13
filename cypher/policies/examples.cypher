// examples: how these memories begin, for whoever decides about a policy, as far as it may read them.
// mode: read
// params: principal STRING, cubes LIST<STRING>, now DATETIME
// returns: id STRING, text STRING, created_at DATETIME
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted})
MATCH (s:Space {id: c.space})
//> include fragments/access
WITH c, actions, forbidden
WHERE 'read' IN actions AND NOT c.id IN forbidden
RETURN c.id AS id, left(c.text, 120) AS text, c.created_at AS created_at
