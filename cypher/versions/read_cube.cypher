// read_cube: a cube the principal may read, with its content as of a moment.
// mode: read
// params: principal STRING, cube STRING, as_of DATETIME, now DATETIME
// returns: cube MAP, owner STRING, text STRING?, number INTEGER?
MATCH (c:MemCube {id: $cube})
MATCH (s:Space {id: c.space})
//> include fragments/cube_access
WITH c, s WHERE 'read' IN actions AND c.expires_at > $now
OPTIONAL MATCH (c)-[:CURRENT]->(:MemVersion)-[:PREVIOUS*0..]->(v:MemVersion)
WHERE v.number >= 1 AND v.known_from <= $as_of AND (v.known_to IS NULL OR v.known_to > $as_of)
RETURN c {.*, embedding: NULL, context: NULL} AS cube, s.owner AS owner, v.text AS text, v.number AS number
