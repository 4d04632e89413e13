// access: what the principal may do in a space; no row when there is nothing, or no such space.
// mode: read
// params: principal STRING, space STRING, now DATETIME
// returns: owner STRING, space_key STRING, actions LIST<STRING>, sees INTEGER, forbidden LIST<STRING>, revision INTEGER, cubes INTEGER, created_at DATETIME
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, actions, sees, forbidden WHERE 'read' IN actions
//> include fragments/counted
RETURN s.owner AS owner, s.space_key AS space_key, actions, sees, forbidden, s.revision AS revision, cubes,
       s.created_at AS created_at
