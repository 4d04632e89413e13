// begins_with: the cubes whose ids begin with these characters, of those the principal may read.
// mode: read
// params: principal STRING, prefix STRING, now DATETIME, limit INTEGER
// returns: id STRING, deleted BOOLEAN
MATCH (c:MemCube) WHERE c.id STARTS WITH $prefix
MATCH (s:Space {id: c.space})
//> include fragments/cube_access
WITH c WHERE 'read' IN actions AND (c.expires_at > $now OR 'administer' IN actions)
RETURN c.id AS id, c.state = 'deleted' AS deleted
ORDER BY deleted, id LIMIT $limit
