// version_vector: nearest past versions, for reading as of then.
// mode: schema
// params: dimensions INTEGER
// returns: 
CYPHER 25
CREATE VECTOR INDEX version_vector IF NOT EXISTS FOR (n:PastVersion) ON (n.embedding)
WITH [n.space]
OPTIONS {indexConfig: {`vector.dimensions`: $dimensions, `vector.similarity_function`: 'cosine'}}
