// set_terms: a memory's labels, priority, half-life and end of life as asked; a policy may end it sooner (policies/govern).
// mode: write
// params: cube STRING, properties MAP
// returns: id STRING
// touches: $cube
MATCH (c:MemCube {id: $cube})
SET c += $properties
RETURN c.id AS id
