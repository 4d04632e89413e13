// scrub_acts: what people called things, and said of denials, origins, runs and moments, gives up a name; what was done, by whom and when, stays.
// mode: write
// params: space STRING, named STRING
// returns: denials INTEGER, notes INTEGER, moments INTEGER, runs INTEGER, versions INTEGER, scrubbed LIST<STRING>
// touches: scrubbed
// governs: $space
UNWIND [0] AS _
CALL () {
  MATCH (:Principal)-[d:DENIED]->(target)
  WHERE (target.space = $space OR (target:Space AND target.id = $space)) AND normalize(coalesce(d.reason, '')) =~ $named
  SET d.reason = NULL
  RETURN count(d) AS denials, collect(CASE WHEN target:MemCube THEN target.id END) AS denied
}
CALL () {
  MATCH (n:Snapshot {space: $space})
  WHERE n.id IS NOT NULL AND normalize(n.name) =~ $named
  SET n.name = 'moment ' + toString(n.at), n.id = randomUUID() // which was made of the name
  RETURN count(n) AS moments
}
CALL () {
  MATCH (r:Run {space: $space})
  WHERE r.id IS NOT NULL
  MATCH (r)-[:STEP]->(s:Step)
  WITH r, s, normalize(coalesce(s.error_message, '')) =~ $named AS told, normalize(s.id) =~ $named AS called
  FOREACH (_ IN CASE WHEN told THEN [1] ELSE [] END | SET s.error_message = NULL)
  FOREACH (_ IN CASE WHEN called AND r.error_step = s.id THEN [1] ELSE [] END | SET r.error_step = 'step ' + s.number)
  FOREACH (_ IN CASE WHEN called THEN [1] ELSE [] END | SET s.id = 'step ' + s.number)
  FOREACH (_ IN CASE WHEN normalize(coalesce(s.unit, '')) =~ $named THEN [1] ELSE [] END | SET s.unit = 'a unit')
  FOREACH (_ IN CASE WHEN normalize(coalesce(s.outputs, '')) =~ $named THEN [1] ELSE [] END | SET s.outputs = NULL)
  WITH DISTINCT r
  WITH r, normalize(coalesce(r.error_message, '')) =~ $named AS told, normalize(r.name) =~ $named AS called
  FOREACH (_ IN CASE WHEN told THEN [1] ELSE [] END | SET r.error_message = NULL)
  FOREACH (_ IN CASE WHEN called THEN [1] ELSE [] END | SET r.name = 'a pipeline')
  RETURN sum(toInteger(told OR called)) AS runs
}
CALL () {
  // Past versions keep under which topics they stood.
  MATCH (v:MemVersion {space: $space})
  WHERE v.number >= 1 AND any(topic IN coalesce(v.topics, []) WHERE normalize(topic) =~ $named)
  SET v.topics = [topic IN v.topics WHERE NOT normalize(topic) =~ $named]
  RETURN count(v) AS versions, collect(v.cube) AS reworked
}
CALL () {
  MATCH (made:MemCube {space: $space})-[d:ANNOTATED_FROM]->(:MemCube)
  WHERE made.created_at IS NOT NULL AND normalize(d.transform) =~ $named
  SET d.transform = 'noted'
  RETURN count(d) AS notes, collect(made.id) AS noted
}
CALL () {
  // Who wrote a version where it was loaded from.
  MATCH (v:MemVersion {space: $space})
  WHERE v.number >= 1 AND normalize(coalesce(v.carried_by, '')) =~ $named
  SET v.carried_by = NULL
  RETURN collect(v.cube) AS brought
}
RETURN denials, notes, moments, runs, versions, denied + reworked + noted + brought AS scrubbed
