// set_contexts: what is searched of memories, by words and by meaning, after they or their neighbours changed.
// mode: write
// params: contexts LIST<MAP>
// returns: changed INTEGER
// touches: $contexts.id
CYPHER 25
UNWIND $contexts AS row
MATCH (c:MemCube {id: row.id})
SET c += row.words, c.fact_count = COUNT { MATCH (f:MemCube {live: true})-[:DERIVED_FROM {transform: 'extracted'}]->(c) }
WITH c, row
CALL db.create.setNodeVectorProperty(c, 'embedding', toFloatList(row.embedding))
WITH c, row
CALL (c, row) {
  MATCH (c)-[:FROM]->(s:Source {last: c.id})
  CALL db.create.setNodeVectorProperty(s, 'last_vector', toFloatList(row.own))
}
RETURN count(*) AS changed
