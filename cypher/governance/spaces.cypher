// spaces: every space the principal has a grant on.
// mode: read
// params: principal STRING, now DATETIME, after STRING, limit INTEGER
// returns: space STRING, owner STRING, actions LIST<STRING>, cubes INTEGER, created_at DATETIME
MATCH (:Principal {id: $principal})-[g:GRANTED]->(s:Space)
WHERE (g.expires_at IS NULL OR g.expires_at > $now) AND s.id > $after
RETURN s.id AS space, s.owner AS owner, g.actions AS actions, s.cubes AS cubes, s.created_at AS created_at
ORDER BY space LIMIT $limit
