// speakers: the spaces of those named that the principal may read, with what it may do there, and who speaks there, so that a question's names are understood.
// mode: read
// params: principal STRING, spaces LIST<STRING>, now DATETIME
// returns: space STRING, owner STRING, actions LIST<STRING>, created_at DATETIME, speakers LIST<STRING>, revision INTEGER, sees INTEGER, forbidden LIST<STRING>
UNWIND $spaces AS wanted
MATCH (s:Space {id: wanted})
//> include fragments/access
WITH s, actions, sees, forbidden WHERE 'read' IN actions
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
RETURN s.id AS space, s.owner AS owner, actions, s.created_at AS created_at, [name IN coalesce(s.speakers, []) WHERE NOT name IN unheard] AS speakers,
       s.revision AS revision, sees, forbidden
