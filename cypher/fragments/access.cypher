// access: what the principal may do in space `s`, up to which level it sees what is sensitive there, and which of its memories it may not read all the same.
// params: principal STRING, now DATETIME
// needs: s
// yields: actions LIST<STRING>, sees INTEGER, forbidden LIST<STRING>
CALL (s) {
  // A mandate may do what everybody it combines may do; anybody else speaks for itself alone.
  //> include fragments/acting
  MATCH (me)-[:COMBINES*0..1]->(party:Principal)
  WHERE (me.expires_at IS NULL OR me.expires_at > $now) AND (party <> me OR me.kind <> 'mandate')
  WITH me, purpose, party,
    COLLECT {
      MATCH (party)-[held:HAS_ROLE*0..1]->()-[g:GRANTED]->(s)
      WHERE coalesce(party.tenant, '') = coalesce(s.tenant, '') // no grant reaches over the wall between tenants
        AND (g.expires_at IS NULL OR g.expires_at > $now) AND all(r IN held WHERE r.expires_at IS NULL OR r.expires_at > $now)
        AND (g.purposes IS NULL OR purpose IN g.purposes)
      UNWIND g.actions AS action
      RETURN DISTINCT {action: action, sees: coalesce(g.sees, 3)}
    } AS granted,
    COLLECT {
      MATCH (party)-[:HAS_ROLE*0..1]->()-[d:DENIED]->(s)
      WHERE party.id <> s.owner // an owner keeps every right, also where a role it has is denied
        AND (d.expires_at IS NULL OR d.expires_at > $now)
      UNWIND d.actions AS action
      RETURN DISTINCT action
    } AS denied
  //> include fragments/weighed
}
CALL (s) {
  // What is denied, and what was made from it, which would say the same.
  //> include fragments/acting
  RETURN COLLECT {
    MATCH (me)-[:COMBINES*0..1]->(party)-[:HAS_ROLE*0..1]->()-[d:DENIED]->(origin:MemCube)
    WHERE party.id <> s.owner AND 'read' IN d.actions AND (d.expires_at IS NULL OR d.expires_at > $now)
    WITH DISTINCT s, origin
    //> include fragments/made_from
    WHERE made.space = s.id
    RETURN DISTINCT made.id
  } AS forbidden
}
