// cubes: memories the principal may read, by id, each as it stands or with the content of a version of it.
// mode: read
// params: principal STRING, cubes LIST<MAP>, now DATETIME
// returns: cube MAP, owner STRING, text STRING?, number INTEGER
UNWIND $cubes AS row
MATCH (c:MemCube {id: row.id})
MATCH (s:Space {id: c.space})
//> include fragments/cube_access
WITH row, c, s WHERE 'read' IN actions AND c.expires_at > $now AND c.state <> 'deleted'
MATCH (v:MemVersion {cube: c.id, number: coalesce(row.version, c.version)})
RETURN c {.*, embedding: NULL, context: NULL} AS cube, s.owner AS owner, v.text AS text, v.number AS number
