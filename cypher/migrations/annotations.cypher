// annotations: what people noted to have been made from something is told apart from what the product made: only lineage follows it.
// mode: schema
// params:
// returns:
CYPHER 25
MATCH (made:MemCube)-[d:DERIVED_FROM|WAS_DERIVED_FROM]->(origin:MemCube)
WHERE made.space <> origin.space OR NOT CASE d.transform
    WHEN 'extracted' THEN made.level = 'fact' AND origin.level = 'whole'
    WHEN 'merged' THEN EXISTS { (origin)-[:MERGED_INTO]->(made) }
    WHEN 'externalized' THEN origin:Activation|Parametric
    WHEN 'materialized' THEN made:Activation AND d.version IS NOT NULL
    WHEN 'distilled' THEN made:Parametric AND d.version IS NOT NULL
    ELSE false
  END
  // What looks like the product's is a person's where the log says so, and nothing was written at that moment.
  OR (d.transform IN ['extracted', 'externalized'] AND NOT d.at IN [made.created_at, origin.created_at] AND EXISTS {
    MATCH (made)<-[:ON]-(e:AuditEvent)
    WHERE e.action = 'annotate' AND e.principal = d.by AND coalesce(e.detail, d.transform) = d.transform
      AND e.at >= d.at AND e.at < d.at + duration({seconds: 5})
  } AND NOT EXISTS { MATCH (v:MemVersion {cube: origin.id}) WHERE v.number >= 1 AND v.known_from = d.at })
CALL (made, d, origin) {
  CREATE (made)-[:ANNOTATED_FROM {transform: d.transform, at: d.at, by: d.by, until: d.until}]->(origin)
  DELETE d
} IN TRANSACTIONS OF 1000 ROWS
