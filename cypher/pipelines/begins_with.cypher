// begins_with: the runs whose ids begin with these characters, of those whose space the principal may read.
// mode: read
// params: principal STRING, prefix STRING, now DATETIME, limit INTEGER
// returns: id STRING, deleted BOOLEAN
MATCH (r:Run) WHERE r.id STARTS WITH $prefix
MATCH (s:Space {id: r.space})
//> include fragments/access
WITH r WHERE 'read' IN actions
RETURN r.id AS id, false AS deleted
ORDER BY id LIMIT $limit
