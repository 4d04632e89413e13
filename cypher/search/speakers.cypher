// speakers: who speaks in the spaces the principal may read, so that a question's names are understood.
// mode: read
// params: principal STRING, spaces LIST<STRING>, now DATETIME
// returns: space STRING, speakers LIST<STRING>, revision INTEGER, sees INTEGER, forbidden LIST<STRING>
UNWIND $spaces AS wanted
MATCH (s:Space {id: wanted})
//> include fragments/access
WITH s, sees, forbidden WHERE 'read' IN actions
RETURN s.id AS space, coalesce(s.speakers, []) AS speakers, s.revision AS revision, sees, forbidden
