// succeeding: facts of a space that still hold, by the subject and relation that two or more of them share, each with when it was first and last said, and which others were said to be true beside it; only those the principal sees whole.
// mode: read
// params: principal STRING, space STRING, relations LIST<STRING>, now DATETIME
// returns: subject STRING, relation STRING, facts LIST<MAP>
// shows: facts[].id
CYPHER 25
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, sees, forbidden WHERE 'read' IN actions
MATCH (f:MemCube {space: s.id})
WHERE f.level = 'fact' AND f.live AND f.state <> 'frozen' AND f.relation IN $relations AND f.subject IS NOT NULL
  AND f.valid_to IS NULL AND f.expires_at > $now AND coalesce(f.clearance, 0) <= sees AND NOT f.id IN forbidden
MATCH (f)-[:DERIVED_FROM {transform: 'extracted'}]->(whole:MemCube)
WHERE whole.live AND whole.expires_at > $now AND NOT whole.id IN forbidden
WITH f, min(coalesce(whole.said_at, whole.created_at)) AS first_said, max(coalesce(whole.said_at, whole.created_at)) AS said, COLLECT {
  // Both were said to be true, and neither has been changed since.
  MATCH (f)-[both:STANDS_BESIDE]-(other:MemCube)
  WHERE both.until IS NULL AND both.at >= f.updated_at AND both.at >= other.updated_at
  RETURN other.id
} AS beside
WITH f.subject AS subject, f.relation AS relation, collect({
  id: f.id, text: f.text, speaker: f.speaker, valid_from: f.valid_from, first_said: first_said, said: said, beside: beside
}) AS facts
WHERE size(facts) > 1
RETURN subject, relation, facts ORDER BY subject, relation
