// states: in which state memories are.
// mode: read
// params: cubes LIST<STRING>
// returns: id STRING, state STRING
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted})
RETURN c.id AS id, c.state AS state
