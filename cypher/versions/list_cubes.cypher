// list_cubes: memories of a space in the order they were written, a page at a time.
// mode: read
// params: principal STRING, space STRING, now DATETIME, after STRING, level STRING?, limit INTEGER
// returns: cube MAP, owner STRING
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, forbidden WHERE 'read' IN actions
MATCH (c:MemCube {space: s.id})
WHERE c.id > $after AND c.expires_at > $now AND c.state <> 'deleted' AND NOT c.id IN forbidden AND ($level IS NULL OR c.level = $level)
RETURN c {.*, embedding: NULL, context: NULL} AS cube, s.owner AS owner
ORDER BY c.id LIMIT $limit
