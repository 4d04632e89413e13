// list_cubes: memories of a space in the order they were written, a page at a time.
// mode: read
// params: principal STRING, space STRING, now DATETIME, after STRING, level STRING?, limit INTEGER
// returns: cube MAP, owner STRING
MATCH (:Principal {id: $principal})-[g:GRANTED]->(s:Space {id: $space})
WHERE 'read' IN g.actions AND (g.expires_at IS NULL OR g.expires_at > $now)
MATCH (c:MemCube {space: s.id})
WHERE c.id > $after AND c.expires_at > $now AND c.state <> 'deleted' AND ($level IS NULL OR c.level = $level)
RETURN c {.*, embedding: NULL, context: NULL} AS cube, s.owner AS owner
ORDER BY c.id LIMIT $limit
