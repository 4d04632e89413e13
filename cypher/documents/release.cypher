// release: documents that were deleted or have ended leave their names to others.
// mode: write
// params: cubes LIST<STRING>
// returns: released INTEGER
// touches: $cubes
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted})
SET c.identity = c.identity + '/' + c.id
RETURN count(*) AS released
