// version_chain: every version of a memory, from the current one back to the first.
// mode: read
// params: cube STRING
// returns: path PATH
MATCH path = (:MemCube {id: $cube})-[:CURRENT]->(:MemVersion)-[:PREVIOUS*0..]->(first:MemVersion)
WHERE NOT EXISTS { (first)-[:PREVIOUS]->() }
RETURN path
