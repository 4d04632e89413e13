// transition: memories whose state allows it go into another; what they were is kept, and what searches no longer find leaves their indexes. No row: it did not stand in such a state.
// mode: write
// params: cubes LIST<STRING>, before LIST<STRING>, after STRING, live BOOLEAN, with_source BOOLEAN, now DATETIME
// returns: id STRING, was STRING
// touches: $cubes
CYPHER 25
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted})-[:CURRENT]->(v:MemVersion)
WHERE c.state IN $before
WITH c, v, c.state AS was, c.live AS found
CREATE (c)-[:WAS]->(:PastState {
  cube: c.id, space: c.space, state: c.state, live: c.live, valid_from: c.valid_from, valid_to: c.valid_to,
  fingerprint: c.fingerprint, left_with_source: c.left_with_source, updated_at: c.updated_at, known_from: coalesce(c.changed_at, c.created_at), known_to: $now
})
SET c.state = $after, c.live = $live, c.changed_at = $now, c.left_with_source = CASE WHEN $with_source THEN true END
// Out of the search of the present, into that of the past, and the other way round.
FOREACH (each IN CASE WHEN found AND NOT $live THEN [v] ELSE [] END | SET each:PastVersion)
FOREACH (each IN CASE WHEN found AND NOT $live THEN [c] ELSE [] END | REMOVE each.words, each.context)
FOREACH (each IN CASE WHEN $live AND NOT found THEN [v] ELSE [] END | REMOVE each:PastVersion, each.embedding)
WITH c, v, was, found
CALL (c, v, found) {
  WITH c, v WHERE found AND NOT $live AND c.embedding IS NOT NULL
  CALL db.create.setNodeVectorProperty(v, 'embedding', c.embedding)
}
RETURN c.id AS id, was
