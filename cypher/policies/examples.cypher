// examples: how these memories begin, for whoever decides about a policy.
// mode: read
// params: cubes LIST<STRING>
// returns: id STRING, text STRING, created_at DATETIME
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted})
RETURN c.id AS id, left(c.text, 120) AS text, c.created_at AS created_at
