// retire_facts: facts that only this memory said, and that nobody changed by hand, are to leave; those others say too lose this source.
// mode: write
// params: cube STRING, now DATETIME
// returns: id STRING, state STRING, said_by_archived BOOLEAN, leaves BOOLEAN
// touches: id
MATCH (c:MemCube {id: $cube})
MATCH (f:MemCube)-[said:DERIVED_FROM {transform: 'extracted'}]->(c)
WHERE f.live
WITH c, f, said,
     EXISTS { MATCH (f)-[:DERIVED_FROM {transform: 'extracted'}]->(other:MemCube) WHERE other <> c AND other.live } AS shared,
     EXISTS { MATCH (f)-[:DERIVED_FROM {transform: 'extracted'}]->(other:MemCube)
              WHERE other <> c AND NOT other.live AND other.state <> 'deleted' } AS said_by_archived
// What it was derived from is kept for readers as of then; a reader of the present follows DERIVED_FROM only.
FOREACH (lost IN CASE WHEN shared OR said_by_archived THEN [said] ELSE [] END |
  CREATE (f)-[:WAS_DERIVED_FROM {transform: lost.transform, at: lost.at, by: lost.by, until: $now}]->(c)
  DELETE lost
)
RETURN f.id AS id, f.state AS state, said_by_archived, NOT shared AND f.version = 1 AS leaves
