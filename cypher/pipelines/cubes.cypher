// cubes: memories the principal may read, by id, each as it stands or with the content of a version of it.
// mode: read
// params: principal STRING, cubes LIST<MAP>, now DATETIME
// returns: cube MAP, owner STRING, text STRING?, number INTEGER
// shows: cube.id
UNWIND $cubes AS row
MATCH (c:MemCube {id: row.id})
MATCH (s:Space {id: c.space})
//> include fragments/cube_access
WITH row, c, s, sees WHERE 'read' IN actions AND c.expires_at > $now AND c.state <> 'deleted'
MATCH (v:MemVersion {cube: c.id, number: coalesce(row.version, c.version)})
WITH c, s, v, sees, coalesce(v.clearance, 0) > sees AS redacted
RETURN c {
         .*, text: '', embedding: NULL, words: NULL, context: NULL, views: NULL, secrets: NULL,
         fingerprint: CASE WHEN redacted THEN '' ELSE c.fingerprint END
       } AS cube, s.owner AS owner, CASE WHEN redacted THEN v.views[sees] ELSE v.text END AS text, v.number AS number
