// annotate: note where a cube came from: another cube it derives from, by which transform.
// mode: write
// params: cube STRING, origin STRING, transform STRING, by STRING, now DATETIME
// returns: cube STRING
MATCH (c:MemCube {id: $cube}), (o:MemCube {id: $origin})
MERGE (c)-[d:DERIVED_FROM {transform: $transform}]->(o)
ON CREATE SET d.at = $now, d.by = $by
RETURN c.id AS cube
