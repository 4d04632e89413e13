// read_cube: a cube the principal may read, with its content as of a moment.
// mode: read
// params: principal STRING, cube STRING, as_of DATETIME, now DATETIME
// returns: cube MAP, owner STRING, text STRING?, number INTEGER?
MATCH (c:MemCube {id: $cube})
MATCH (:Principal {id: $principal})-[g:GRANTED]->(s:Space {id: c.space})
WHERE 'read' IN g.actions AND (g.expires_at IS NULL OR g.expires_at > $now) AND c.expires_at > $now
OPTIONAL MATCH (c)-[:CURRENT]->(:MemVersion)-[:PREVIOUS*0..]->(v:MemVersion)
WHERE v.number >= 1 AND v.known_from <= $as_of AND (v.known_to IS NULL OR v.known_to > $as_of)
RETURN c {.*, embedding: NULL, context: NULL} AS cube, s.owner AS owner, v.text AS text, v.number AS number
