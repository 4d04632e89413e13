// cube_access: what the principal may do with memory `c` of space `s`, by grants on the space, on the memory alone or on a topic of it, and up to which level it sees what is sensitive in it.
// params: principal STRING, now DATETIME
// needs: c, s
// yields: actions LIST<STRING>, sees INTEGER
CALL (c, s) {
  // A mandate may do what everybody it combines may do; anybody else speaks for itself alone.
  //> include fragments/acting
  MATCH (me)-[:COMBINES*0..1]->(party:Principal)
  WHERE (me.expires_at IS NULL OR me.expires_at > $now) AND (party <> me OR me.kind <> 'mandate')
  WITH me, purpose, party,
    COLLECT {
      UNWIND [s, c] + COLLECT {
        //> include fragments/topics
      } AS target
      MATCH (party)-[held:HAS_ROLE*0..1]->()-[g:GRANTED]->(target)
      WHERE coalesce(party.tenant, '') = coalesce(s.tenant, '') // no grant reaches over the wall between tenants
        AND (g.expires_at IS NULL OR g.expires_at > $now) AND all(r IN held WHERE r.expires_at IS NULL OR r.expires_at > $now)
        AND (g.purposes IS NULL OR purpose IN g.purposes)
      UNWIND g.actions AS action
      RETURN DISTINCT {action: action, sees: coalesce(g.sees, 3)}
    } AS granted,
    COLLECT {
      WITH c AS made, s
      //> include fragments/made_from
      WITH s, collect(origin) AS origins
      UNWIND [s] + origins AS target
      MATCH (party)-[:HAS_ROLE*0..1]->()-[d:DENIED]->(target)
      WHERE party.id <> s.owner // an owner keeps every right, also where a role it has is denied
        AND (d.expires_at IS NULL OR d.expires_at > $now)
      UNWIND d.actions AS action
      RETURN DISTINCT action
    } AS denied
  //> include fragments/weighed
}
