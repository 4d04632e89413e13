// list: runs of a space, newest first, those before the id of a page already seen.
// mode: read
// params: space STRING, principal STRING, now DATETIME, before STRING, limit INTEGER
// returns: run MAP
MATCH (:Principal {id: $principal})-[g:GRANTED]->(s:Space {id: $space})
WHERE 'read' IN g.actions AND (g.expires_at IS NULL OR g.expires_at > $now)
MATCH (r:Run {space: s.id})
WHERE r.id < $before
RETURN r {.*, sealed: NULL} AS run
ORDER BY r.id DESC LIMIT $limit
