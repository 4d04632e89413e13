// concept_vector: nearest concepts of a space.
// mode: schema
// params: dimensions INTEGER
// returns: 
CYPHER 25
CREATE VECTOR INDEX concept_vector IF NOT EXISTS FOR (n:Concept) ON (n.embedding)
WITH [n.space]
// Factor 1: with more the server rescores what it finds, and fails (2026.08) where it finds less than asked for, with something erased last.
OPTIONS {indexConfig: {
  `vector.dimensions`: $dimensions, `vector.similarity_function`: 'cosine', `vector.default_search_expansion_factor`: 1.0
}}
