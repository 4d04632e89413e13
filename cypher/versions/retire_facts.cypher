// retire_facts: facts that only this memory said leave every search, unless somebody changed them by hand; those others said too lose this source.
// mode: write
// params: cube STRING, now DATETIME
// returns: retired LIST<STRING>
MATCH (c:MemCube {id: $cube})
CALL (c) {
  MATCH (f:MemCube)-[said:DERIVED_FROM {transform: 'extracted'}]->(c)
  WHERE f.live
  WITH f, said, EXISTS { MATCH (f)-[:DERIVED_FROM]->(other:MemCube) WHERE other <> c AND other.state <> 'deleted' } AS shared
  FOREACH (lost IN CASE WHEN shared THEN [said] ELSE [] END | DELETE lost)
  WITH f WHERE NOT shared AND f.version = 1
  SET f.live = false, f.state = 'archived', f.valid_to = $now
  RETURN collect(f.id) AS retired
}
RETURN retired
