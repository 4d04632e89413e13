// concept_vector: nearest concepts of a space.
// mode: schema
// params: dimensions INTEGER
// returns: 
CYPHER 25
CREATE VECTOR INDEX concept_vector IF NOT EXISTS FOR (n:Concept) ON (n.embedding)
WITH [n.space]
OPTIONS {indexConfig: {`vector.dimensions`: $dimensions, `vector.similarity_function`: 'cosine'}}
