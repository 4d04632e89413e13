// cube_access: what the principal may do with memory `c` of space `s`, by grants on the space or on the memory alone.
// params: principal STRING, now DATETIME
// needs: c, s
// yields: actions LIST<STRING>
CALL (c, s) {
  MATCH (me:Principal {id: $principal})-[:COMBINES*0..1]->(party:Principal)
  WHERE (me.expires_at IS NULL OR me.expires_at > $now) AND (party <> me OR me.kind <> 'mandate')
  WITH me,
    COLLECT {
      UNWIND [s, c] AS target
      MATCH (party)-[held:HAS_ROLE*0..1]->()-[g:GRANTED]->(target)
      WHERE (g.expires_at IS NULL OR g.expires_at > $now) AND all(r IN held WHERE r.expires_at IS NULL OR r.expires_at > $now)
        AND (g.purposes IS NULL OR me.purpose IN g.purposes)
      UNWIND g.actions AS action
      RETURN DISTINCT action
    } AS granted,
    COLLECT {
      MATCH (c)-[:DERIVED_FROM*0..4]->(origin:MemCube)
      UNWIND [s, origin] AS target
      MATCH (party)-[:HAS_ROLE*0..1]->()-[d:DENIED]->(target)
      WHERE party.id <> s.owner // an owner keeps every right, also where a role it has is denied
        AND (d.expires_at IS NULL OR d.expires_at > $now)
      UNWIND d.actions AS action
      RETURN DISTINCT action
    } AS denied
  WITH me, collect([action IN granted WHERE NOT action IN denied]) AS parties
  WITH [action IN coalesce(head(parties), [])
        WHERE all(held IN parties WHERE action IN held) AND (me.actions IS NULL OR action IN me.actions)] AS held
  RETURN CASE WHEN 'read' IN held THEN held ELSE [] END AS actions
}
