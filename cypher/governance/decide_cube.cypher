// decide_cube: what a principal may do with a memory, and every grant and denial that bears on it, on its space or on what it was made from.
// mode: read
// params: principal STRING, cube STRING, now DATETIME
// returns: space STRING, owner STRING, actions LIST<STRING>, sees INTEGER, paths LIST<MAP>
MATCH (c:MemCube {id: $cube})
MATCH (s:Space {id: c.space})
//> include fragments/cube_access
RETURN s.id AS space, s.owner AS owner, actions, sees, COLLECT {
  WITH c AS made
  //> include fragments/made_from
  WITH collect(origin) AS origins
  UNWIND [s] + origins + COLLECT {
    //> include fragments/topics
  } AS target
  //> include fragments/acting
  MATCH path = (me)-[:COMBINES*0..1]->(party)-[:HAS_ROLE*0..1]->()-[:GRANTED|DENIED]->(target)
  WITH me, purpose, party, path, last(relationships(path)) AS g, target
  // A grant on what it was made from is none on the memory itself; a denial is.
  WHERE type(g) = 'DENIED' OR target = s OR target = c OR target:Topic
  RETURN {
    via: [n IN nodes(path) | CASE
      WHEN n:Topic THEN 'topic ' + n.name
      WHEN n:MemCube AND n.space <> s.id THEN 'a memory of another space'
      ELSE n.id
    END],
    denies: type(g) = 'DENIED', actions: g.actions, purposes: g.purposes, sees: g.sees, reason: g.reason,
    expires_at: g.expires_at, by: g.by,
    party: party.id, until: reduce(
      ends = me.expires_at, r IN relationships(path) | CASE WHEN r.expires_at IS NULL OR ends <= r.expires_at THEN ends ELSE r.expires_at END
    ),
    in_force: all(r IN relationships(path) WHERE r.expires_at IS NULL OR r.expires_at > $now)
      AND (me.expires_at IS NULL OR me.expires_at > $now) AND (g.purposes IS NULL OR coalesce(purpose IN g.purposes, false))
      AND (type(g) = 'DENIED' OR all(n IN nodes(path) WHERE NOT n:Principal OR n:Role OR n:Mandate OR coalesce(n.tenant, '') = coalesce(s.tenant, '')))
  }
} AS paths
