// rights: how much of a space's log a principal may see, for what is not in the graph; no row without the right to read.
// mode: read
// params: principal STRING, space STRING, now DATETIME
// returns: every BOOLEAN, forbidden LIST<STRING>
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, actions, forbidden WHERE 'read' IN actions
RETURN 'administer' IN actions AS every, forbidden
