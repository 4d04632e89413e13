// topics: what memory `c` is about; a fact is about the topics of the memory that says it. The whole of a subquery.
// params: none
// needs: c
// yields: t
MATCH (c)-[:DERIVED_FROM*0..1 {transform: 'extracted'}]->(:MemCube)-[:MENTIONS]->(:Concept)-[:WITHIN]->(t:Topic)
RETURN DISTINCT t
