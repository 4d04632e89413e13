// decide_space: what a principal may do in a space, and every grant and denial that bears on it.
// mode: read
// params: principal STRING, space STRING, now DATETIME
// returns: space STRING, owner STRING, actions LIST<STRING>, sees INTEGER, paths LIST<MAP>
MATCH (s:Space {id: $space})
//> include fragments/access
RETURN s.id AS space, s.owner AS owner, actions, sees, COLLECT {
  //> include fragments/acting
  MATCH path = (me)-[:COMBINES*0..1]->(party)-[:HAS_ROLE*0..1]->()-[:GRANTED|DENIED]->(s)
  WITH me, purpose, party, path, last(relationships(path)) AS g
  RETURN {
    via: [n IN nodes(path) | n.id], denies: type(g) = 'DENIED', actions: g.actions, purposes: g.purposes, sees: g.sees, reason: g.reason,
    expires_at: g.expires_at, by: g.by,
    party: party.id, until: reduce(
      ends = me.expires_at, r IN relationships(path) | CASE WHEN r.expires_at IS NULL OR ends <= r.expires_at THEN ends ELSE r.expires_at END
    ),
    in_force: all(r IN relationships(path) WHERE r.expires_at IS NULL OR r.expires_at > $now)
      AND (me.expires_at IS NULL OR me.expires_at > $now) AND (g.purposes IS NULL OR coalesce(purpose IN g.purposes, false))
      AND (type(g) = 'DENIED' OR all(n IN nodes(path) WHERE NOT n:Principal OR n:Role OR n:Mandate OR coalesce(n.tenant, '') = coalesce(s.tenant, '')))
  }
} AS paths
