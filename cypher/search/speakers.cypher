// speakers: who speaks in the spaces the principal may read, so that a question's names are understood.
// mode: read
// params: principal STRING, spaces LIST<STRING>, now DATETIME
// returns: space STRING, speakers LIST<STRING>, revision INTEGER, sees INTEGER, forbidden LIST<STRING>
UNWIND $spaces AS wanted
MATCH (s:Space {id: wanted})
//> include fragments/access
WITH s, sees, forbidden WHERE 'read' IN actions
CALL (s, forbidden) {
  // Names that nobody has in what may be read are not known either.
  RETURN COLLECT {
    CALL (s, forbidden) {
      UNWIND forbidden AS hidden
      MATCH (m:MemCube {id: hidden})
      RETURN m.speaker AS name
      UNION
      MATCH (m:MemCube)
      WHERE m.space = s.id AND m.expires_at <= $now
      RETURN m.speaker AS name
    }
    WITH name
    WHERE name IS NOT NULL AND NOT EXISTS {
      MATCH (m:MemCube {space: s.id, speaker: name})
      WHERE m.expires_at > $now AND NOT m.id IN forbidden
    }
    RETURN name
  } AS unheard
}
RETURN s.id AS space, [name IN coalesce(s.speakers, []) WHERE NOT name IN unheard] AS speakers, s.revision AS revision, sees, forbidden
