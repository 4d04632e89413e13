// returning_facts: facts that left together with the last memory that said them, and that this one says.
// mode: read
// params: cubes LIST<STRING>
// returns: id STRING
UNWIND $cubes AS wanted
MATCH (:MemCube {id: wanted})<-[:DERIVED_FROM {transform: 'extracted'}]-(f:MemCube)
WHERE f.left_with_source AND f.state = 'archived'
RETURN DISTINCT f.id AS id
