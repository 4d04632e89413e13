// lines: the memories a cube was made from that still stand, as they stand now, in the order it was made of them.
// mode: read
// params: principal STRING, cube STRING, now DATETIME
// returns: id STRING, version INTEGER, text STRING, speaker STRING?, at STRING, said BOOLEAN, expires_at DATETIME
// shows: id
MATCH (p:MemCube {id: $cube})-[d:DERIVED_FROM]->(c:MemCube)
MATCH (s:Space {id: p.space})
//> include fragments/access
WITH p, d, c, sees, forbidden, actions
WHERE 'read' IN actions AND NOT c.id IN forbidden AND coalesce(c.clearance, 0) <= sees AND c.live AND c.expires_at > $now
RETURN c.id AS id, c.version AS version, c.text AS text, c.speaker AS speaker,
       toString(coalesce(c.said_at, c.created_at)) AS at, c.said_at IS NOT NULL AS said, c.expires_at AS expires_at
ORDER BY d.position
