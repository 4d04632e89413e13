// externalized: link memories to the adapter that was made to say them.
// mode: write
// params: cubes LIST<STRING>, payload STRING, by STRING, now DATETIME
// returns: linked INTEGER
// touches: $cubes
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted}), (p:MemCube {id: $payload})
MERGE (c)-[d:DERIVED_FROM {transform: 'externalized'}]->(p)
ON CREATE SET d.at = $now, d.by = $by
RETURN count(*) AS linked
