// history: every version of a cube the principal may read, oldest first; as of a moment, those that were known then.
// mode: read
// params: principal STRING, cube STRING, as_of DATETIME?, now DATETIME
// returns: space STRING, cube STRING, number INTEGER, text STRING, sha256 STRING, known_from DATETIME, known_to DATETIME?, by STRING, reason STRING?, rollback_of INTEGER?, redacted BOOLEAN
// shows: $cube
MATCH (c:MemCube {id: $cube})
MATCH (s:Space {id: c.space})
//> include fragments/cube_access
// What has come to its end is for administrators.
WITH c, sees WHERE 'read' IN actions AND (c.expires_at > $now OR 'administer' IN actions)
MATCH (c)-[:CURRENT]->(:MemVersion)-[:PREVIOUS*0..]->(v:MemVersion)
WHERE $as_of IS NULL OR v.known_from <= $as_of
RETURN c.space AS space, v.cube AS cube, v.number AS number, CASE WHEN coalesce(v.clearance, 0) > sees THEN v.views[sees] ELSE v.text END AS text,
       // The checksum of a text whose only secret is a number would tell it.
       CASE WHEN coalesce(v.clearance, 0) > sees THEN '' ELSE v.sha256 END AS sha256,
       v.known_from AS known_from,
       CASE WHEN $as_of IS NULL OR v.known_to <= $as_of THEN v.known_to END AS known_to, v.by AS by, v.reason AS reason, v.rollback_of AS rollback_of, coalesce(v.clearance, 0) > sees AS redacted
ORDER BY number
