// leaving_facts: facts in service that no memory in service says but these, which leave together with them.
// mode: read
// params: cubes LIST<STRING>
// returns: id STRING, state STRING
UNWIND $cubes AS wanted
MATCH (:MemCube {id: wanted})<-[:DERIVED_FROM {transform: 'extracted'}]-(f:MemCube)
WHERE f.live AND NOT f.id IN $cubes AND NOT EXISTS {
  MATCH (f)-[:DERIVED_FROM {transform: 'extracted'}]->(other:MemCube)
  WHERE other.live AND NOT other.id IN $cubes
}
RETURN DISTINCT f.id AS id, f.state AS state
