// speakers: who speaks in the spaces the principal may read, so that a question's names are understood.
// mode: read
// params: principal STRING, spaces LIST<STRING>, now DATETIME
// returns: space STRING, speakers LIST<STRING>, revision INTEGER
UNWIND $spaces AS wanted
MATCH (:Principal {id: $principal})-[g:GRANTED]->(s:Space {id: wanted})
WHERE 'read' IN g.actions AND (g.expires_at IS NULL OR g.expires_at > $now)
RETURN s.id AS space, coalesce(s.speakers, []) AS speakers, s.revision AS revision
