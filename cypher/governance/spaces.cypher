// spaces: every space the principal may read.
// mode: read
// params: principal STRING, now DATETIME, after STRING, limit INTEGER
// returns: space STRING, owner STRING, actions LIST<STRING>, cubes INTEGER, created_at DATETIME
//> include fragments/acting
MATCH (me)-[:COMBINES*0..1]->()-[:HAS_ROLE*0..1]->()-[:GRANTED]->(s:Space)
WHERE s.id > $after
WITH DISTINCT s
//> include fragments/access
WITH s, actions, forbidden WHERE 'read' IN actions
//> include fragments/counted
RETURN s.id AS space, s.owner AS owner, actions, cubes, s.created_at AS created_at
ORDER BY space LIMIT $limit
