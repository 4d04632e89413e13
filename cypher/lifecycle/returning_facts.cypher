// returning_facts: facts that left together with the last memory that said them, and that this one says.
// mode: read
// params: cubes LIST<STRING>
// returns: id STRING
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted})<-[:DERIVED_FROM {transform: 'extracted'}]-(f:MemCube)
// One that a rollback archived, and that a memory said then that goes on without it, comes back with who never said anything else.
WHERE f.state = 'archived' AND (f.left_with_source OR (f.left_with_source = false AND c.version = 1))
RETURN DISTINCT f.id AS id
