// neighbourhood: a memory and all it touches: its concepts and topics, its source, what precedes and follows it, its facts, its versions.
// mode: read
// params: cube STRING
// returns: path PATH
MATCH path = (:MemCube {id: $cube})-[:FROM|NEXT|DERIVED_FROM|ANNOTATED_FROM|SUPERSEDES|CONTRADICTS|MERGED_INTO|STANDS_BESIDE|CURRENT]-()
RETURN path
UNION
MATCH path = (:MemCube {id: $cube})-[:MENTIONS]->(:Concept)-[:WITHIN]->(:Topic)
RETURN path
