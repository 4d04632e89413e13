// cube_vector: nearest cubes, filtered in the index.
// mode: schema
// params: dimensions INTEGER
// returns: 
CYPHER 25
CREATE VECTOR INDEX cube_vector IF NOT EXISTS FOR (n:MemCube) ON (n.embedding)
WITH [n.space, n.live]
// Factor 1: with more the server rescores what it finds, and fails (2026.08) where it finds less than asked for, with something erased last.
OPTIONS {indexConfig: {
  `vector.dimensions`: $dimensions, `vector.similarity_function`: 'cosine', `vector.default_search_expansion_factor`: 1.0
}}
