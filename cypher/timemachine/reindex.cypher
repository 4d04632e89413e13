// reindex: memories in service are in the indexes of the present, the others in those of the past.
// mode: write
// params: cubes LIST<STRING>
// returns: id STRING
// touches: $cubes
CYPHER 25
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted})-[:CURRENT]->(v:MemVersion)
FOREACH (each IN CASE WHEN c.live THEN [v] ELSE [] END | REMOVE each:PastVersion, each.embedding)
FOREACH (each IN CASE WHEN c.live THEN [] ELSE [v] END | SET each:PastVersion)
FOREACH (each IN CASE WHEN c.live THEN [] ELSE [c] END | REMOVE each.words, each.context)
WITH c, v
CALL (c, v) {
  WITH c, v WHERE NOT c.live AND c.embedding IS NOT NULL
  CALL db.create.setNodeVectorProperty(v, 'embedding', c.embedding)
}
RETURN c.id AS id
