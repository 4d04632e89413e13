// count_facts: how many facts in service memories say, for the weight of long ones.
// mode: write
// params: cubes LIST<STRING>
// returns: counted INTEGER
// touches: $cubes
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted})
SET c.fact_count = COUNT { MATCH (f:MemCube {live: true})-[:DERIVED_FROM {transform: 'extracted'}]->(c) }
RETURN count(c) AS counted
