// cube_vector: nearest cubes, filtered in the index.
// mode: schema
// params: dimensions INTEGER
// returns: 
CYPHER 25
CREATE VECTOR INDEX cube_vector IF NOT EXISTS FOR (n:MemCube) ON (n.embedding)
WITH [n.space, n.live]
OPTIONS {indexConfig: {`vector.dimensions`: $dimensions, `vector.similarity_function`: 'cosine'}}
