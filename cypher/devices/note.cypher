// note: what two devices agree on of a memory is kept beside it.
// mode: write
// params: cube STRING, in_step STRING
// returns: id STRING
// touches: $cube
MATCH (c:MemCube {id: $cube})
SET c.in_step = $in_step
RETURN c.id AS id
