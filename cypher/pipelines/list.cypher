// list: runs of a space, newest first, those before the id of a page already seen.
// mode: read
// params: space STRING, principal STRING, now DATETIME, before STRING, limit INTEGER
// returns: run MAP
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s WHERE 'read' IN actions
MATCH (r:Run {space: s.id})
WHERE r.id < $before
RETURN r {.*, sealed: NULL} AS run
ORDER BY r.id DESC LIMIT $limit
